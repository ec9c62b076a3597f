"""Proves that what the rows of cases say comes out of their events."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from wangge.reports.case import queries
from wangge.reports.case.lifecycle import TaskState
from wangge.reports.case.replay import Happened, ReplayedTask, differences, replay
from wangge.reports.number import format_number
from wangge.store.engine import Connection

__all__ = ["Contradiction", "contradictions"]


class Contradiction(NamedTuple):
    """A case whose row says something else than its events: its number, and what of it."""

    number: str
    names: list[str]


def contradictions(connection: Connection, latest: int | None = None) -> Iterator[Contradiction]:
    """Cases whose rows and events disagree.

    Parameters
    ----------
    latest : how many of the latest reports to look at; None for all.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.stream(queries.CASES_WITH_EVENTS, {"latest": latest}):
            events = row["events"] or []
            case = replay(
                Happened(move, state, _time(at), version, facts) for move, state, at, version, facts in events
            )
            wrong = differences(case, _stands(row))
            if wrong:
                yield Contradiction(format_number(row["received_at"], row["id"]), wrong)


def _stands(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row in the terms of its events: other cases by their numbers, tasks by their ids."""
    others = {
        "desk": row["desk_id"],
        "merged_into": _number(row["merged_into_received_at"], row["merged_into"]),
        "parent": _number(row["parent_received_at"], row["parent_id"]),
    }
    tasks = {
        task_id: ReplayedTask(TaskState(state), needed, _time(due_at), _time(asked_until))
        for task_id, state, needed, due_at, asked_until in row["tasks"] or []
    }
    return {**row, **others, "tasks": tasks}


def _number(received_at: datetime | None, report_id: int | None) -> str | None:
    return None if received_at is None or report_id is None else format_number(received_at, report_id)


def _time(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text is not None else None
