"""A scope in SQL: every form of it lets exactly the same cases through, and only one place makes it."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from wangge.access import scope as scopes
from wangge.access.person import Grant, NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import RIGHTS, Right, Role
from wangge.access.scope import among, as_json, condition, counted_by, looked_up, read_by, whole
from wangge.geo.grid import Grid
from wangge.store.engine import connect, connect_async

ROOMS = ("geo", "store", "duty", "access", "reports", "tilesets", "demo", "api")
COUNTED = re.compile(r"\b(?:FROM|JOIN)\s+counted_report\b", re.IGNORECASE)
READS = re.compile(r"\b(?:FROM|JOIN)\s+report\b(?!_)|\bReportRow\b", re.IGNORECASE)
# Each of these reads reports, and why it needs no scope, or where it has it from.
READERS = {
    "reports/listing/queries.py": "takes a scope, but for cases of categories that are declared public",
    "reports/bulk/export/reports.py": "takes a scope",
    "reports/intake/contact_queries.py": "takes a scope; erasing is the service's own",
    "reports/evidence/queries.py": "takes a scope; of a case that was read, all; erasing is the service's own",
    "reports/reporter/queries.py": "a case whose reporter has proved it by its secret",
    "reports/case/queries.py": "single cases by id, each shown or moved only after `stand_of` looked at the person",
    "reports/bulk/export/events.py": "takes a scope",
    "reports/bulk/archive/queries.py": "counts of all months, for the operator's own archive",
    "reports/meetings/queries.py": "takes a scope",
    "reports/figures/queries.py": "times of many cases at once; what is asked about them takes a scope (counting)",
    "reports/text/queries.py": "takes a scope; learning from closed cases is the operator's own command",
    "tilesets/queries.py": "takes a scope",
    "tilesets/sql/50_heat.sql": "takes a scope",
    "tilesets/sql/60_cell_counts.sql": "takes a scope",
    "reports/bulk/queries.py": "regridding: the operator's own command",
    "reports/categories/queries.py": "counts of categories: the operator's own command",
    "reports/release/queries.py": "what is published: sums of whole periods, rounded before anybody sees them",
    "reports/clock/queries.py": "the sweep: the service's own work",
    "reports/figures/keeping.py": "keeps the figures: a trigger",
    "reports/tables.py": "the table itself",
    "reports/counted.py": "the view of what is counted",
    "reports/campaigns/queries.py": "takes a scope",
    "api/ogc/queries.py": "takes a scope",
    "api/cli/examples.py": "the operator's own command",
    "demo/absence.py": "the operator's own command",
    "demo/photographs.py": "the operator's own command",
    "demo/playing.py": "the operator's own command",
    "demo/going_on.py": "the operator's own command",
    "demo/rains.py": "the operator's own command",
}


# Each of these reads the table itself, and with it the cases of campaigns, which no figure counts; and why.
WITH_CAMPAIGNS = {
    "api/cli/examples.py": "whether there is any",
    "demo/absence.py": "open ones, of which the examples' campaign has none",
    "demo/going_on.py": "open ones, of which the examples' campaign has none",
    "demo/photographs.py": "open ones, of which the examples' campaign has none",
    "demo/playing.py": "by ids of the year, which the examples' campaign has none of",
    "reports/bulk/queries.py": "regridding: all are assigned anew",
    "reports/campaigns/queries.py": "the board of a campaign",
    "reports/case/queries.py": "single cases",
    "reports/clock/queries.py": "the clock is the same for all",
    "reports/counted.py": "the rule itself",
    "reports/evidence/queries.py": "photos of single cases, and their erasing",
    "reports/figures/keeping.py": "cell and category of a case that is counted already",
    "reports/figures/queries.py": "what else is known of cases that are counted already",
    "reports/intake/contact_queries.py": "contacts of single cases, and their erasing",
    "reports/listing/queries.py": "lists, and the work at desks; public cases are of categories that no campaign has",
    "reports/meetings/queries.py": "single cases",
    "reports/reporter/queries.py": "the reporter's own case",
    "reports/tables.py": "the table itself",
    "reports/text/queries.py": "cases like one, of its own campaign or of none",
    "tilesets/queries.py": "the map of open cases, which is work",
}


def test_who_counts_reads_no_cases_of_campaigns() -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in (*ROOMS, "patterns", "outgoing")
        for pattern in ("*.py", "*.sql")
        for path in Path(ROOT / room).rglob(pattern)
        if READS.search(path.read_text(encoding="utf-8"))
    }
    outside = {path for path in found if path.startswith("outgoing/")}  # tells of single cases
    assert found - outside - set(WITH_CAMPAIGNS) == set(), (
        "figures read counted_report; what is no figure is named here"
    )
    assert set(WITH_CAMPAIGNS) - found == set()


def test_no_other_place_reads_reports() -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for pattern in ("*.py", "*.sql")
        for path in Path(ROOT / room).rglob(pattern)
        if any(reads.search(path.read_text(encoding="utf-8")) for reads in (READS, COUNTED))
    }
    assert found - set(READERS) == set(), "this reads reports: give it a Scope, then name it here"
    assert set(READERS) - found == set(), "these do not read reports any more"


@pytest.mark.parametrize(
    "path", [path for path, why in READERS.items() if why.startswith("takes a scope") and path.endswith(".py")]
)
def test_what_takes_a_scope_takes_it_from_the_one_place(path: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(r"\{scope\}|condition\(|matching\(", source)
    assert not re.search(r"scope_leaves|scope_cases", source), "the condition is made in access/scope.py alone"


@pytest.fixture
def put(database: str, xinhua: Grid) -> Callable[[Scope], dict[str, set[str]]]:
    """Stores one case in each of twelve base grids; then tells which of them each form of a scope lets through."""
    leaves = xinhua.leaves[::36]
    with connect(database) as connection:
        connection.execute("SELECT ensure_report_month(now()::date)")
        for leaf in leaves:
            point = leaf.geometry.representative_point()  # type: ignore[union-attr]
            connection.execute(
                "INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, description,"
                " occurred_at, source, on_edge, ambiguous, raw_lon, raw_lat, datum, geom) VALUES (now(), 'xinhua', %s,"
                " %s, 'assigned', 'wiring', %s, now(), 'test', false, false, %s, %s, 'wgs84',"
                " ST_SetSRID(ST_Point(%s, %s), 4326))",
                (xinhua.edition_id, leaf.id, leaf.code, point.x, point.y, point.x, point.y),
            )
        connection.execute("INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'test', '{}')")
        connection.execute(
            "INSERT INTO organisation (territory_code, code, name, type) VALUES ('xinhua', 'o', '{}', 'test')"
        )
        connection.execute(
            "INSERT INTO report_task (report_id, report_received_at, organisation_id, state, needed, dispatched_at)"
            " SELECT id, received_at, (SELECT id FROM organisation), 'dispatched', true, now() FROM report"
            " WHERE description = %s",
            (leaves[3].code,),
        )
        desk = "(SELECT id FROM desk WHERE territory_code = 'xinhua' AND level = 'grid' AND code = %s)"
        connection.execute(
            f"UPDATE report SET desk_id = {desk} WHERE description = %s",  # handed to another grid's desk
            (leaves[7].code, leaves[1].code),
        )
        connection.execute(
            "INSERT INTO report_task (report_id, report_received_at, desk_id, state, needed, dispatched_at)"
            f" SELECT id, received_at, {desk}, 'dispatched', true, now() FROM report WHERE description = %s",
            (leaves[8].code, leaves[2].code),
        )

    def through(scope: Scope) -> dict[str, set[str]]:
        sql, values = condition(scope, "r")
        with connect(database) as connection:
            by_condition = {
                row[0] for row in connection.execute(f"SELECT description FROM report r WHERE {sql}", values)
            }
            counts = "SELECT code FROM wangge_cell_counts('xinhua', 'grid', scope => %s) WHERE reports > 0"
            by_counts = {row[0] for row in connection.execute(counts, (as_json(scope),))}
        sizes = {"few": (500, 5_000), "many": (0, 5_000), "very many": (500, 0)}
        found = {size: asyncio.run(by_looking_up(scope, *bounds)) for size, bounds in sizes.items()}
        return {"condition": by_condition, "counts": by_counts} | found

    async def by_looking_up(scope: Scope, planned: int, most: int) -> set[str]:
        async with await connect_async(database) as connection:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(scopes, "PLANNED", planned)
                patched.setattr(scopes, "MANY_CASES", most)
                sql, values = await looked_up(connection, scope, "r", "seen")
                usual, of_usual = await looked_up(connection, scope)
            assert usual.replace("report.", "r.").replace("scope_", "seen_") == sql.replace("scope_", "seen_")
            assert list(of_usual.values()) == list(values.values())
            rows = await connection.execute(f"SELECT description FROM report r WHERE {sql}", values)
            return {row[0] async for row in rows}

    return through


def test_every_form_of_a_scope_lets_the_same_through(
    put: Callable[[Scope], dict[str, set[str]]], xinhua: Grid, database: str
) -> None:
    leaves = xinhua.leaves[::36]
    street, community, grid = leaves[5].path
    with connect(database) as connection:
        row = connection.execute("SELECT id FROM organisation").fetchone()
    assert row is not None

    def seen_at(depth: int, code: str) -> set[str]:
        at = {leaf.code for leaf in leaves if leaf.path[depth] == code}
        given = {leaves[7].code: leaves[1].code, leaves[8].code: leaves[2].code}
        return at | {case for desk, case in given.items() if desk in at}

    expected: list[tuple[Scope, set[str]]] = [
        (whole("xinhua"), {leaf.code for leaf in leaves}),
        (whole("washington"), set()),
        (Scope("xinhua"), set()),
        (Scope("xinhua", frozenset({("street", street)})), seen_at(0, street)),
        (Scope("xinhua", frozenset({("community", community)})), seen_at(1, community)),
        (Scope("xinhua", frozenset({("grid", grid), ("grid", leaves[0].code)})), {grid, leaves[0].code}),
        (Scope("xinhua", frozenset({("street", grid)})), set()),  # the code of another level
        (Scope("xinhua", frozenset({("grid", leaves[7].code)})), {leaves[7].code, leaves[1].code}),
        (Scope("xinhua", frozenset({("grid", leaves[8].code)})), {leaves[8].code, leaves[2].code}),
        (Scope("xinhua", frozenset({("grid", leaves[1].code)})), {leaves[1].code}),
        (Scope("xinhua", frozenset(), frozenset({row[0]})), {leaves[3].code}),
        (Scope("xinhua", frozenset({("grid", grid)}), frozenset({row[0]})), {grid, leaves[3].code}),
    ]
    for scope, codes in expected:
        for form, found in put(scope).items():
            if scope.territory == "washington" and form == "counts":
                continue  # it is asked about Xinhua
            assert found == codes, (form, scope)


def test_two_scopes_stand_in_one_query(
    put: Callable[[Scope], dict[str, set[str]]], xinhua: Grid, database: str
) -> None:
    leaves = xinhua.leaves[::36]
    first, second = (Scope("xinhua", frozenset({("grid", leaves[n].code)})) for n in (4, 9))
    assert put(first)["condition"] == {leaves[4].code}
    (one, values), (other, more) = condition(first, name="first"), condition(second, name="second")
    with connect(database) as connection:
        rows = connection.execute(f"SELECT description FROM report WHERE {one} OR {other}", values | more).fetchall()
    assert {code for (code,) in rows} == {leaves[4].code, leaves[9].code}


def test_a_person_has_the_scope_of_those_grants_that_give_the_right() -> None:
    person = Person(
        1,
        "li.na",
        (
            Grant(Role.OFFICER, "xinhua", "grid", "g1"),
            Grant(Role.ASSISTANT, "xinhua", "grid", "g2"),
            Grant(Role.ORGANISATION, "xinhua", organisation=7),
            Grant(Role.AUDITOR, "washington"),
        ),
    )
    seen = person.scope("xinhua")
    assert seen == Scope("xinhua", frozenset({("grid", "g1"), ("grid", "g2")}), frozenset({7}))
    assert person.scope("xinhua", Right.READ_CONTACT) == Scope("xinhua", frozenset({("grid", "g1")}))
    assert person.scope("washington").whole
    with pytest.raises(NotAllowed):
        person.scope("washington", Right.READ_CONTACT)
    with pytest.raises(NotAllowed):
        person.scope("taipei")
    with pytest.raises(NotSignedIn):
        Person().scope("xinhua")
    assert seen.covers([("grid", "g1"), ("street", "s")])
    assert not seen.covers([("street", "g1")])


def test_staff_count_and_read_what_they_see_and_others_nothing() -> None:
    officer = Person(1, "li.na", (Grant(Role.OFFICER, "xinhua", "grid", "g1"),))
    for by in (counted_by, read_by):
        assert by(officer, "xinhua") == Scope("xinhua", frozenset({("grid", "g1")}))
        assert by(officer, "washington") is None
        assert by(Person(), "xinhua") is None
    reader = Person(None, "service:a", (Grant(Role.CENTRE, "xinhua"),), frozenset({Right.READ}))
    assert counted_by(reader, "xinhua") is None  # whoever may read cases, but no figures
    assert read_by(reader, "xinhua") == whole("xinhua")
    sender = Person(None, "service:b", (Grant(Role.CENTRE, "xinhua"),), frozenset({Right.FILE}))
    assert read_by(sender, "xinhua") is None


def test_few_ids_are_planned_and_many_looked_up() -> None:
    assert among("r.id", "ids", scopes.PLANNED) == "r.id = ANY (%(ids)s::bigint[])"
    assert among("r.id", "ids", scopes.PLANNED + 1) == "(r.id IN (SELECT unnest(%(ids)s::bigint[]))) IS TRUE"


def test_a_key_has_no_more_than_its_rights() -> None:
    key = Person(None, "service:hotline", (Grant(Role.CENTRE),), frozenset({Right.READ}))
    assert key.may(Right.READ, "xinhua")
    assert not any(key.may(right, "xinhua") for right in Right if right not in {Right.READ})
    assert key.roles_in("xinhua") == {Role.RESIDENT}  # it makes no moves
    acting = Person(None, "service:desk", (Grant(Role.CENTRE),), frozenset(RIGHTS[Role.CENTRE]))
    assert acting.roles_in("xinhua") == {Role.RESIDENT, Role.CENTRE}
