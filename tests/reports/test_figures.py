"""The shipped indicators over small histories that were worked out by hand, before and after each event."""

from collections.abc import Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import psycopg
import pytest

from tests.reports.histories import STATES, Histories, day
from wangge.access.scope import whole
from wangge.geo.grid import Grid
from wangge.reports.case.facts import BITS, Fact
from wangge.reports.figures.counting import By, Question, count
from wangge.reports.figures.following import Happening, versions
from wangge.reports.figures.indicators import expanded, shipped
from wangge.reports.figures.keeping import COUNTED
from wangge.store.engine import Connection, connect

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def histories(connection: Connection, xinhua: Grid) -> Histories:
    return Histories(connection, xinhua, "lamp")


async def figures(url: str, grid: Grid, as_of: float | None = None, **asked: Any) -> dict[str, tuple[int, ...]]:
    """Numerator, denominator and excluded by indicator."""
    question = Question(whole("xinhua"), NOW, as_of=None if as_of is None else day(as_of), **asked)
    indicators = expanded(shipped(), grid.levels)
    async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as connection:
        counted = await count(connection, question, indicators)
    return {one.key: tuple(figure[1:]) for one, figure in zip(indicators, counted.total, strict=True)}


SENT = [("register", 1, {"in_time": True}), ("dispatch", 2, {"step": "handle", "due_at": 10.0, "in_time": True})]
DONE = [("report-back", 5, {"in_time": True, "step": "verify", "due_at": 6.0}), ("verify", 5.5, {"in_time": True})]


@pytest.mark.parametrize(
    ("events", "key", "told"),
    [
        ([("register", 1, {"in_time": True})], "registration", {0.5: (0, 1, 0), 1: (1, 1, 0)}),
        ([("refuse", 1)], "registration", {1: (0, 1, 0)}),
        ([("merge", 1)], "registration", {0.5: (0, 1, 0), 1: (0, 0, 1)}),
        ([("register", 1, {"in_time": False})], "on-time-registration", {0.5: (0, 0, 0), 1: (0, 1, 0)}),
        ([("register", 1)], "on-time-registration", {1: (0, 0, 1)}),
        ([*SENT, ("return", 3)], "accurate-dispatch", {1: (0, 0, 0), 2: (1, 1, 0), 3: (0, 1, 0)}),
        ([*SENT, *DONE], "handling", {5: (0, 0, 0), 9.9: (0, 0, 0), 10: (1, 1, 0)}),
        (SENT, "on-time-handling", {9: (0, 0, 0), 11: (0, 1, 0)}),
        ([*SENT, ("report-back", 12, {"in_time": False})], "on-time-handling", {11: (0, 1, 0), 12: (0, 1, 0)}),
        # parked it is left out, resumed it has another limit
        (
            [*SENT, ("park", 3), ("resume", 15, {"step": "handle", "due_at": 22.0})],
            "on-time-handling",
            {2.5: (0, 0, 0), 12: (0, 0, 1), 16: (0, 0, 0), 23: (0, 1, 0)},
        ),
        ([*SENT, *DONE, ("close", 6)], "closure", {5.6: (0, 0, 0), 5.9: (0, 0, 0), 6: (1, 1, 0)}),
        ([*SENT, *DONE, ("close", 6)], "on-time-closure", {6: (1, 1, 0)}),
        ([*SENT, *DONE, ("close", 6, {"in_time": False})], "on-time-closure", {6: (0, 1, 0)}),
        ([*SENT, *DONE, ("close", 6), ("void", 7)], "closure", {6: (1, 1, 0), 7: (0, 0, 1)}),
        (
            [*SENT, *DONE, ("close", 6), ("reopen", 8)],
            "closure-of-received",
            {5: (0, 1, 0), 6: (1, 1, 0), 8: (0, 1, 0)},
        ),
        ([("answer", 3)], "response", {2: (0, 1, 0), 3: (1, 1, 0)}),
        (
            [*SENT, *DONE, ("reject", 5.7, {"step": "handle", "due_at": 7.0}), ("report-back", 6.5, {"in_time": True})],
            "rework",
            {5.6: (0, 0, 0), 6: (0, 0, 0), 7: (1, 1, 0)},
        ),
        (
            [*SENT, ("grant-extension", 9, {"step": "handle", "due_at": 20.0})],
            "extension",
            {12: (0, 0, 0), 20: (1, 1, 0)},
        ),
        (
            [*SENT, ("rate", 3, {"satisfied": True}), ("rate", 4, {"satisfied": False})],
            "satisfaction",
            {2: (0, 0, 0), 3: (1, 1, 0), 4: (0, 1, 0)},
        ),
        ([("escalate", 1, {"level": "community"}), ("close", 2)], "solved-at.grid", {1: (0, 0, 0), 2: (0, 1, 0)}),
        ([("escalate", 1, {"level": "community"}), ("close", 2)], "solved-at.community", {2: (1, 1, 0)}),
        ([("escalate", 1, {"level": None}), ("close", 2)], "solved-at.street", {2: (0, 1, 0)}),
    ],
)
async def test_by_hand(
    database: str, xinhua: Grid, histories: Histories, events: list[Any], key: str, told: dict[float, tuple[int, ...]]
) -> None:
    histories.case(*events)
    for as_of, wanted in told.items():
        assert (await figures(database, xinhua, as_of))[key] == wanted, as_of


