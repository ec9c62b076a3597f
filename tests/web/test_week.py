"""A week in the life: lamps go out around one base grid, one a day, and nobody says so.

The nightly look tells it on the day that its power allows, the command centre shows it by itself, the planner's
sheet and the bulletin of the month name it.
"""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from typer.testing import CliRunner

from tests.conftest import Server, serving
from tests.patterns.planting import LAST, MIDNIGHT, Reports, looked
from tests.web.page import Viewer
from tests.web.test_centre import as_role, open_centre
from wangge.api.cli.main import build
from wangge.geo.grid import Grid
from wangge.patterns.findings.evidence import ground_of
from wangge.patterns.statistics.power import critical_score, smallest_excess
from wangge.patterns.statistics.scan import Events, null_scores
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

WEEK = [LAST - timedelta(days=ago) for ago in range(6, -1, -1)]
SCANNED = 2
"""Categories with enough sessions to be scanned."""


class Town(NamedTuple):
    """A server whose Xinhua has the rhythm of two categories; the base grids where lamps go out, and the reports."""

    server: Server
    grid: Grid
    near: list[int]
    reports: Reports

    def look(self, day: date) -> list[Any]:
        """What the look at a day finds to have risen lately."""
        with ThreadPoolExecutor(1) as aside:  # the browser has a loop of its own
            _, rows = aside.submit(looked, self.server.database_url, self.grid, day).result()
        return [row for row in rows if row.kind == "lately"]

    def least(self, day: date) -> tuple[int, int]:
        """How many lamps are out around the base grid since the week began, and how many it takes to be told."""
        leaves = {leaf.id: at for at, leaf in enumerate(self.grid.leaves)}
        midnight = MIDNIGHT - (LAST - day)
        lamps = [(leaves[cell], (midnight - at).days) for at, cell, kind, *_ in self.reports.rows if kind == "lamp"]
        cell, age = np.array([lamp for lamp in lamps if 0 <= lamp[1] < 90]).T
        days = (day - WEEK[0]).days + 1
        inside = np.isin(cell, self.near)
        expected = float(inside.sum() * (age < days).sum() / len(cell))
        zones = ground_of(self.grid).zones
        critical = critical_score(null_scores(zones, Events.of(cell, age), seed=1), 1 / (SCANNED * 365))
        return int((inside & (age < days)).sum()), smallest_excess(expected, critical)


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str) -> Iterator[Town]:
    for server in serving(cluster, furnished, WANGGE_LOG_LEVEL="warning", WANGGE_COLUMNS_S="0"):
        with connect(server.database_url) as connection:
            grid = load_grid(connection, "xinhua")
        reports = Reports(grid, 11)
        reports.background("lamp", 220, 97)
        reports.background("parking", 300, 97)
        near: list[int] = ground_of(grid).zones.order[200, :3].tolist()
        for at, _ in enumerate(WEEK):
            reports.add(near[at % 3], len(WEEK) - 1 - at + 0.4, "lamp")
        reports.store(server.database_url)
        yield Town(server, grid, near, reports)


def test_an_emerging_problem_is_told_on_the_day_that_the_power_allows(
    town: Town, open_viewer: Callable[..., Viewer], tmp_path: Path
) -> None:
    told = [day for day in WEEK if (there := town.least(day))[0] >= there[1]]
    allowed = told[0]
    assert WEEK[1] < allowed < WEEK[-1]

    viewer = as_role(open_viewer, town.server, locale="en-US")
    page = viewer.page
    page.clock.set_fixed_time(datetime(2026, 7, 1, 1, tzinfo=UTC))
    assert town.look(allowed - timedelta(days=1)) == []
    open_centre(viewer, "#t=xinhua")
    expect(page.locator("#found .when")).to_contain_text("Nothing found")
    expect(page.locator("#found [data-finding]")).to_have_count(0)

    (found,) = town.look(allowed)
    assert set(found.cells) & {town.grid.leaves[i].id for i in town.near}
    assert (found.category, found.first_day, found.last_day) == ("lamp", WEEK[0], allowed)
    page.clock.set_fixed_time(datetime(2026, 7, 1, 1, 11, tzinfo=UTC))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the next turn of its clock
    row = page.locator(f"#found [data-finding='{found.id}']")
    expect(row).to_contain_text(f"Street lamp out: {found.observed} reports of residents")
    page.locator("#found a").first.click()
    expect(page.locator("#finding-sentence")).to_contain_text(f"{found.observed} reports")
    expect(page.locator("#carried .cases li")).to_have_count(found.reports)

    sheet = tmp_path / "sheet.html"
    words = ["sheet", "xinhua", "-o", str(sheet), "--from", "2026-06-01", "--lang", "en"]
    environment = {"WANGGE_DATABASE_URL": town.server.database_url}
    with ThreadPoolExecutor(1) as aside:
        assert aside.submit(lambda: CliRunner().invoke(build("sheet"), words, env=environment)).result().exit_code == 0
    assert f"Street lamp out: {found.observed} reports of residents" in sheet.read_text(encoding="utf-8")

    answer = page.request.get(f"{town.server.url}/api/v1/territories/xinhua/bulletin?month=2026-06&lang=en")
    text = " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.body())).pages)
    assert f"Street lamp out: {found.observed} reports of residents" in " ".join(text.split())
