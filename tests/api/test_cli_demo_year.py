"""The demo as a whole: interrupted and gone on with, it has played a year whose figures come out of the events."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.conftest import ROOT, await_ready, clone, free_port, heed_interrupts
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.demo.accounts import kept
from wangge.reports.case.checking import contradictions
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.figures.rebuilding import rebuild
from wangge.store.engine import Connection, connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE, COUNTRY = "/api/v1/territories/xinhua", "/api/v1/territories/hejian"
IN_COUNTRY = {"demo.township", "demo.village", "demo.party"}
SIX_OF_THE_COUNTRY = {
    "village-organisation",
    "villagers-committee",
    "weddings-and-funerals-council",
    "mediation-committee",
    "villagers-representatives",
    "village-collective",
}
DEMO = [sys.executable, "-c", "from wangge.api.cli import main; main()", "demo"]
LOAD = [*DEMO, "--load-only"]
COMMAND = [*LOAD, "--today", "2026-06-30"]
"""On a fixed day, so that the same cases are due whenever this runs."""
YEAR = {"from": "2025-07-01", "to": "2026-07-01"}
THAT_EVENING = {"as_of": "2026-06-30T18:00:00+08:00"}
"""Three hours after the demo opened."""


@dataclass(frozen=True)
class Demo:
    """What two runs of the demo have left, of which the first was interrupted after some months."""

    url: str
    home: Path
    first_exit: int
    after_first: dict[str, int]
    printed: str


@pytest.fixture(scope="module")
def demo(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("demo") / ".wangge"
    home.mkdir()
    for url in clone(cluster, furnished):
        environment = environment_of(url, home)
        first = subprocess.Popen(COMMAND, cwd=ROOT, env=environment, preexec_fn=heed_interrupts)
        while first.poll() is None and not _months(url):
            time.sleep(0.1)
        first.send_signal(signal.SIGINT)
        exit_code, months = first.wait(60), _months(url)
        second = subprocess.run(LOAD, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        yield Demo(url, home, exit_code, months, second.stdout)


@pytest.fixture
def connection(demo: Demo) -> Iterator[Connection]:
    with connect(demo.url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def app(demo: Demo) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=demo.url, home=demo.home, sweep_s=0, sign_in_rate=""))) as client:
        yield client


def environment_of(url: str, home: Path) -> dict[str, str]:
    return os.environ | {"WANGGE_DATABASE_URL": url, "WANGGE_HOME": str(home), "LANG": "C.UTF-8"}


def _months(url: str) -> dict[str, int]:
    """Cases of each month by the clock of the territory."""
    with connect(url) as connection:
        rows = connection.execute(
            """SELECT to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), count(*) FROM counted_report
               WHERE territory_code = 'xinhua' GROUP BY 1"""
        ).fetchall()
    return dict(rows)


def signed_in(app: TestClient, demo: Demo, login: str) -> dict[str, str]:
    """What a request carries that somebody makes who has signed in with a kept password."""
    password = next(account.password for account in kept(demo.home / "demo-accounts.tsv") if account.login == login)
    answer = app.post("/api/v1/tokens", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_an_interruption_leaves_whole_months_and_the_next_run_goes_on(demo: Demo) -> None:
    assert demo.first_exit == 130
    whole = _months(demo.url)
    assert 0 < len(demo.after_first) < len(whole) == 12
    assert demo.after_first == {month: whole[month] for month in sorted(whole)[: len(demo.after_first)]}
    assert sum(whole.values()) == 10_825


def test_everybody_is_there(connection: Connection) -> None:
    counted = connection.execute(
        """SELECT role, count(DISTINCT officer_id), count(DISTINCT desk_id) FROM posting JOIN desk d ON d.id = desk_id
           WHERE d.territory_code = 'xinhua' GROUP BY role ORDER BY role"""
    ).fetchall()
    assert counted == [("assistant", 1523, 422), ("responsible", 422, 422)]
    bodies: dict[str, int] = dict(
        connection.execute(
            "SELECT type, count(*) FROM organisation WHERE territory_code = 'xinhua' GROUP BY type"
        ).fetchall()
    )
    assert (bodies["branch"], bodies["group"]) == (86, 281)
    parties = connection.execute(
        """SELECT count(*), count(DISTINCT c.code), min(n), max(n) FROM (
               SELECT c.code, count(*) AS n FROM organisation o JOIN organisation_cell c ON c.organisation_id = o.id
               WHERE c.level = 'community' AND o.type NOT IN ('branch', 'group') GROUP BY c.code) c"""
    ).fetchone()
    assert parties == (66, 66, 6, 6), "six parties in every community"
    unmarked = connection.execute("SELECT count(*) FROM officer WHERE name NOT LIKE '%（合成）'").fetchone()
    assert unmarked == (0,)


def test_some_reports_name_the_lamp_that_they_are_about(connection: Connection) -> None:
    row = connection.execute(
        """SELECT count(*), count(*) FILTER (WHERE a.kind = r.category), count(DISTINCT r.asset),
                  max(ST_Distance(a.geom::geography, r.geom::geography)) FILTER (WHERE NOT EXISTS (
                      SELECT FROM report_event e WHERE e.report_id = r.id AND e.move = 'relocate'))
           FROM report r LEFT JOIN asset a ON a.territory_code = r.territory_code AND a.number = r.asset
           WHERE r.asset IS NOT NULL"""
    ).fetchone()
    assert row is not None
    named, lamps, several, farthest = row
    assert named == lamps > 100
    assert several < named, "some lamps were reported more than once"
    assert farthest < 61
    assert connection.execute("SELECT count(*) FROM asset").fetchone() == (2410,)
    pole = "SELECT jsonb_array_length(questions) FROM category WHERE territory_code = 'xinhua' AND code = 'lamp'"
    assert connection.execute(pole).fetchone() == (0,), "its number is asked for in the place of the pole's"


def test_in_the_country_matters_go_to_the_six_parties_of_their_own_village(connection: Connection) -> None:
    tasks = connection.execute(
        """SELECT o.type, oc.code, c.path[2], r.level FROM report r JOIN cell c ON c.id = r.cell_id
           JOIN report_task t ON t.report_id = r.id AND t.report_received_at = r.received_at
           JOIN organisation o ON o.id = t.organisation_id JOIN organisation_cell oc ON oc.organisation_id = o.id
           WHERE r.territory_code = 'hejian' AND oc.level = 'village'"""
    ).fetchall()
    assert {kind for kind, *_ in tasks} == SIX_OF_THE_COUNTRY
    assert all(of == village for _, of, village, _ in tasks)
    counted = connection.execute(
        """SELECT count(*), count(*) FILTER (WHERE state = ANY (%s)), array_agg(DISTINCT level ORDER BY level)
           FROM report WHERE territory_code = 'hejian'""",
        (list(OPEN),),
    ).fetchone()
    assert counted is not None
    assert counted[0] == 1_200
    assert 50 < counted[1] < 120
    assert {"grid", "village", "township"} <= set(counted[2])


def test_the_nightly_look_has_been_made_when_the_demo_opens(app: TestClient, demo: Demo) -> None:
    told = app.get(f"{HERE}/findings", headers=signed_in(app, demo, "demo.planner")).json()
    assert told["run"] is not None
    assert told["findings"]


def test_the_figures_come_out_of_the_events(app: TestClient, demo: Demo) -> None:
    planner = signed_in(app, demo, "demo.planner")
    for asked in (THAT_EVENING, YEAR | THAT_EVENING):
        figures = app.get(f"{HERE}/indicators", params=asked, headers=planner).json()["total"]["figures"]
        assert figures["received"]["value"] == 10_825
        assert figures["on-time-handling"]["value"] == 100
        assert figures["response"]["value"] == 100
        assert figures["closed"]["value"] == 10_732
        assert figures["closure-of-received"]["value"] == pytest.approx(99.14, abs=0.005)
    for key in ("rework", "extension", "on-time-registration", "satisfaction", "accurate-dispatch"):
        assert 0 < figures[key]["value"] < 100, f"{key}: a year without any incident would be no year"


def test_the_figures_are_what_the_events_say(connection: Connection) -> None:
    """Counted once more without the program: by SQL over nothing but the events."""
    row = connection.execute(
        """WITH told AS (
               SELECT report_id, count(*) FILTER (WHERE move = 'receive') AS received,
                      bool_or(move = 'answer') AS answered,
                      (array_agg(state ORDER BY id DESC))[1] AS stands,
                      (array_agg((facts ->> 'in_time')::boolean ORDER BY id DESC)
                           FILTER (WHERE move = 'report-back' AND state = 'reported'))[1] AS in_time
               FROM report_event WHERE territory_code = 'xinhua' AND report_id NOT IN
                   (SELECT id FROM report WHERE campaign IS NOT NULL) GROUP BY report_id)
           SELECT sum(received), count(*) FILTER (WHERE answered),
                  count(*) FILTER (WHERE stands IN ('closed', 'confirmed')),
                  count(*) FILTER (WHERE in_time AND stands IN ('closed', 'confirmed')),
                  count(*) FILTER (WHERE NOT in_time)
           FROM told"""
    ).fetchone()
    assert row is not None
    assert tuple(map(int, row)) == (10_825, 10_825, 10_732, 10_732, 0)


def test_officers_and_organisations_have_what_roster_and_events_say(
    app: TestClient, demo: Demo, connection: Connection
) -> None:
    """Counted once more by SQL over the events, the roster of the day, and the parties that cases were given to."""
    planner = signed_in(app, demo, "demo.planner")

    def told(by: str, name: str) -> dict[str, tuple[int, int]]:
        rows = app.get(f"{HERE}/indicators", params=YEAR | {"by": by}, headers=planner).json()["rows"]
        return {row[by][name]: tuple(row["figures"][key]["value"] for key in ("received", "closed")) for row in rows}

    closed = """count(*) FILTER (WHERE (SELECT state FROM report_event l WHERE l.report_id = e.report_id
                                        ORDER BY id DESC LIMIT 1) IN ('closed', 'confirmed'))"""
    officers = connection.execute(
        f"""SELECT o.number, count(*), {closed}
            FROM (SELECT DISTINCT ON (report_id) report_id, report_received_at AS at, facts ->> 'cell' AS cell
                  FROM report_event WHERE territory_code = 'xinhua' AND move IN ('assign', 'relocate')
                      AND report_id NOT IN (SELECT id FROM report WHERE campaign IS NOT NULL)
                  ORDER BY report_id, id DESC) e
            JOIN desk d ON d.territory_code = 'xinhua' AND d.level = 'grid' AND d.code = e.cell
            JOIN posting p ON p.desk_id = d.id AND p.role = 'responsible'
                AND daterange(p.valid_from, p.valid_to) @> (e.at AT TIME ZONE 'Asia/Shanghai')::date
            JOIN officer o ON o.id = p.officer_id GROUP BY o.number"""
    ).fetchall()
    assert sum(received for _, received, _ in officers) == 10_825, "somebody was responsible for every case"
    assert told("officer", "number") == {number: (received, done) for number, received, done in officers}
    bodies = connection.execute(
        f"""SELECT o.code, count(*), {closed}
            FROM (SELECT DISTINCT report_id, (party ->> 'organisation')::bigint AS body
                  FROM report_event, jsonb_array_elements(facts -> 'parties') AS party
                  WHERE territory_code = 'xinhua' AND party ? 'organisation'
                      AND report_id NOT IN (SELECT id FROM report WHERE campaign IS NOT NULL)) e
            JOIN organisation o ON o.id = e.body GROUP BY o.code"""
    ).fetchall()
    assert len(bodies) > 10
    assert told("organisation", "code") == {code: (received, done) for code, received, done in bodies}


def test_every_case_is_what_its_events_say(connection: Connection) -> None:
    assert list(contradictions(connection)) == []
    assert rebuild(connection, mend=False).different == 0
    backwards = connection.execute(
        """SELECT count(*) FROM (SELECT at < lag(at) OVER (PARTITION BY report_id ORDER BY id) AS back FROM report_event
           WHERE territory_code = 'xinhua') e WHERE back"""
    ).fetchone()
    assert backwards == (0,)


def test_nobody_verifies_what_they_handled_and_the_clock_was_at_work(connection: Connection) -> None:
    own = connection.execute(
        """SELECT count(*) FROM report_event v JOIN report_task t ON t.report_id = v.report_id
           WHERE v.move = 'verify' AND v.actor = t.handler AND t.state = 'reported'"""
    ).fetchone()
    assert own == (0,)
    by_clock: dict[str, int] = dict(
        connection.execute(
            """SELECT move, count(*) FROM report_event WHERE territory_code = 'xinhua' AND actor = 'wangge'
               GROUP BY move"""
        ).fetchall()
    )
    assert min(by_clock["warn"], by_clock["expire"], by_clock["escalate"]) > 100


def test_what_is_open_lies_in_every_state_and_some_of_it_is_late(connection: Connection) -> None:
    by_state: dict[str, int] = dict(
        connection.execute(
            "SELECT state, count(*) FROM report WHERE territory_code = 'xinhua' AND state = ANY (%s) GROUP BY 1",
            (sorted(OPEN),),
        ).fetchall()
    )
    assert by_state.keys() == OPEN - {State.RECEIVED}
    assert sum(by_state.values()) == 93
    row = connection.execute(
        """SELECT count(*) FILTER (WHERE overdue), count(*) FILTER (WHERE nearly_due AND NOT overdue),
                  count(*) FILTER (WHERE EXISTS (SELECT FROM report_event e WHERE e.report_id = r.id
                                                 AND e.move IN ('return', 'reject', 'reopen')))
           FROM report r WHERE territory_code = 'xinhua' AND state = ANY (%s)""",
        (sorted(OPEN),),
    ).fetchone()
    assert row is not None
    assert min(row) > 2, "overdue, nearly due, returned"


def test_a_campaign_runs_whose_cases_ended_in_every_way_and_no_figure_has_them(
    app: TestClient, demo: Demo, connection: Connection
) -> None:
    street = signed_in(app, demo, "demo.street")
    found = app.get(f"{HERE}/reports", params={"campaign": "rains"}, headers=street).json()["reports"]
    assert {case["state"] for case in found} == {"closed", "merged", "refused", "withdrawn", "voided"}
    for state in (State.MERGED, State.REFUSED):
        listed = app.get(f"{HERE}/reports", params={"state": state}, headers=street).json()["reports"]
        assert len(listed) > 2, state
    merged = next(case for case in found if case["state"] == State.MERGED)
    assert app.get(f"{HERE}/reports/{merged['number']}", headers=street).json()["merged_into"]
    counted = connection.execute("SELECT count(*) FROM counted_report WHERE territory_code = 'xinhua'").fetchone()
    assert counted == (10_825,)


def test_everybody_of_the_demo_has_work(demo: Demo, app: TestClient) -> None:
    for login in ("officer", "community", "street", "organisation", "centre"):
        who = signed_in(app, demo, f"demo.{login}")
        mine = app.get(f"{HERE}/reports", params={"mine": True, "open": True, "sort": "due"}, headers=who)
        assert mine.status_code == 200, mine.text
        cases = mine.json()["reports"]
        assert len(cases) >= 5, login
        assert len({case["state"] for case in cases}) >= 3, login


def test_the_villages_come_to_what_their_city_published(demo: Demo, app: TestClient, tmp_path: Path) -> None:
    """By pandas from the sheet that is exported, each number as its file has it; townships add up to the same."""
    told = tomllib.loads((ROOT / "data" / "attributes" / "hejian" / "published.toml").read_text("utf-8"))
    file = tmp_path / "villages.csv"
    environment = environment_of(demo.url, demo.home)
    command = [*DEMO[:-1], "attributes", "export", str(file), "-t", "hejian", "--level", "village"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    table = pd.read_csv(file, dtype={"code": str})
    assert len(table) == 641
    there = table.dropna(subset="income")
    assert len(there) == told["villages"]["count"]
    for step in told["income"]:
        assert (there.income > step["over"]).sum() == step["villages"]
    of = told["committees"]
    assert there.members.sum() == of["members"]
    for key in ("party", "college", "secondary", "earners"):
        assert round((there[key] * there.members).sum() / there.members.sum(), 1) == of[key]
    assert (there.college + there.secondary <= 100.001).all()
    assert there.veterans.sum() == of["veterans"]
    secretaries = (there.veteran_secretary == "yes").sum()
    assert secretaries == of["veteran_secretaries"]
    assert round(100 * secretaries / len(there), 1) == of["veteran_secretaries_percent"]
    doing, customs = told["activities"], told["customs"]
    for key in ("bases", "courses", "attendances", "projects"):
        assert there[key].sum() == doing[key]
    assert there.cloud.sum() == doing["cloud_attendances"]
    for one in told["terms"]:
        assert (there[one["key"]].count(), there[one["key"]].nunique()) == (one["villages"], one["terms"])
    assert there.weddings_without.sum() == customs["weddings_without"]
    assert there.weddings_low.sum() == customs["weddings_low"]
    assert (there.wedding_cost * there.weddings).sum() / there.weddings.sum() == customs["wedding_cost"]
    assert there.funeral_cost.mean() == customs["funeral_cost"]

    planner = signed_in(app, demo, "demo.planner")
    here = "/api/v1/territories/hejian"
    townships = app.get(f"{here}/attributes/values?level=township", headers=planner).json()["cells"]
    for key in ("income", "members", "attendances"):
        values = [of_cell["values"][key] for of_cell in townships]
        assert sum(value["value"] or 0 for value in values) == there[key].sum()
        assert sum(value["known"] for value in values) == len(there)
    areas = app.get(f"{here}/overlays/demonstration", headers=planner).json()["features"]
    assert len(areas) == 3
    assert app.get(here).json()["synthetic"] is True


def test_somebody_is_on_leave_and_the_officer_of_the_demo_has_those_cases_too(
    demo: Demo, app: TestClient, connection: Connection
) -> None:
    cells = connection.execute(
        """SELECT DISTINCT d.code FROM officer_leave l JOIN posting p ON p.officer_id = l.officer_id
           JOIN desk d ON d.id = p.desk_id JOIN account a ON a.officer_id = l.substitute_id
           WHERE a.login = 'demo.officer' AND p.role = 'responsible' AND l.back_on > l.away_from"""
    ).fetchall()
    assert len(cells) >= 1
    who = signed_in(app, demo, "demo.officer")
    asked = {"mine": True, "open": True, "cell": cells[0][0]}
    assert app.get(f"{HERE}/reports", params=asked, headers=who).json()["reports"]


def test_some_of_what_is_open_has_photos(demo: Demo, connection: Connection) -> None:
    counted = connection.execute(
        """SELECT count(DISTINCT p.report_id), count(*) FILTER (WHERE e.move = 'receive'),
                  count(*) FILTER (WHERE e.move = 'report-back')
           FROM photo p JOIN report_event e ON e.report_id = p.report_id AND e.version = p.version"""
    ).fetchone()
    assert counted is not None
    assert min(counted) >= 10, "cases, before, after"
    assert len(list((demo.home / "photos").rglob("*-large.jpg"))) >= counted[1] + counted[2]


def test_live_it_goes_on_by_lawful_moves_until_it_is_interrupted(demo: Demo, connection: Connection) -> None:
    stored = "SELECT count(*), max(id) FROM report_event"
    before, last = connection.execute(stored).fetchone() or (0, 0)
    environment = environment_of(demo.url, demo.home) | {"WANGGE_PORT": str(free_port()), "WANGGE_SWEEP_S": "0"}
    command = [*DEMO, "--live", "--speed", "600"]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    live = subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=heed_interrupts, **output)  # type: ignore[call-overload]
    until = time.monotonic() + 60
    while time.monotonic() < until and (connection.execute(stored).fetchone() or (0,))[0] < before + 25:
        time.sleep(0.1)
    live.send_signal(signal.SIGINT)
    said, _ = live.communicate(timeout=30)
    assert live.returncode == 0, said
    assert "Traceback" not in said
    moves = connection.execute("SELECT DISTINCT move FROM report_event WHERE id > %s", (last,)).fetchall()
    assert len(moves) > 3
    assert list(contradictions(connection, latest=1000)) == []


def test_accounts_are_kept_where_only_their_owner_reads_them(demo: Demo, app: TestClient) -> None:
    file = demo.home / "demo-accounts.tsv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    accounts = kept(file)
    assert len({account.password for account in accounts}) == len(accounts) == 11
    for account in accounts:
        assert account.login in demo.printed
        assert account.password in demo.printed
        who = signed_in(app, demo, account.login)
        here = COUNTRY if account.login in IN_COUNTRY else HERE
        seen = app.get(f"{here}/reports?open=true", headers=who).json()["reports"]
        assert seen, f"{account.login} sees something"
    roles = {account.login.removeprefix("demo.") for account in accounts}
    assert {Role.CENTRE, Role.OFFICER, Role.ORGANISATION, Role.PLANNER, Role.AUDITOR, Role.ADMINISTRATOR} <= roles


def test_another_run_changes_nothing(demo: Demo, connection: Connection) -> None:
    counted = "SELECT (SELECT count(*) FROM report_event), (SELECT count(*) FROM account)"
    before, accounts = connection.execute(counted).fetchone(), kept(demo.home / "demo-accounts.tsv")
    subprocess.run(COMMAND, cwd=ROOT, env=environment_of(demo.url, demo.home), check=True, capture_output=True)
    assert connection.execute(counted).fetchone() == before
    assert kept(demo.home / "demo-accounts.tsv") == accounts


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="whoever reads the guide has curl and jq")
def test_the_lines_of_the_guide_carry_a_case_from_report_to_answer(demo: Demo) -> None:
    tested = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8").partition("<!-- tested:")[2]
    blocks = re.findall(r"```sh\n(.*?)```", tested.partition("\n## ")[0], re.DOTALL)
    port = free_port()
    script = "\n".join(blocks).replace("127.0.0.1:8136", f"127.0.0.1:{port}")
    assert str(port) in script
    environment = environment_of(demo.url, demo.home) | {"WANGGE_PORT": str(port)}
    serving = subprocess.Popen(DEMO, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        await_ready(f"http://127.0.0.1:{port}", serving, 60)
        shell = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(shell, cwd=demo.home.parent, capture_output=True, text=True, timeout=60)
    finally:
        serving.terminate()
        serving.wait(30)
    assert done.returncode == 0, done.stderr
    states = ["registered", "dispatched", "accepted", "reported", "verified", "closed", "closed", "confirmed"]
    said = done.stdout.splitlines()
    assert said[: len(states)] == states
    told = said[len(states) :]
    assert len(told) == len(states) + 2, "with the receipt and the assignment"
    assert "Street lamps" in told[3], "why it went where it did"
