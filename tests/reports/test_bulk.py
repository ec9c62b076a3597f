"""A batch is stored by the same rules as single reports."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from tests.strategies import awkward_points
from wangge.geo.ambiguity import Ambiguity
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.grid import Grid
from wangge.reports.bulk.batch import BatchAnswer, submit_batch
from wangge.reports.intake.submitting import Contact, Submission, submit
from wangge.reports.policy.policy import Urgency
from wangge.store.engine import AsyncConnection

REPORTS = """
SELECT id, received_at, state, category, description, occurred_at, source, on_edge, ambiguous, accuracy_m, raw_lon,
       raw_lat, datum, external_id, cell_id, edition_id, ST_AsEWKB(geom) AS geom, desk_id, level, elsewhere, urgency,
       due_at - received_at AS within,
       (SELECT facts - 'due_at' FROM report_event WHERE report_id = report.id AND move = 'assign') AS facts
FROM report ORDER BY id
"""


@pytest.fixture
async def connection(database: str) -> AsyncIterator[AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(database, options="-c timezone=UTC") as connection:
        yield connection


def record(**changed: Any) -> dict[str, Any]:
    return {"lon": 116.87, "lat": 38.32, "category": "wiring"} | changed


async def rows(connection: AsyncConnection) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(REPORTS)).fetchall()


async def revision(connection: AsyncConnection) -> int:
    query = "SELECT coalesce(sum(n), 0)::bigint FROM report_revision WHERE territory_code = 'xinhua'"
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return int(row[0])


def awkward(grid: Grid) -> list[dict[str, Any]]:
    """Places on corners, edges and inside, in every datum, with and without accuracy."""
    corners = shapely.get_coordinates([leaf.geometry for leaf in grid.leaves[::10]])[::7]
    middles = shapely.get_coordinates(shapely.point_on_surface([leaf.geometry for leaf in grid.leaves[::10]]))
    records = []
    for n, (lon, lat) in enumerate(np.vstack([corners, middles]).tolist()):
        datum = list(Datum)[n % 4]
        x, y = from_wgs84(lon, lat, datum) if n % 3 else (lon, lat)
        accuracy = [None, 5.0, 60.0][n % 3]
        urgency = {"urgency": ["urgent", "normal"][n % 2]} if n % 5 else {}
        given = {"datum": datum.value if n % 3 else "wgs84", "accuracy": accuracy} | urgency
        records.append(record(lon=float(x), lat=float(y), **given))
    return records


async def test_a_batch_is_stored_as_single_reports_are(connection: AsyncConnection, xinhua: Grid) -> None:
    at = datetime.now(UTC) - timedelta(days=3)
    full = record(description=" 飞线充电 ", occurred_at=at.isoformat(), external_id="a-1", contact={"phone": "0317-1"})
    records = [*awkward(xinhua), full]
    answers = await submit_batch(connection, xinhua, records)
    in_bulk = await rows(connection)
    happened = await connection.execute("SELECT report_id, state, actor FROM report_event ORDER BY id")
    events = await happened.fetchall()
    contacts = await (await connection.execute("SELECT name, phone, email FROM report_contact")).fetchall()
    await connection.rollback()

    placed = []
    for sent in records:
        given = sent | {"datum": Datum(sent.get("datum", "wgs84"))}
        given["accuracy_m"] = given.pop("accuracy", None)
        given["urgency"] = Urgency(sent.get("urgency", "normal"))
        given["description"] = sent.get("description", "").strip()
        given["occurred_at"] = at if "occurred_at" in sent else None
        given["contact"] = Contact(phone="0317-1") if "contact" in sent else None
        try:
            _, placement = await submit(connection, xinhua, Submission(**given), source="api")
            placed.append(placement.location.cell.code)
        except Exception as error:
            placed.append(type(error).__name__)
    one_by_one = await rows(connection)

    assert len(records) > 60
    for both in ("on_edge", "ambiguous", "elsewhere"):
        assert {row[both] for row in in_bulk} == {True, False}
    assert {row["within"] for row in in_bulk if row["urgency"] == "urgent"} == {timedelta(minutes=5)}
    assert [answer.cell or type(answer.error).__name__ for answer in answers] == placed
    assert list(map(said, in_bulk)) == list(map(said, one_by_one))
    order = [(state, actor) for _, state, actor in sorted(events, key=lambda event: event[0])]
    assert order == [("received", "wangge"), ("assigned", "wangge")] * len(in_bulk)
    assert [tuple(contact) for contact in contacts] == [(None, "0317-1", None)]


async def test_an_ambiguous_report_lies_on_the_desk_of_the_likelier_cell_and_names_the_others(
    connection: AsyncConnection, xinhua: Grid
) -> None:
    await submit_batch(connection, xinhua, awkward(xinhua))
    desks = await connection.execute("SELECT id, code FROM desk WHERE territory_code = 'xinhua' AND level = 'grid'")
    code_of: dict[int, str] = dict(await desks.fetchall())
    leaf_of = {leaf.id: leaf for leaf in xinhua.leaves}
    seen = 0
    for row in await rows(connection):
        lon, lat = shapely.get_coordinates(shapely.from_wkb(bytes(row["geom"])))[0]
        shares = xinhua.candidates(lon, lat, row["accuracy_m"]) if row["ambiguous"] else []
        covering, desk = leaf_of[row["cell_id"]].code, code_of[row["desk_id"]]
        assert row["elsewhere"] == (desk != covering)
        if shares:
            assert {share.cell.code: share.share for share in shares}[desk] == shares[0].share
            assert sorted([desk, *row["facts"]["others"]]) == sorted(share.cell.code for share in shares)
            seen += row["elsewhere"]
        else:
            assert (desk, row["facts"].get("others")) == (covering, None)
    assert seen


def said(row: dict[str, Any]) -> dict[str, Any]:
    """A stored report without what only the moment of storing decides."""
    momentary = {"id", "received_at", "within"}
    if row["occurred_at"] == row["received_at"]:
        momentary.add("occurred_at")
    return {key: value for key, value in row.items() if key not in momentary}


WRONG: list[dict[str, Any]] = [
    record(lon=100.0),
    record(lon=38.32, lat=116.87),
    record(lon=116.0, lat=38.32),
    record(lon="x"),
    record(lon=None),
    {"lat": 38.32, "category": "wiring"},
    {"lon": 116.87, "lat": 38.32},
    record(lat=95),
    record(lon=181),
    record(accuracy=0),
    record(accuracy=20_000),
    record(datum="mars"),
    record(urgency="soon"),
    record(category="dragons"),
    record(category=""),
    record(description="a\0b"),
    record(description="x" * 4001),
    record(external_id="x" * 201),
    record(occurred_at="yesterday"),
    record(occurred_at="2026-01-31T08:30:00"),
    record(occurred_at="2126-01-31T08:30:00Z"),
    record(contact={"phone": "call me"}),
    record(contact={"email": "nobody"}),
    record(reporter="somebody"),
    record(received_at="2020-01-31T08:30:00Z"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_refused_alone_is_refused_in_a_batch(shared: TestClient, wrong: dict[str, Any]) -> None:
    here = "/api/v1/territories/xinhua/reports"
    alone = shared.post(here, json=wrong)
    batch = shared.post(
        f"{here}:batch",
        json={"type": "FeatureCollection", "features": [wrong, record()]},
        headers={"Content-Type": "application/geo+json"},
    ).json()
    assert alone.status_code == 422, alone.text
    assert [entry["status"] for entry in batch["results"]] == [422, 201]
    problem, expected = batch["results"][0]["problem"], alone.json()
    assert problem["type"] == expected["type"]
    assert problem.get("nearest") == expected.get("nearest")
    if problem["type"] == "/problems/bad-field":
        assert problem["errors"][0]["field"].replace("contact_", "contact.") == expected["errors"][0]["field"]


async def test_an_external_id_is_stored_once(connection: AsyncConnection, xinhua: Grid) -> None:
    first = await submit_batch(connection, xinhua, [record(external_id="a"), record(), record(external_id="a")])
    again = await submit_batch(connection, xinhua, [record(external_id="b"), record(external_id="a")])
    assert [known(answer) for answer in first] == [False, False, True]
    assert [known(answer) for answer in again] == [False, True]
    assert number(first[0]) == number(first[2]) == number(again[1])
    assert len(await rows(connection)) == 3


async def test_an_external_id_of_a_single_report_is_known(connection: AsyncConnection, xinhua: Grid) -> None:
    submission = Submission(lon=116.87, lat=38.32, category="wiring", external_id="a")
    receipt, _ = await submit(connection, xinhua, submission, source="api")
    (answer,) = await submit_batch(connection, xinhua, [record(external_id="a")])
    assert (known(answer), number(answer)) == (True, receipt.number)


def known(answer: BatchAnswer) -> bool:
    assert answer.receipt is not None, answer.error
    return answer.receipt.known


def number(answer: BatchAnswer) -> str:
    assert answer.receipt is not None, answer.error
    return answer.receipt.number


async def test_features_and_plain_records_mix(connection: AsyncConnection, xinhua: Grid) -> None:
    geometry = {"type": "Point", "coordinates": [116.87, 38.32]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"category": "wiring", "colour": "red"}}
    line = feature | {"geometry": {"type": "LineString", "coordinates": [[116.87, 38.32], [116.88, 38.32]]}}
    answers = await submit_batch(connection, xinhua, [record(), feature, line, feature | {"properties": None}, 5])
    assert [answer.cell is not None for answer in answers] == [True, True, False, False, False]
    assert answers[0].cell == answers[1].cell
    reasons = [(answer.error.facts["field"], answer.error.facts["reason"]) for answer in answers if answer.error]
    assert reasons == [("geometry", "point_geometry"), ("category", "missing"), ("body", "model_type")]


async def test_a_batch_raises_the_revision_and_an_empty_one_does_not(connection: AsyncConnection, xinhua: Grid) -> None:
    before = await revision(connection)
    await submit_batch(connection, xinhua, [record(lon=100)])
    assert await revision(connection) == before
    await submit_batch(connection, xinhua, [record()] * 10)
    assert await revision(connection) > before


async def test_a_large_batch_outside_is_answered_record_by_record(connection: AsyncConnection, xinhua: Grid) -> None:
    answers = await submit_batch(connection, xinhua, [record(lon=116.0)] * 1500)
    assert {type(answer.error).__name__ for answer in answers} == {"OutsideGrid"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_ambiguity_of_many_is_that_of_each(xinhua: Grid, data: st.DataObject) -> None:
    points = data.draw(awkward_points(xinhua.index.polygons, most=20))
    accuracy = np.array(data.draw(st.lists(st.floats(0.5, 500), min_size=len(points), max_size=len(points))))
    found = Ambiguity(xinhua).of(points[:, 0], points[:, 1], accuracy)
    each = [len(xinhua.candidates(lon, lat, radius)) > 1 for (lon, lat), radius in zip(points, accuracy, strict=True)]
    assert found.tolist() == each
