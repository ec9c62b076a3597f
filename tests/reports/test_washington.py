"""The city's own label against ours: 34,033 real requests of Washington, joined to wards by geometry.

Each request of the file carries the ward that the city recorded. Wards are not a level of the grid (two commissions
cross ward lines), so the stored points are joined to the ward polygons. Where the two disagree, the point must lie
within 5 m of the ward that the city names, or be explained in EXPLAINED.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

from tests.conftest import BOUNDARIES, ROOT, clone
from wangge.access.scope import whole
from wangge.geo.files.reading import open_records
from wangge.geo.files.writing import write
from wangge.geo.grid import Grid
from wangge.geo.reference import metres_per_degree
from wangge.reports.bulk.columns.history import Outcome
from wangge.reports.bulk.export.events import event_layer
from wangge.reports.bulk.importing import Import, Totals
from wangge.reports.figures.counting import By, Question
from wangge.reports.figures.indicators import expanded, shipped
from wangge.reports.figures.rebuilding import rebuild
from wangge.reports.figures.tabling import tabled
from wangge.reports.listing.filters import ReportFilter
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

REQUESTS = ROOT / "data" / "reports" / "washington_2015_2016.csv.gz"
MAPPING = {
    "lon": "LONGITUDE",
    "lat": "LATITUDE",
    "category": "SERVICECODE",
    "description": "SERVICECODEDESCRIPTION",
    "occurred_at": "ADDDATE",
    "external_id": "SERVICEREQUESTID",
    "due_at": "SERVICEDUEDATE",
    "closed_at": "RESOLUTIONDATE",
    "outcome": "SERVICEORDERSTATUS",
}
OUTCOMES = {
    "CLOSED - INCOMPLETE INFORMATION": Outcome.CLOSED,
    "DUPLICATE (OPENED)": Outcome.REFUSED,
    "DUPLICATE (CLOSED)": Outcome.REFUSED,
    "VOIDED": Outcome.VOIDED,
}
# The other 54 disagreements lie at most 0.86 m from the ward that the city names.
EXPLAINED = {
    "15-00277280": "The city says ward 4; the coordinates (-76.921027, 38.884191) are 10.2 km from it, inside ward 7.",
    "15-00267783": "The city says ward 7; the coordinates (-77.001703, 38.8453) are 3.2 km from it, inside ward 8.",
}


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str) -> Iterator[str]:
    yield from clone(cluster, furnished)


@pytest.fixture(scope="module")
def grid(url: str) -> Grid:
    with connect(url) as connection:
        return load_grid(connection, "washington")


@pytest.fixture(scope="module")
def totals(url: str, grid: Grid) -> Totals:
    reader = open_records(REQUESTS)
    run = Import(REQUESTS, reader, grid, mapping=MAPPING, outcomes=OUTCOMES, as_local=True, reject=lambda *_: None)
    return asyncio.run(run.run(url))


@pytest.fixture(scope="module")
def compared(url: str, totals: Totals) -> pd.DataFrame:
    """Every request that has a ward in the file: the city's ward, the wards that cover its stored point, and how many
    metres the point is away from the city's ward."""
    with connect(url) as connection:
        stored = connection.execute(
            "SELECT r.external_id, ST_X(r.geom), ST_Y(r.geom), c.code FROM report r "
            "JOIN cell c ON c.edition_id = r.edition_id AND c.id = r.cell_id"
        ).fetchall()
    placed = pd.DataFrame(stored, columns=["id", "x", "y", "smd"]).set_index("id")
    requests = pd.read_csv(REQUESTS, converters={"LONGITUDE": float, "LATITUDE": float}).set_index("SERVICEREQUESTID")
    frame = placed.join(requests[["WARD", "LONGITUDE", "LATITUDE"]], validate="one_to_one")
    frame = frame[frame.WARD.notna()].assign(WARD=lambda rows: rows.WARD.astype(int))
    wards = geopandas.read_file(BOUNDARIES / "washington" / "ward.geojson")
    shapes = wards.geometry.to_numpy()
    shapely.prepare(shapes)
    points = shapely.points(frame.x, frame.y)
    covers = np.array([shapely.covers(shape, points) for shape in shapes])
    numbers = wards.WARD.astype(int).to_numpy()
    label = [list(numbers).index(ward) for ward in frame.WARD]
    labelled = covers[label, np.arange(len(frame))]
    east, north = metres_per_degree(38.9)
    local = shapely.transform(shapes, lambda xy: xy * (east, north))
    flat = shapely.points(frame.x.to_numpy() * east, frame.y.to_numpy() * north)
    metres = shapely.distance(local[label], flat)
    ours = ["/".join(map(str, numbers[column])) for column in covers.T]
    return frame.assign(agrees=labelled, metres=metres, ours=ours)


