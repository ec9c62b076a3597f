"""Reads cases under a row lock and stores what has become of them, whole or not at all."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from wangge.reports.case import queries
from wangge.reports.case.case import Case, Event, Key, Spot, Task
from wangge.reports.case.lifecycle import State, TaskState
from wangge.reports.errors import BadArgument
from wangge.reports.number import month_of
from wangge.reports.policy.policy import Step, Urgency
from wangge.store.engine import AsyncConnection

__all__ = ["read", "save"]


async def read(connection: AsyncConnection, territory: str, keys: Sequence[Key], *, lock: bool = True) -> list[Case]:
    """Cases of a territory with their tasks, in the order of their ids; locked, so that nobody else changes them."""
    months = [month_of(moment) for _, moment in keys]
    parameters = {
        "territory": territory,
        "ids": [report_id for report_id, _ in keys],
        "since": [first for first, _ in months],
        "until": [after for _, after in months],
    }
    query = queries.LOCK_CASES if lock else queries.CASES
    rows = await (await connection.execute(query, parameters)).fetchall()
    if not rows:
        return []
    cells = await connection.execute(queries.CELLS_OF_CASES, (list({row[-4] for row in rows}),))
    places = {
        cell: (label, tuple(zip(levels, path, strict=False))) for cell, label, path, levels in await cells.fetchall()
    }
    cases = {row[0]: _case(territory, row, *places[row[-4]]) for row in rows}
    for report_id, *task in await (await connection.execute(queries.TASKS_OF_CASES, (list(cases),))).fetchall():
        cases[report_id].tasks.append(_task(task))
    return list(cases.values())


def _case(territory: str, row: Sequence[Any], edition: str, cells: tuple[tuple[str, str], ...]) -> Case:
    *stands, _, point, circle, photos = row
    values = dict(zip(queries.CASE_COLUMNS, stands, strict=True))
    others = {
        "desk": values.pop("desk_id"),
        "merged_into": _key(values.pop("merged_into"), values.pop("merged_into_received_at")),
        "parent": _key(values.pop("parent_id"), values.pop("parent_received_at")),
        "point": tuple(point),
        "circle": tuple(circle) if circle else None,
        "photos": photos,
    }
    for name, kind in _WORDS.items():
        values[name] = values[name] and kind(values[name])
    return Case(territory=territory, edition=edition, cells=cells, **values, **others)


_WORDS = {"state": State, "urgency": Urgency, "step": Step, "resumes": State}


def _key(report_id: int | None, received_at: datetime | None) -> Key | None:
    return None if report_id is None or received_at is None else (report_id, received_at)


def _task(row: Sequence[Any]) -> Task:
    organisation, desk, needed, dispatched_at, due_at, task_id, state, *rest = row
    return Task(organisation, desk, needed, dispatched_at, due_at, task_id, TaskState(state), *rest)


async def save(connection: AsyncConnection, territory: str, cases: Iterable[Case]) -> None:
    """Store the cases that have events to append, in one statement; then they have none."""
    changed = [case for case in cases if case.events]
    if not changed:
        return
    children = [(child, description) for case in changed for child, description in case.children]
    for child, description in children:
        await _bear(connection, child, description)
    await _number_tasks(connection, territory, changed)
    for case in changed:
        for at, spot in case.relocations:
            await _relocate(connection, case, at, spot)
    parameters = _parameters([*changed, *(child for child, _ in children)])
    await connection.execute(queries.SAVE, parameters | {"territory": territory})
    for case in changed:
        case.events, case.children, case.relocations = [], [], []


async def _bear(connection: AsyncConnection, child: Case, description: str) -> None:
    """Give a case that was split off its id and its row."""
    row = await (await connection.execute(queries.CHILD_ID, (child.received_at.date(),))).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM gives a row
    child.id = row[0]
    await connection.execute(queries.INSERT_CHILD, _row(child) | {"description": description})


async def _number_tasks(connection: AsyncConnection, territory: str, cases: Sequence[Case]) -> None:
    """Give new tasks their ids, in the order of the cases; their organisations stay on the roster until the commit.

    Raises
    ------
    BadArgument : an organisation has been taken off the roster meanwhile.
    """
    new = [task for case in cases for task in case.tasks if task.id is None]
    if not new:
        return
    parties = sorted({task.organisation for task in new if task.organisation is not None})
    if parties:
        held = await (await connection.execute(queries.HOLD_ORGANISATIONS, (territory, parties))).fetchall()
        if len(held) != len(parties):
            raise BadArgument(field="parties", reason="unknown_party")
    rows = await (await connection.execute(queries.TASK_IDS, (len(new),))).fetchall()
    for task, (task_id,) in zip(new, rows, strict=True):
        task.id = task_id


async def _relocate(connection: AsyncConnection, case: Case, at: datetime, spot: Spot) -> None:
    where = {name: getattr(spot, name) for name in ("lon", "lat", "cell_id", "edition_id", "on_edge", "ambiguous")}
    await connection.execute(queries.RELOCATE, where | {"id": case.id, "received_at": case.received_at, "at": at})


def _parameters(cases: Sequence[Case]) -> dict[str, str]:
    events = [_event_row(case, event) for case in cases for event in case.events]
    numbered = [{"n": n} | event for n, event in enumerate(events)]
    tasks = [_task_row(case, task) for case in cases for task in case.tasks]
    return {"cases": _json([_row(case) for case in cases]), "tasks": _json(tasks), "events": _json(numbered)}


def _event_row(case: Case, event: Event) -> dict[str, Any]:
    key: dict[str, Any] = {"report_id": case.id, "report_received_at": case.received_at}
    return key | {name: getattr(event, name) for name in Event.__slots__}


def _row(case: Case) -> dict[str, Any]:
    into, into_at = case.merged_into or (None, None)
    parent, parent_at = case.parent or (None, None)
    others = {
        "desk_id": case.desk,
        "merged_into": into,
        "merged_into_received_at": into_at,
        "parent_id": parent,
        "parent_received_at": parent_at,
    }
    return {name: others[name] if name in others else getattr(case, name) for name in queries.CASE_COLUMNS}


def _task_row(case: Case, task: Task) -> dict[str, Any]:
    key: dict[str, Any] = {"report_id": case.id, "report_received_at": case.received_at}
    return key | {name: getattr(task, name) for name in Task.__slots__}


def _json(value: Any) -> str:
    return orjson.dumps(value, _as_json, orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def _as_json(value: Any) -> Any:
    """A task in an event is its id, another case its number."""
    if isinstance(value, Task):
        return value.id
    if isinstance(value, Case):
        return value.number
    raise TypeError(type(value).__name__)
