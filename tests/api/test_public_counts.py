"""Somebody who asks everything that can be asked without an account, for a year, learns of no report where or when.

What is attacked are 200 reports of 10,825 in a year. Three things are asked of every public answer: whether it is
changed by where in its base grid and when in its week a report was made (then nothing finer can be learnt, by any
means); what the attack finds that took places and times out of counts with the small ones left out; and what somebody
learns who sees the answers before and after a report comes.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.conftest import clone
from tests.reports.releasing import put_points
from wangge.api.app import create_app
from wangge.geo.grid import Cell, Grid
from wangge.reports.release.making import make_due
from wangge.reports.release.periods import parse_period
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
REPORTS, VICTIMS = 10_825, 200
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SINCE = datetime(2024, 12, 31, 16, tzinfo=UTC)  # the year begins in Xinhua
CATEGORIES = ("wiring", "parking", "rubbish", "noise", "dispute", "lamp")
SEED = 20260101


@dataclass(frozen=True)
class Report:
    cell: Cell
    lon: float
    lat: float
    category: str
    at: datetime


def some_point(random: np.random.Generator, cell: Cell) -> tuple[float, float]:
    """Anywhere in a base grid, well inside."""
    assert cell.geometry is not None
    shape = cell.geometry.buffer(-1e-5) or cell.geometry
    west, south, east, north = shape.bounds
    while True:
        lon, lat = float(random.uniform(west, east)), float(random.uniform(south, north))
        if shapely.contains_xy(shape, lon, lat):
            return lon, lat


def a_year(grid: Grid) -> list[Report]:
    """A year of a district: hot spots, empty places, and bursts of one night at one spot, on the edges of weeks too."""
    random = np.random.default_rng(SEED)
    weights = random.lognormal(0, 1.2, len(grid.leaves)) * (random.random(len(grid.leaves)) < 0.8)
    where = random.choice(len(grid.leaves), REPORTS - 120, p=weights / weights.sum())
    found = []
    for at in where:
        lon, lat = some_point(random, grid.leaves[at])
        when = SINCE + timedelta(days=float(random.uniform(0, 365)))
        found.append(Report(grid.leaves[at], lon, lat, str(random.choice(CATEGORIES)), when))
    for leaf, day in ((7, 30), (70, 58.2), (170, 120)):  # the last night of a month, the first of one
        lon, lat = some_point(random, grid.leaves[leaf])
        night = SINCE + timedelta(days=day)
        found += [
            Report(grid.leaves[leaf], lon, lat, "dispute", night + timedelta(minutes=minute)) for minute in range(40)
        ]
    return found


def week_of(at: datetime, grid: Grid) -> tuple[datetime, datetime]:
    local = at.astimezone(grid.timezone)
    number = min((local.day - 1) // 7, 3) + 1
    return parse_period(f"{local:%Y-%m}-w{number}").instants(grid.timezone)


def moved(report: Report, random: np.random.Generator, grid: Grid) -> Report:
    """The same report anywhere else in its base grid, at any other time of its week."""
    lon, lat = some_point(random, report.cell)
    since, until = week_of(report.at, grid)
    at = since + (until - since) * float(random.uniform(0.001, 0.999))
    return Report(report.cell, lon, lat, report.category, at)


def store(url: str, reports: Sequence[Report]) -> None:
    put_points(url, [(one.cell, one.lon, one.lat, one.category, one.at.isoformat()) for one in reports])


def publish(url: str, now: datetime = NOW) -> None:
    async def make() -> None:
        async with await connect_async(url) as connection:
            await make_due(connection, 3, now=now)

    asyncio.run(make())


def client_of(url: str, home: Any) -> TestClient:
    return TestClient(
        create_app(Settings(database_url=url, home=home, sweep_s=0, release_s=0, log_level="warning")),
        raise_server_exceptions=False,
    )


def tiles_over(bbox: Sequence[float], zooms: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    west, south, east, north = bbox

    def column(lon: float, z: int) -> int:
        return int((lon + 180) / 360 * 2**z)

    def row(lat: float, z: int) -> int:
        return int((0.5 - np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) / (2 * np.pi)) * 2**z)

    for z in zooms:
        for x, y in product(range(column(west, z), column(east, z) + 1), range(row(north, z), row(south, z) + 1)):
            yield z, x, y


class Public:
    """All that anybody is told, with what is asked for it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params={key: value for key, value in query.items() if value is not None})

    @property
    def periods(self) -> list[str]:
        return [one["period"] for one in self.get(f"{HERE}/releases").json()["releases"]]

    def answers(self, grid: Grid, cells: Sequence[Cell]) -> dict[str, bytes]:
        """Every kind of public answer about every period, level, category and zoom, byte for byte, by its address."""
        found = {}
        asked: list[tuple[str, dict[str, str]]] = [
            ("/api/v1/territories", {}),
            (HERE, {}),
            (f"{HERE}/releases", {}),
            (f"{HERE}/outcomes", {}),
            *((f"{HERE}/outcomes", {"cell": cell.code, "level": cell.level}) for cell in cells),
            ("/tiles/xinhua/style.json", {}),
            ("/tiles/xinhua/heat.json", {}),
        ]
        filters: list[dict[str, str]] = [{}, {"category": "dispute"}, {"group": "people"}]
        for period, narrowed in product(self.periods, filters):
            query = {"period": period} | narrowed
            asked += [(f"{HERE}/cells/{cell.level}/{cell.code}", query) for cell in cells]
            if period in {"2025", "2025-01", "2025-03", "2025-03-w1"}:
                asked.append(("/tiles/xinhua/style.json", query))
                asked += [(f"/tiles/xinhua/heat/{z}/{x}/{y}.mvt", query) for z, x, y in tiles_over(grid.bbox, (9, 12))]
        for path, query in asked:
            answer = self.client.get(path, params=query)
            assert answer.status_code in {200, 204}, (path, query, answer.text)
            found[f"{path}?{query}"] = answer.content + answer.headers.get("etag", "").encode()
        return found


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str) -> Iterator[tuple[str, Grid, list[Report]]]:
    """URL of a database with the year in it, not published; its grid and its reports."""
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        reports = a_year(grid)
        store(url, reports)
        yield url, grid, reports