def test_every_request_is_stored(totals: Totals) -> None:
    assert (totals.read, totals.stored, totals.known, totals.refused) == (34_033, 34_033, 0, 0)


def test_times_are_those_of_washingtons_clock(url: str, totals: Totals) -> None:
    """The file calls them UTC; then most would be opened before dawn and hardly any in the afternoon."""
    with connect(url) as connection:
        hours = connection.execute(
            "SELECT extract(hour FROM received_at AT TIME ZONE 'America/New_York'), count(*) FROM report GROUP BY 1"
        ).fetchall()
    office = sum(count for hour, count in hours if 8 <= hour < 17)
    assert office > 0.6 * totals.stored
    assert 9 <= max(hours, key=lambda entry: entry[1])[0] <= 15


def test_points_are_stored_as_the_city_gave_them(compared: pd.DataFrame) -> None:
    assert (compared.x == compared.LONGITUDE).all()
    assert (compared.y == compared.LATITUDE).all()


def test_every_request_lies_in_its_cell(compared: pd.DataFrame, grid: Grid) -> None:
    by_code = {leaf.code: leaf.geometry for leaf in grid.leaves}
    shapes = np.array([by_code[code] for code in compared.smd], dtype=object)
    assert shapely.covers(shapes, shapely.points(compared.x, compared.y)).all()


def test_wards_agree_with_the_city(compared: pd.DataFrame) -> None:
    assert len(compared) > 33_000
    assert compared.agrees.mean() >= 0.998


def test_each_disagreement_is_at_an_edge_or_explained(compared: pd.DataFrame) -> None:
    off = compared[~compared.agrees & (compared.metres > 5)]
    assert set(off.index) == EXPLAINED.keys(), off[["x", "y", "WARD", "ours", "metres"]].to_string()


@pytest.fixture(scope="module")
def events(url: str, grid: Grid, totals: Totals, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The events as they are exported."""
    file = tmp_path_factory.mktemp("events") / "events.csv"
    with event_layer(url, grid, ReportFilter("washington"), whole("washington")) as layer:
        write(layer, file)
    return pd.read_csv(file, dtype={"in_time": object, "smd_code": str}, parse_dates=["at", "due_at", "received_at"])


def recomputed(events: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """On-time handling of each case, from its events up to a moment: due by then, and handled in time."""
    past = events[events["at"] <= as_of]
    due = past[past.move == "dispatch"].groupby("number").due_at.last()
    voided = past[past.move == "void"].number
    cases = past.groupby("number")[["anc_code", "category"]].first()
    cases["due"] = (due.reindex(cases.index) <= as_of) & ~cases.index.isin(voided)
    handled = past[past.move == "report-back"].groupby("number").in_time.last()
    cases["in_time"] = cases.due & (handled.reindex(cases.index).astype(str).str.lower() == "true")
    return cases


@pytest.mark.parametrize("as_of", [datetime(2026, 11, 1, tzinfo=UTC), datetime(2016, 4, 1, 12, tzinfo=UTC)])
def test_on_time_handling_is_what_the_exported_events_say(
    url: str, grid: Grid, events: pd.DataFrame, as_of: datetime
) -> None:
    cases = recomputed(events, as_of)
    for by, columns in (
        ((By.CELL,), ["anc_code"]),
        ((By.CATEGORY,), ["category"]),
        ((By.CELL, By.CATEGORY), ["anc_code", "category"]),
    ):
        wanted = cases[cases.due].groupby(columns).in_time.agg(["sum", "count"])
        told = figures(url, grid, by, as_of)
        assert len(wanted) > 30
        assert {key: tuple(row) for key, row in zip(wanted.index, wanted.itertuples(index=False), strict=True)} == told


def figures(url: str, grid: Grid, by: tuple[By, ...], as_of: datetime) -> dict[Any, tuple[int, int]]:
    """Handled in time, and due, where something was due."""

    async def ask() -> Any:
        async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as connection:
            question = Question(whole("washington"), datetime.now(UTC), as_of=as_of, by=by, level="anc")
            return await tabled(connection, grid, question, expanded(shipped(), grid.levels))

    table = asyncio.run(ask())
    place = [one.key for one in table.indicators].index("on-time-handling")
    found = {}
    for line in table.lines:
        figure = line.figures[place]
        key = tuple(about["code"] for about in line.about)
        if figure.denominator:
            found[key if len(key) > 1 else key[0]] = (figure.numerator, figure.denominator)
    return found


def test_what_is_kept_is_what_the_events_come_to(url: str, totals: Totals) -> None:
    with connect(url, autocommit=True) as connection:
        proof = rebuild(connection, mend=False)
    assert (proof.cases, proof.different) == (34_033, 0)
