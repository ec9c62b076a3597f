"""Cases that an export is read back into: their rows as it tells them, and the events that these come out of.

An export tells where a case stands and not how it came there. Each is led there on the shortest way, by moves that
carry no judgement of being in time and happened when the case came in, as far as the file knows no other time. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from itertools import compress
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from wangge.reports.bulk.columns.standing import Standing
from wangge.reports.bulk.opening import JSONB
from wangge.reports.bulk.past.events import PastEvents
from wangge.reports.case.lifecycle import OPENED, State
from wangge.reports.number import format_number

__all__ = ["assignment", "restored_events", "restored_row"]

UTC_TIME = pa.timestamp("us", "UTC")

_DISPATCHED = ("register", "dispatch")
_REPORTED = (*_DISPATCHED, "report-back")
_WAY: Mapping[State, tuple[str, ...]] = {
    State.ASSIGNED: (),
    State.REGISTERED: ("register",),
    State.DISPATCHED: _DISPATCHED,
    State.ACCEPTED: (*_DISPATCHED, "accept"),
    State.HANDLING: (*_DISPATCHED, "start"),
    State.REPORTED: _REPORTED,
    State.VERIFIED: (*_REPORTED, "verify"),
    State.CLOSED: (*_REPORTED, "verify", "close"),
    State.CONFIRMED: (*_REPORTED, "verify", "close", "confirm"),
    State.REFUSED: ("refuse",),
    State.MERGED: ("merge",),
    State.VOIDED: ("register", "void"),
    State.WITHDRAWN: ("withdraw",),
}
"""The shortest way to a state; a parked case has gone that to the state that it resumes."""

_LEADS = {way[-1]: state for state, way in _WAY.items() if way}
_LATE = frozenset({"report-back", "verify", "close", "confirm"})
"""Moves of a closed case that were made, as far as the file knows, when it was closed."""

Flags = NDArray[np.bool_]
Times = NDArray[np.datetime64]


def restored_row(stands: Standing) -> dict[str, pa.Array]:
    """Columns of the reports' rows as the export tells them."""
    return {
        "state": pa.array(stands.state.tolist(), pa.string()),
        "version": pa.array(stands.version, pa.int32()),
        "step": _words(stands.step),
        "nearly_due": pa.array(stands.nearly_due),
        "overdue": pa.array(stands.overdue),
        "resumes": _words(stands.resumes),
        "merged_into": pa.array(stands.merged_into, mask=stands.merged_into == 0),
        "parent_id": pa.array(stands.parent, mask=stands.parent == 0),
    } | {
        name: pa.array(getattr(stands, name), UTC_TIME, from_pandas=True)
        for name in ("due_at", "closed_at", "parked_at", "merged_into_received_at", "parent_received_at")
    }


def assignment(stands: Standing, urgency: Sequence[str]) -> tuple[pa.Array, NDArray[np.int32]]:
    """Facts of the events by which the cases were assigned, and the versions of the cases then."""
    clocks = _clocks(stands)
    told = []
    for row, (word, ways) in enumerate(zip(urgency, _ways(stands), strict=True)):
        facts: dict[str, Any] = {"urgency": word}
        if stands.parent[row]:
            facts["parent"] = _number(stands.parent_received_at[row], stands.parent[row])
        told.append(JSONB + orjson.dumps(facts if ways else facts | clocks[row]))
    last = ~np.any(list(_made(stands).values()), axis=0)
    return pa.array(told, pa.binary()), np.where(last, stands.version, 1).astype(np.int32)


def restored_events(stands: Standing, received_at: Times, now: np.datetime64) -> Iterator[PastEvents]:
    """The moves that led the cases to where they stand, in the order in which they happened to each."""
    ways, made, clocks = _ways(stands), _made(stands), _clocks(stands)
    left = np.sum(list(made.values()), axis=0)
    version = np.ones(len(received_at), np.int32)
    state = np.full(len(received_at), OPENED.value, dtype="<U10")
    for move, which in made.items():
        if not which.any():
            continue
        left[which] -= 1
        version[which] = np.where(left == 0, stands.version, np.minimum(version + 1, stands.version))[which]
        if (leads := State.PARKED if move == "park" else _LEADS.get(move)) is not None:
            state[which] = leads.value
        at = _times(move, stands, received_at, now)
        facts = [_facts(move, stands, row) | (clocks[row] if ways[row][-1:] == (move,) else {}) for row in _rows(which)]
        yield from _by_state(move, state, which, at, facts, version)


def _by_state(
    move: str, state: NDArray[np.str_], which: Flags, at: Times, facts: list[dict[str, Any]], version: NDArray[np.int32]
) -> Iterator[PastEvents]:
    """One move of some cases, by the state after it."""
    for reached in np.unique(state[which]).tolist():
        here = state[which] == reached
        told = pa.array([JSONB + orjson.dumps(one) for one in compress(facts, here.tolist())], pa.binary())
        rows = np.flatnonzero(which)[here]
        yield PastEvents(move, State(reached), rows, at[rows], told, version[rows])


def _made(stands: Standing) -> dict[str, Flags]:
    """Which cases made each move. The clock calls before a case is parked, and after all that came before."""
    ways = _ways(stands)
    moves = dict.fromkeys(move for way in _WAY.values() for move in way)
    made = {move: np.array([move in way for way in ways], dtype=np.bool_) for move in moves}
    return made | {"warn": stands.nearly_due, "expire": stands.overdue, "park": stands.state == State.PARKED}


def _ways(stands: Standing) -> list[tuple[str, ...]]:
    reached = np.where(stands.state == State.PARKED, stands.resumes, stands.state)
    return [_WAY[State(state)] for state in reached.tolist()]


def _clocks(stands: Standing) -> list[dict[str, Any]]:
    """What runs of each case, and until when, as its last move tells it."""
    due = np.datetime_as_string(stands.due_at, unit="us").tolist()
    return [
        {"step": step or None, "due_at": None if at == "NaT" else f"{at}+00:00"}
        for step, at in zip(stands.step.tolist(), due, strict=True)
    ]


def _times(move: str, stands: Standing, received_at: Times, now: np.datetime64) -> Times:
    if move == "park":
        return stands.parked_at
    if move in _LATE:
        return np.where(np.isnat(stands.closed_at), received_at, stands.closed_at)
    if move in ("warn", "expire"):
        latest = np.where(np.isnat(stands.parked_at), now, stands.parked_at)
        due = np.where(np.isnat(stands.due_at), received_at, stands.due_at)
        return np.maximum(np.minimum(due, latest), received_at)
    return received_at


def _facts(move: str, stands: Standing, row: int) -> dict[str, Any]:
    if move == "merge":
        return {"into": _number(stands.merged_into_received_at[row], stands.merged_into[row])}
    return {}


def _number(received_at: np.datetime64, report_id: np.int64) -> str:
    return format_number(received_at.astype("datetime64[us]").item().replace(tzinfo=UTC), int(report_id))


def _rows(which: Flags) -> list[int]:
    rows: list[int] = np.flatnonzero(which).tolist()
    return rows


def _words(values: NDArray[np.str_]) -> pa.Array:
    return pa.array([value or None for value in values.tolist()], pa.string())