STORIES: list[list[tuple[Any, ...]]] = [
    [*SENT, *DONE, ("close", 6, {"in_time": True}), ("answer", 6), ("rate", 8, {"satisfied": True})],
    [*SENT, ("return", 3, {"step": "dispatch"}), ("dispatch", 4, {"step": "handle", "due_at": 12.0}), *DONE],
    [*SENT, ("park", 3), ("resume", 9, {"step": "handle", "due_at": 15.0}), ("expire", 15), ("urge", 16)],
    [
        *SENT,
        *DONE,
        ("close", 6),
        ("reopen", 9, {"step": "dispatch"}),
        ("dispatch", 9, {"step": "handle", "due_at": 13.0}),
    ],
    [("register", 0, {"in_time": True}), ("escalate", 2, {"level": "street"}), ("void", 7)],
    [],
]


async def test_as_of_any_moment_is_what_the_events_until_then_come_to(
    database: str, xinhua: Grid, histories: Histories
) -> None:
    for leaf, story in enumerate(STORIES):
        histories.case(*story, leaf=leaf * 70)
    levels = [level.key for level in xinhua.levels]
    indicators = expanded(shipped(), xinhua.levels)
    for as_of in (0, 0.5, 1, 2, 2.5, 3, 4, 5, 5.6, 6, 7, 9, 10, 12.5, 15, 17, 30):
        now = []
        for story in STORIES:
            past = [_happened(*event) for event in story if event[1] <= as_of]
            kept = versions(day(0), past, levels, COUNTED)[-1].kept
            facts = kept.facts
            for fact, due in ((Fact.DUE, kept.due_at), (Fact.CLOSE_DUE, kept.close_due_at)):
                facts |= BITS[fact] if due and due <= day(as_of) else 0
            now.append(facts)
        told = await figures(database, xinhua, as_of)
        for one in indicators:
            parts = (one.part(part) for part in ("numerator", "denominator", "excluded"))
            assert told[one.key] == tuple(sum(map(test.holds, now)) for test in parts), (as_of, one.key)


def _happened(move: str, at: float, facts: dict[str, Any] | None = None) -> Happening:
    said = {
        name: day(value).isoformat() if isinstance(value, float) else value for name, value in (facts or {}).items()
    }
    return Happening(move, STATES.get(move, "assigned"), day(at), said)


async def test_cells_add_up_to_the_territory(database: str, xinhua: Grid, histories: Histories) -> None:
    for leaf, story in enumerate(STORIES * 3):
        histories.case(*story, leaf=leaf * 23)
    indicators = expanded(shipped(), xinhua.levels)
    async with await psycopg.AsyncConnection.connect(database, options="-c timezone=UTC") as connection:
        for level in xinhua.levels:
            question = Question(whole("xinhua"), NOW, by=(By.CELL,), level=level.key)
            groups, total = await count(connection, question, indicators)
            for at in range(len(indicators)):
                of_cells = [figures[at] for figures in groups.values()]
                for part in (attrgetter("numerator"), attrgetter("denominator"), attrgetter("excluded")):
                    assert sum(map(part, of_cells)) == part(total[at])