@pytest.fixture(scope="module")
def cities(
    cluster: Cluster,
    furnished: str,
    city: tuple[str, Grid, list[Report]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Public, Public, Grid, list[Report]]]:
    """The city as it is, and one in which 200 reports were made elsewhere in their base grids and weeks."""
    url, grid, reports = city
    random = np.random.default_rng(SEED + 1)
    victims = [len(reports) - 1 - n for n in range(0, 120, 4)] + random.choice(REPORTS - 120, VICTIMS - 30).tolist()
    elsewhere = list(reports)
    for at in victims:
        elsewhere[at] = moved(reports[at], random, grid)
    for other in clone(cluster, furnished):
        store(other, elsewhere)
        for each in (url, other):
            publish(each)
        with (
            client_of(url, tmp_path_factory.mktemp("home")) as first,
            client_of(other, tmp_path_factory.mktemp("home")) as second,
        ):
            yield Public(first), Public(second), grid, [reports[at] for at in victims]


def test_no_public_answer_depends_on_where_in_its_cell_and_when_in_its_week_a_report_was_made(
    cities: tuple[Public, Public, Grid, list[Report]],
) -> None:
    """So nothing finer than base grid and week is in them: no difference, however clever, has it to find."""
    first, second, grid, victims = cities
    assert len(victims) == VICTIMS
    assert len(first.periods) == 12 * 4 + 12 + 1
    around = victims[0].cell
    cells = [grid.ancestors(around)[1], around]
    one, other = first.answers(grid, cells), second.answers(grid, cells)
    assert len(one) > 400
    assert sum(told["cases"] for told in first.get(f"{HERE}/outcomes").json()["by_category"]) > 0
    assert [address for address in one if one[address] != other[address]] == []


def test_a_free_span_of_time_tells_nothing(cities: tuple[Public, Public, Grid, list[Report]]) -> None:
    """The first step of the attack, two spans that differ by a second, is refused; so are places finer than bins."""
    public, _, grid, victims = cities
    for victim in victims[::20]:
        instant = victim.at.isoformat()
        for path in (
            f"{HERE}/cells/grid/{victim.cell.code}",
            "/tiles/xinhua/heat/12/3377/1575.mvt",
            "/tiles/xinhua/style.json",
        ):
            for query in ({"from": instant}, {"to": instant}, {"from": instant[:10], "to": instant[:10]}):
                answer = public.get(path, **query)
                assert answer.status_code == 404
                assert answer.json()["type"] == "/problems/not-released"
    for z, x, y in tiles_over(grid.bbox, (13, 14)):
        assert public.get(f"/tiles/xinhua/heat/{z}/{x}/{y}.mvt").status_code == 404


