"""A dry run of rules: it sees of a case what dispatch sees, and sends it where dispatch would."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders import unclear_points
from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.duty.routing import Hours, Rule, Rules, Target
from wangge.duty.rules import load_directory, load_rules, put_rules
from wangge.geo.grid import Cell, Grid
from wangge.reports.case.actions import move
from wangge.reports.case.case import Arguments
from wangge.reports.case.trials import try_rules
from wangge.reports.intake.submitting import Submission, submit
from wangge.store.engine import AsyncConnection, connect, connect_async

NOW = datetime(2026, 3, 2, 13, 40, tzinfo=UTC)  # in the evening there
CENTRE = Person(1, "centre", (Grant(Role.CENTRE, "xinhua"),))
# By it every case would go to somebody who has none by the rules in force.
ELSEWHERE = (Rule((Target(organisation="elsewhere"),)),)


@pytest.fixture
def organised(database: str) -> str:
    """Xinhua with some organisations, one of them for the cases of a community."""
    with connect(database) as connection:
        connection.execute("SELECT ensure_report_month(%s)", (NOW.date(),))
        connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'company', '{}')"
        )
        for code in ("lamps", "near", "elsewhere"):
            connection.execute(
                "INSERT INTO organisation (territory_code, code, name, type) VALUES ('xinhua', %s, '{}', 'company')",
                (code,),
            )
    return database


def middle(cell: Cell) -> tuple[float, float]:
    """A point inside a cell."""
    assert cell.geometry is not None
    point = cell.geometry.representative_point()
    return point.x, point.y


def rules_for(here: Cell, likely: Cell) -> list[Rule]:
    """Rules that tell the two cells, the categories and the hours apart."""
    return [
        Rule((Target(organisation="lamps"),), categories=frozenset({"lamp"}), hours=Hours(22 * 60, 6 * 60)),
        Rule((Target(desk="centre"),), categories=frozenset({"lamp"}), within=frozenset({here.code})),
        Rule((Target(desk="community"), Target(type="company")), within=frozenset({likely.code})),
        Rule((Target(desk="street"),), kinds=frozenset({"rural"})),
    ]


async def dispatched(
    connection: AsyncConnection, grid: Grid, where: tuple[float, float], **changed: Any
) -> tuple[str, frozenset[tuple[Any, ...]], dict[str, Any]]:
    """A report that is filed and dispatched by the rules at once: its number, its parties, and why them."""
    report = Submission(*where, **({"category": "lamp"} | changed))
    receipt, _ = await submit(connection, grid, report, source="test", now=NOW)
    for name in ("register", "dispatch"):
        moved = await move(connection, CENTRE, grid, receipt.number, name, Arguments(), now=NOW)
    row = await (
        await connection.execute("SELECT facts -> 'why' FROM report_event WHERE move = 'dispatch' ORDER BY id DESC")
    ).fetchone()
    assert row
    parties = frozenset((task.desk, task.organisation, task.needed) for task in moved.case.tasks)
    return receipt.number, parties, row[0]


async def test_the_dry_run_goes_where_dispatch_goes(organised: str, xinhua: Grid) -> None:
    points = unclear_points(xinhua)
    (point, here, likely), (second, *_) = next(points), next(points)
    inside = middle(xinhua.leaves[5])
    async with await connect_async(organised) as connection:
        await connection.execute(
            "INSERT INTO organisation_cell SELECT id, 'community', %s FROM organisation WHERE code = 'near'",
            (likely.path[1],),
        )
        await connection.execute("UPDATE desk SET kind = 'rural' WHERE code = %s", (xinhua.leaves[5].path[0],))
        await put_rules(connection, "xinhua", rules_for(here, likely), actor="a")
        sent: dict[str, list[Any]] = {}
        asked: list[tuple[tuple[float, float], dict[str, Any]]] = [
            (point, {"accuracy_m": 60.0}),
            (point, {"accuracy_m": 60.0, "category": "wiring"}),
            (point, {}),
            (point, {"category": "wiring"}),
            (second, {"accuracy_m": 60.0, "category": "wiring"}),
            (inside, {}),
            (inside, {"accuracy_m": 1.0}),
        ]
        for where, changed in asked:
            number, *told = await dispatched(connection, xinhua, where, **changed)
            sent[number] = told
        rules, directory = await load_rules(connection, "xinhua"), await load_directory(connection, "xinhua")
        proposed = Rules(rules.version, ELSEWHERE)
        trial = await try_rules(connection, whole("xinhua"), xinhua, rules, proposed, directory)
    assert (trial.cases, trial.elsewhere, trial.by_rule) == (7, 7, {1: 7, None: 0})
    tried = {
        one.number: [frozenset((p.desk, p.organisation, p.needed) for p in one.now.parties), dict(one.now.why)]
        for one in trial.examples
    }
    assert tried == sent
    found = [why["cell"] for _, why in sent.values()]
    assert found[:4] == [likely.code, likely.code, here.code, here.code]
    assert here.code in next(iter(sent.values()))[1]["others"]


async def test_a_case_that_was_put_right_is_where_it_was_put(organised: str, xinhua: Grid) -> None:
    point, here, likely = next(unclear_points(xinhua))
    async with await connect_async(organised) as connection:
        await put_rules(connection, "xinhua", rules_for(here, likely), actor="a")
        report = Submission(*point, category="wiring", accuracy_m=60.0)
        receipt, _ = await submit(connection, xinhua, report, source="test", now=NOW)
        await move(
            connection, CENTRE, xinhua, receipt.number, "relocate", Arguments(point=point, reason="seen"), now=NOW
        )
        rules, directory = await load_rules(connection, "xinhua"), await load_directory(connection, "xinhua")
        trial = await try_rules(connection, whole("xinhua"), xinhua, rules, Rules(1, ELSEWHERE), directory, last=1)
    (one,) = trial.examples
    assert (one.now.why["cell"], one.now.why.get("others")) == (here.code, None)


async def test_it_looks_at_the_latest_cases_and_counts_those_that_would_go_elsewhere(
    organised: str, xinhua: Grid
) -> None:
    inside = middle(xinhua.leaves[5])
    lamps = Rules(0, (Rule((Target(organisation="lamps"), Target(desk="grid")), categories=frozenset({"lamp"})),))
    same = Rules(0, (Rule((Target(desk="grid"), Target(organisation="lamps")), categories=frozenset({"lamp"})),))
    async with await connect_async(organised) as connection:
        for category in ("lamp", "wiring", "lamp"):
            await submit(connection, xinhua, Submission(*inside, category), source="test", now=NOW)
        directory = await load_directory(connection, "xinhua")
        tried = {}
        for name, current, proposed, last in (
            ("all", Rules(), lamps, 1000),
            ("the latest two", Rules(), lamps, 2),
            ("in another order", lamps, same, 1000),
        ):
            trial = await try_rules(connection, whole("xinhua"), xinhua, current, proposed, directory, last)
            tried[name] = (trial.cases, trial.elsewhere, trial.by_rule, [one.category for one in trial.examples])
    assert tried == {
        "all": (3, 2, {1: 2, None: 1}, ["lamp", "lamp"]),
        "the latest two": (2, 1, {1: 1, None: 1}, ["lamp"]),
        "in another order": (3, 0, {1: 2, None: 1}, []),
    }
