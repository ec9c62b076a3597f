"""What an export writes, an import into another database reads back: cases stand as they stood, and leave alike."""

import asyncio
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import clone
from tests.reports.test_importing import run, write_csv
from tests.reports.town import POINTS, Town, build_town
from wangge.access.scope import whole
from wangge.geo.datum import Datum, from_wgs84, to_wgs84
from wangge.geo.files.reading import open_records
from wangge.geo.files.writing import write
from wangge.geo.grid import Grid, Location
from wangge.reports.bulk.export.reports import report_layer
from wangge.reports.case.checking import contradictions
from wangge.reports.case.lifecycle import ENDED, UNSOLVED, State
from wangge.reports.fields import Child, In, columns
from wangge.reports.figures.rebuilding import rebuild
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.policy.policy import Step, Urgency
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster

FORMS = ("csv", "geojson", "geojsonl", "parquet", "fgb", "gpkg", "arrow")
BYTE_FOR_BYTE = frozenset(FORMS) - {"gpkg"}  # a GeoPackage says when it was written
TABLES = (
    "report_facts_past",
    "report_facts",
    "report_task",
    "report_key",
    "report_event",
    "report_assignment",
    "report_contact",
    "report",
)
EMPTY = f"""
ALTER TABLE report_event DISABLE TRIGGER append_only;
ALTER TABLE report_assignment DISABLE TRIGGER append_only;
{"".join(f"DELETE FROM {table};" for table in TABLES)}
ALTER TABLE report_event ENABLE TRIGGER append_only;
ALTER TABLE report_assignment ENABLE TRIGGER append_only;
ALTER SEQUENCE report_id_seq RESTART;
""".encode()


@dataclass(frozen=True)
class Pair:
    """Two databases with one town."""

    town: Town
    other: str

    def emptied(self) -> "Pair":
        for url in (self.town.url, self.other):
            with connect(url) as connection:
                connection.execute(EMPTY)
        return self


@pytest.fixture(scope="module")
def pair(cluster: Cluster, migrated: str) -> Iterator[Pair]:
    for url in clone(cluster, migrated):
        town = build_town(url)
        for other in clone(cluster, migrated):
            build_town(other)
            yield Pair(town, other)


def export(url: str, grid: Grid, path: Path) -> bytes:
    with report_layer(url, grid, ReportFilter(grid.territory), whole(grid.territory)) as layer:
        write(layer, path)
    return path.read_bytes()


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a file, by their numbers."""
    with_numbers = [record for batch in open_records(path, batch_size=1000) for record in batch.table.to_pylist()]
    return sorted(with_numbers, key=lambda record: str(record["number"]))


def goes_round(pair: Pair, form: str, folder: Path) -> None:
    """Export, import into the other database, export again: the same file, and a database that is right in itself."""
    grid, first, second = pair.town.grid, folder / f"first.{form}", folder / f"second.{form}"
    written = export(pair.town.url, grid, first)
    totals, refused = run(pair.other, grid, first, batch_size=5)
    assert ([(one.field, one.got, one.error.facts) for one in refused], totals.known) == ([], 0)
    again = export(pair.other, grid, second)
    differing = [
        (a[k], b[k], k, a) for a, b in zip(records(first), records(second), strict=True) for k in a if a[k] != b[k]
    ]
    assert differing == []
    assert form not in BYTE_FOR_BYTE or again == written
    with connect(pair.other, autocommit=True) as connection:
        assert rebuild(connection, mend=False).different == 0
        assert list(contradictions(connection)) == []
    assert run(pair.other, grid, first)[0].known == totals.stored


@pytest.fixture(scope="module")
def lived(pair: Pair) -> Pair:
    """Cases that people have moved: split, merged, relocated, parked, closed, late."""
    town = pair.emptied().town

    async def live() -> None:
        async with await town.connection() as link:
            places: list[str | tuple[float, float]] = ["A1", "A1", "A2", "B1", "B2", "A1", (116.9199999, 38.3000001)]
            numbers = [
                (await town.file(link, place, accuracy_m=30.0, description="路灯\n不亮, “坏”", urgency=urgency)).number
                for place, urgency in zip(places, [*Urgency, *Urgency, *Urgency, Urgency.NORMAL], strict=True)
            ]
            await town.walk(
                link, numbers[0], ("officer A1", "register"), ("centre", "split", {"description": "another"})
            )
            await town.walk(link, numbers[1], ("centre", "merge", {"into": numbers[0]}))
            await town.walk(
                link, numbers[2], ("centre", "relocate", {"point": (116.9100001, 38.3123456), "reason": "moved"})
            )
            dispatched = [("centre", "register"), ("centre", "dispatch", {"parties": town.parties("power")})]
            done = [("power", "accept"), ("power", "report-back", {"note": "done"})]
            await town.walk(link, numbers[3], *dispatched, *done, ("officer B1", "verify"), ("centre", "close"))
            await town.walk(link, numbers[4], *dispatched, ("centre", "park", {"reason": "ice"}))
            await town.walk(link, numbers[5], ("centre", "refuse", {"reason": "not ours"}))

    asyncio.run(live())
    with connect(town.url) as connection:
        connection.execute("UPDATE report SET overdue = true, nearly_due = true WHERE state = 'assigned'")
        states = {state for (state,) in connection.execute("SELECT state FROM report").fetchall()}
    assert states >= {"registered", "merged", "assigned", "closed", "parked", "refused"}
    return pair


@pytest.mark.parametrize("form", FORMS)
def test_cases_that_people_moved_go_round(lived: Pair, form: str, tmp_path: Path) -> None:
    with connect(lived.other) as connection:
        connection.execute(EMPTY)
    goes_round(lived, form, tmp_path)


def test_a_child_lies_where_its_parent_lies(lived: Pair) -> None:
    """Every column that a child has from its parent is the parent's."""
    same = "c.{0} = p.{0} OR num_nonnulls(c.{0}, p.{0}) = 0"
    copied = ", ".join(same.format(name) for name in columns(child=Child.PARENT))
    with connect(lived.town.url) as connection:
        found = connection.execute(
            f"SELECT {copied} FROM report c JOIN report p ON p.id = c.parent_id".encode()
        ).fetchall()
    assert len(found) == 1
    assert all(found[0])


