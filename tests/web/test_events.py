"""The stream of events as a page has it: live, cut, caught up again, and over with the session."""

from collections.abc import Callable
from itertools import count
from typing import Any

import httpx2
import psycopg

from tests.people import session_for
from tests.web.page import LAT, LON, Viewer
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE

FOLLOW = """async () => {
  const { followEvents } = await import('/web/js/events.js');
  window.said = []; window.states = [];
  window.stream = followEvents('xinhua', {
    onEvent: (event) => said.push(`${event.name} ${event.number} ${event.move}`),
    onState: (state, why) => states.push(why ? `${state} ${why}` : state),
  });
}"""
CUT = "net::ERR_|status of 401"
SERIAL = count()


def file(api: httpx2.Client) -> str:
    report = {"lon": LON, "lat": LAT, "category": "lamp", "external_id": f"stream-{next(SERIAL)}"}
    return str(api.post("/xinhua/reports", json=report).json()["number"])


def test_a_page_hears_what_happens_and_catches_up_after_its_line_was_cut(
    open_viewer: Callable[..., Viewer], api: httpx2.Client, server: Any
) -> None:
    viewer = open_viewer(expected_errors=CUT)
    page, context = viewer.page, viewer.page.context
    secret = session_for(server.database_url, [Grant(Role.CENTRE, "xinhua")])
    context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    page.goto(f"{server.url}/docs")
    page.evaluate(FOLLOW)
    viewer.until("states.at(-1) === 'live'")
    first = file(api)
    viewer.until(f"said.includes('case {first} assign')")

    context.set_offline(True)
    viewer.until("states.at(-1) === 'broken'")
    second = file(api)
    context.set_offline(False)
    viewer.until("states.at(-1) === 'live'")
    assert page.evaluate("states") == ["live", "broken", "catching-up", "live"]
    viewer.until(f"said.includes('case {second} assign')")  # what has no place in the feed yet comes a moment later
    said = page.evaluate("said")
    assert [one for one in said if first in one] == [f"case {first} receive", f"case {first} assign"]
    assert [one for one in said if second in one] == [f"case {second} receive", f"case {second} assign"]

    with psycopg.connect(server.database_url) as connection:
        connection.execute("DELETE FROM account_session")
    page.evaluate("window.over = false; addEventListener('session-over', () => { over = true; })")
    context.set_offline(True)
    viewer.until("states.at(-1) === 'broken'")
    context.set_offline(False)
    viewer.until("states.at(-1) === 'ended bad-credentials'")
    assert page.evaluate("over") is True