def test_the_attack_on_counts_finds_no_report(cities: tuple[Public, Public, Grid, list[Report]]) -> None:
    """Differences of tiles of two zooms and of periods, of cells and those in them: places and times of 0 of 200.

    A report counts as found when some difference of public answers holds it, and is narrower than its base grid or
    about 120 m, or than its week. Differences are taken with the whole range that rounding leaves.
    """
    public, _, grid, victims = cities
    periods = [parse_period(name) for name in public.periods]
    heat: dict[str, dict[tuple[float, float], float]] = {}
    for period in periods:
        if period.kind == "month":
            heat[period.name] = bins_of(public, grid, period.name)
    found = 0
    for victim in victims:
        inside = [
            p
            for p in sorted(periods, key=lambda p: p.since - p.until)
            if p.instants(grid.timezone)[0] <= victim.at < p.instants(grid.timezone)[1]
        ]
        spans = {p.instants(grid.timezone) for p in inside}
        # What two periods have in common, and what one has that the other has not, is a period of the list again.
        cut = [max(a[0], b[0]) for a, b in product(spans, spans)], [min(a[1], b[1]) for a, b in product(spans, spans)]
        assert max(cut[0]) >= week_of(victim.at, grid)[0]
        narrowest = min(cut[1]) - max(cut[0])
        # Bins of a cell all tell the same: none of them holds the report rather than another.
        own = {
            round(count, 3)
            for (lon, lat), count in heat[inside[1].name].items()
            if shapely.contains_xy(victim.cell.geometry, lon, lat)
        }
        found += narrowest < timedelta(days=6.9) or len(own) > 1
    assert found == 0


def bins_of(public: Public, grid: Grid, period: str) -> dict[tuple[float, float], float]:
    """Places and counts of all bins of the finest public tiles."""
    found: dict[tuple[float, float], float] = defaultdict(float)
    for z, x, y in tiles_over(grid.bbox, (12,)):
        answer = public.get(f"/tiles/xinhua/heat/{z}/{x}/{y}.mvt", period=period)
        for feature in mapbox_vector_tile.decode(answer.content).get("heat", {"features": []})["features"]:
            px, py = feature["geometry"]["coordinates"]
            lon = (x + px / 4096) / 2**z * 360 - 180
            lat = float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + 1 - py / 4096) / 2**z)))))
            found[lon, lat] += feature["properties"]["count"]
    return found


def test_a_report_that_comes_changes_nothing_that_anybody_is_told(
    cities: tuple[Public, Public, Grid, list[Report]],
) -> None:
    """Filing and looking again: counts, totals, styles, tiles and their validators stay, byte for byte."""
    public, _, grid, victims = cities
    cells = [*grid.ancestors(victims[0].cell), victims[0].cell]
    asked = [
        HERE,
        "/api/v1/territories",
        f"{HERE}/releases",
        f"{HERE}/outcomes",
        "/tiles/xinhua/style.json",
        "/tiles/xinhua/heat.json",
    ]
    asked += [f"{HERE}/cells/{cell.level}/{cell.code}" for cell in cells]
    asked += [f"/tiles/xinhua/heat/{z}/{x}/{y}.mvt" for z, x, y in tiles_over(grid.bbox, (9, 12))]

    def told() -> dict[str, tuple[bytes, str]]:
        answers = {path: public.get(path) for path in asked}
        return {path: (answer.content, answer.headers.get("etag", "")) for path, answer in answers.items()}

    before = told()
    for victim in victims[:10]:
        report = {"lon": victim.lon, "lat": victim.lat, "category": "dispute"}
        assert public.client.post(f"{HERE}/reports", json=report).status_code == 201
    assert told() == before


def test_what_is_published_is_of_use(cities: tuple[Public, Public, Grid, list[Report]], city: Any) -> None:
    """A base grid's year, a community's month by group, the city's heat of a month: how far they are off."""
    public, _, grid, _ = cities
    reports: list[Report] = city[2]
    year: dict[str, int] = defaultdict(int)
    month: dict[str, int] = defaultdict(int)
    for one in reports:
        year[one.cell.code] += 1
        local = one.at.astimezone(grid.timezone)
        if local.month == 5 and one.category in {"noise", "dispute"}:
            month[one.cell.path[1]] += 1
    full = [code for code, n in year.items() if n >= 10][:60]
    off = []
    for code in full:
        told = public.get(f"{HERE}/cells/grid/{code}", period="2025").json()["properties"]["figures"]["reports"]
        off.append(abs(told - year[code]) / year[code])
    assert np.median(off) < 0.06
    off = []
    for code in list(month)[:30]:
        query = {"period": "2025-05", "group": "people"}
        told = public.get(f"{HERE}/cells/community/{code}", **query).json()["properties"]["figures"]["reports"]
        off.append(abs(told - month[code]))
    assert max(off) < 3
    true = sum(one.at.astimezone(grid.timezone).month == 5 for one in reports)
    assert abs(sum(bins_of(public, grid, "2025-05").values()) - true) < 0.1 * true