MOMENTS = st.timedeltas(timedelta(), timedelta(days=80)).map(lambda passed: datetime(2025, 1, 2, tzinfo=UTC) + passed)
WHOLE = MOMENTS.map(lambda at: at.replace(microsecond=0))
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), max_size=12)
PLACES = st.tuples(st.floats(116.9, 116.92), st.floats(38.3, 38.32))
ON_LINES = st.sampled_from([(116.91, 38.305), (116.9, 38.31)])
CORRECTED = (PLACES | ON_LINES).map(lambda place: (round(place[0], 7), round(place[1], 7)))


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A row of a report that the database takes."""
    state = draw(st.sampled_from([state for state in State if state is not State.RECEIVED]))
    received = draw(MOMENTS | WHOLE)
    lon, lat = draw(PLACES | ON_LINES)
    datum = draw(st.sampled_from(Datum))
    raw = [float(value) for value in from_wgs84(lon, lat, datum)]
    step = None if state in ENDED else draw(st.none() | st.sampled_from(Step))
    later = received + draw(st.timedeltas(timedelta(), timedelta(days=40)))
    another = (draw(st.integers(1, 10**7)), draw(MOMENTS))
    is_child, is_merged = draw(st.booleans()), state is State.MERGED
    return {
        "id": draw(st.integers(1, 10**9)),
        "received_at": received,
        "occurred_at": draw(MOMENTS),
        "state": state,
        "category": draw(st.sampled_from(["lamp", "wiring"])),
        "description": draw(TEXTS | st.sampled_from(["a, \"b\"\n'c'", "{}"])),
        "source": "test",
        "accuracy_m": draw(st.none() | st.floats(0.5, 900)),
        "raw": (*raw, datum),
        "moved_to": draw(st.none() | CORRECTED),
        "ambiguous": draw(st.booleans()),
        "external_id": draw(TEXTS) or None,
        "asset": draw(TEXTS) or None,
        "urgency": draw(st.sampled_from(Urgency)),
        "step": step,
        "due_at": draw(st.none() | MOMENTS) if step else None,
        "nearly_due": state not in ENDED and draw(st.booleans()),
        "overdue": state not in ENDED and draw(st.booleans()),
        "closed_at": later if state in (State.CLOSED, State.CONFIRMED) else None,
        "version": draw(st.integers(1, 40)),
        "parked_at": later if state is State.PARKED else None,
        "resumes": draw(st.sampled_from(sorted(UNSOLVED))) if state is State.PARKED else None,
        "merged_into": another[0] if is_merged else None,
        "merged_into_received_at": another[1] if is_merged else None,
        "parent_id": another[0] if is_child else None,
        "parent_received_at": another[1] if is_child else None,
    }


def store(url: str, grid: Grid, drawn: list[dict[str, Any]]) -> None:
    """Put rows into a database as they are, each in the base grid of its place."""
    with connect(url) as connection:
        for case in drawn:
            row = dict(case)
            lon, lat, datum = row.pop("raw")
            moved_to = row.pop("moved_to")
            where = moved_to or tuple(float(value) for value in to_wgs84(lon, lat, datum))
            found = grid.locate(*where)
            if not isinstance(found, Location):  # a rounding beyond the outer line
                (lon, lat), datum = (where := POINTS["A1"]), Datum.WGS84
                found = grid.locate(*where)
                assert isinstance(found, Location)
            row |= {"raw_lon": lon, "raw_lat": lat, "datum": datum, "territory_code": grid.territory}
            row |= {"edition_id": grid.edition_id, "cell_id": found.cell.id, "on_edge": found.on_edge}
            assert {*row, "geom"} >= set(columns(In.FILE)), "a column is not drawn"
            values = [f"%({name})s" for name in row]
            connection.execute("SELECT ensure_report_month(%s::date)", (row["received_at"],))
            connection.execute(
                f"""INSERT INTO report ({", ".join(row)}, geom)
                    VALUES ({", ".join(values)}, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))""".encode(),
                row | {"lon": where[0], "lat": where[1]},
            )


def named(case: dict[str, Any]) -> object:
    """What no other case of a territory is called."""
    return case["external_id"] or case["id"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(cases(), min_size=1, max_size=20, unique_by=(itemgetter("id"), named)),
    form=st.sampled_from(FORMS),
)
def test_an_export_that_is_imported_is_exported_alike(
    pair: Pair, drawn: list[dict[str, Any]], form: str, tmp_path: Path
) -> None:
    store(pair.emptied().town.url, pair.town.grid, drawn)
    goes_round(pair, form, tmp_path)


def changed(pair: Pair, folder: Path, **values: str) -> list[tuple[str, str]]:
    """Why a record is refused after some of its values were changed."""
    moment, nothing = datetime(2025, 5, 1, tzinfo=UTC), dict.fromkeys(columns(In.FILE))
    case = {name: value for name, value in nothing.items() if name not in {"geom", "raw_lon", "raw_lat", "datum"}} | {
        "id": 7,
        "received_at": moment,
        "occurred_at": moment,
        "state": "assigned",
        "category": "lamp",
        "description": "",
        "source": "test",
        "raw": (*POINTS["A1"], Datum.WGS84),
        "moved_to": None,
        "ambiguous": False,
        "urgency": "normal",
        "version": 1,
        "nearly_due": False,
        "overdue": False,
    }
    store(pair.emptied().town.url, pair.town.grid, [case])
    export(pair.town.url, pair.town.grid, folder / "a.csv")
    with (folder / "a.csv").open(encoding="utf-8") as file:
        (record,) = csv.DictReader(file)
    _, refused = run(pair.other, pair.town.grid, write_csv(folder / "b.csv", [record | values]))
    return [(one.field, one.error.facts["reason"]) for one in refused]


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"state": "closed"}, "closed_at", "contradiction"),
        ({"state": "parked", "parked_at": "2025-06-01T00:00Z"}, "resumes", "contradiction"),
        ({"state": "merged"}, "merged_into", "contradiction"),
        ({"state": "refused", "overdue": "true"}, "overdue", "contradiction"),
        ({"state": "gone"}, "state", "enum"),
        ({"due_at": "2025-06-01T00:00Z"}, "due_at", "contradiction"),
        ({"number": "202505-000007-1"}, "number", "case_number"),
        ({"received_at": "2025-06-01T00:00Z"}, "number", "case_number"),
        ({"parent": "202505-000007-0"}, "parent", "case_number"),
        ({"version": "0"}, "version", "contradiction"),
        ({"overdue": "perhaps"}, "overdue", "bool_parsing"),
        ({"lon": "200"}, "lon", "less_than_equal"),
    ],
)
def test_a_case_that_contradicts_itself_is_refused(
    pair: Pair, tmp_path: Path, values: dict[str, str], field: str, reason: str
) -> None:
    assert changed(pair, tmp_path, **values)[:1] == [(field, reason)]


def test_a_number_that_another_report_has_is_refused(pair: Pair, tmp_path: Path) -> None:
    assert changed(pair, tmp_path) == []
    path = tmp_path / "b.csv"
    moved = path.read_text(encoding="utf-8").replace("2025-05-01T00:00:00Z", "2025-05-02T00:00:00Z")
    path.write_text(moved, encoding="utf-8")
    _, refused = run(pair.other, pair.town.grid, path)
    assert [(one.field, one.error.facts["reason"]) for one in refused] == [("number", "number_taken")]
    with connect(pair.other) as connection:
        assert connection.execute("SELECT nextval('report_id_seq'), count(*) FROM report").fetchall() == [(8, 1)]
        assert connection.execute("SELECT nextval('report_id_seq')").fetchone() == (9,)
