"""Appends the past of imported reports: their events, and what the figures keep of them, all by binary COPY."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from wangge.reports.bulk import queries
from wangge.reports.bulk.columns.history import History
from wangge.reports.bulk.columns.standing import Standing
from wangge.reports.bulk.past.events import PastEvents, Stage, past_events, stages
from wangge.reports.bulk.past.restoring import restored_events
from wangge.store.copy import copy_batch

__all__ = ["append_past", "append_restored"]

ACTOR = "import"
UTC_TIME = pa.timestamp("us", "UTC")

Rows = NDArray[np.int64]
Times = NDArray[np.datetime64]


async def append_past(
    cursor: psycopg.AsyncCursor[Any],
    territory: str,
    ids: Rows,
    received_at: Times,
    past: History,
    facts: pa.RecordBatch,
) -> None:
    """Append the past of n reports that were just stored.

    Parameters
    ----------
    facts : what the figures keep of them as they came in.
    """
    await cursor.execute(queries.KEEP_BY_HAND)
    for move in past_events(past, received_at):
        if len(move.rows):
            await copy_batch(cursor, "report_event", _events(territory, ids, received_at, move))
    await cursor.execute(queries.KEEP_BY_TRIGGER)
    limits = _limits(past)
    since, held = received_at.copy(), None
    for stage in stages(past, received_at):
        if held is None:
            held = stage.facts.copy()
            continue
        came = ~np.isnat(stage.since)
        later = np.flatnonzero(came & (stage.since > since))
        if len(later):
            await copy_batch(cursor, "report_facts_past", _before(ids, received_at, since, stage, held, limits, later))
        since[later] = stage.since[later]
        held[came] = stage.facts[came]
    columns = dict(zip(facts.schema.names, facts.columns, strict=True))
    columns |= {"since": pa.array(since, UTC_TIME), "facts": pa.array(held, pa.int64())} | limits
    await copy_batch(cursor, "report_facts", _batch(columns))


async def append_restored(
    cursor: psycopg.AsyncCursor[Any],
    territory: str,
    ids: Rows,
    received_at: Times,
    stands: Standing,
    facts: pa.RecordBatch,
) -> None:
    """Append what led n reports that were just stored to where they stand; the figures follow the events by themselves.

    Parameters
    ----------
    facts : what the figures keep of them as they came in.
    """
    await copy_batch(cursor, "report_facts", facts)
    now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")
    for move in restored_events(stands, received_at, now):
        await copy_batch(cursor, "report_event", _events(territory, ids, received_at, move))


def _limits(past: History) -> dict[str, pa.Array]:
    """Both limits of the reports that were dispatched under one; nothing that came later has another."""
    none = np.datetime64("NaT", "us")
    due = pa.array(np.where(past.outcome == "refused", none, past.due_at), UTC_TIME, from_pandas=True)
    return {"due_at": due, "close_due_at": due}


def _before(
    ids: Rows, received_at: Times, since: Times, stage: Stage, held: Rows, limits: dict[str, pa.Array], rows: Rows
) -> pa.RecordBatch:
    """What held of some reports until a stage began."""
    picked = pa.array(rows)
    return _batch(
        {
            "id": pa.array(ids[rows]),
            "received_at": pa.array(received_at[rows], UTC_TIME),
            "since": pa.array(since[rows], UTC_TIME),
            "until": pa.array(stage.since[rows], UTC_TIME),
            "facts": pa.array(held[rows], pa.int64()),
        }
        | {name: column.take(picked) for name, column in limits.items()}
    )


def _events(territory: str, ids: Rows, received_at: Times, move: PastEvents) -> pa.RecordBatch:
    count = len(move.rows)
    return _batch(
        {
            "report_id": pa.array(ids[move.rows]),
            "report_received_at": pa.array(received_at[move.rows], UTC_TIME),
            "territory_code": _same(territory, count),
            "state": _same(move.state.value, count),
            "at": pa.array(move.at, UTC_TIME),
            "actor": _same(ACTOR, count),
            "move": _same(move.move, count),
            "facts": move.facts,
            "version": pa.array(move.version),
        }
    )


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _batch(columns: dict[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
