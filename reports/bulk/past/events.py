"""The past of imported reports as events, as the row that they come to, and as what the figures keep of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from wangge.reports.bulk.columns.history import History, Outcome
from wangge.reports.case.facts import BITS, Fact, facts_after
from wangge.reports.case.lifecycle import OPENED, STEPS, State
from wangge.reports.case.table import MOVES

__all__ = ["PastEvents", "Stage", "past_events", "row_columns", "stages"]

Flags = NDArray[np.bool_]
Times = NDArray[np.datetime64]
Bits = NDArray[np.int64]

IMPORTED = {"imported": True}
"""What the first of these moves tells: figures do not speak of what the file says nothing of."""

UTC_TIME = pa.timestamp("us", "UTC")


class PastEvents(NamedTuple):
    """One move of some of n reports: which they are, when it was, the state after it, its facts as JSONB."""

    move: str
    state: State
    rows: NDArray[np.int64]
    at: Times
    facts: pa.Array
    version: NDArray[np.int32]


class Stage(NamedTuple):
    """What held of n reports from a moment on; NaT where there was no such moment."""

    since: Times
    facts: Bits


@dataclass(frozen=True, slots=True)
class _Course:
    """Which moves n reports made."""

    dispatched: Flags
    due: Flags
    handled: Flags
    in_time: Flags
    closed: Flags
    refused: Flags
    voided: Flags


def past_events(past: History, received_at: Times) -> Iterator[PastEvents]:
    """The moves of n reports, one after the other in the order in which they happened to each.

    Only what a file tells is known: a report that was to be handled by some day was dispatched, at the latest when it
    came in; what it says nothing of, such as when it was registered, carries no judgement of being in time.
    """
    course = _course(past)
    version = np.ones(len(received_at), dtype=np.int32)

    def made(move: str, which: Flags, at: Times, facts: Callable[[int], Mapping[str, Any]]) -> PastEvents:
        rows = np.flatnonzero(which)
        version[rows] += 1
        told = pa.array([b"\x01" + orjson.dumps(facts(row)) for row in rows.tolist()], pa.binary())
        return PastEvents(move, MOVES[move].targets[0], rows, at[rows], told, version[rows])

    due = np.datetime_as_string(past.due_at, unit="us")
    stops = {"step": None, "due_at": None}
    yield made("refuse", course.refused, past.ended_at, lambda _: IMPORTED | {"reason": "duplicate"})
    yield made("register", course.dispatched | course.voided, received_at, lambda _: IMPORTED)
    yield made(
        "dispatch",
        course.dispatched,
        received_at,
        lambda row: {"step": STEPS[State.DISPATCHED], "due_at": f"{due[row]}+00:00" if course.due[row] else None},
    )
    yield made(
        "report-back",
        course.handled,
        past.handled_at,
        lambda row: stops | ({"in_time": bool(course.in_time[row])} if course.due[row] else {}),
    )
    yield made("verify", course.closed, past.handled_at, lambda _: {})
    yield made("close", course.closed, past.ended_at, lambda _: {})
    yield made("void", course.voided, past.ended_at, lambda _: stops)


def row_columns(past: History) -> dict[str, pa.Array]:
    """Columns of the reports' rows that their past says otherwise than intake."""
    course = _course(past)
    running = course.dispatched & ~course.handled & ~course.voided
    state = np.full(len(running), OPENED.value, dtype="<U10")
    for which, reached in (
        (course.refused, State.REFUSED),
        (course.dispatched, State.DISPATCHED),
        (course.handled, State.REPORTED),
        (course.closed, State.CLOSED),
        (course.voided, State.VOIDED),
    ):
        state[which] = reached.value
    registered = course.dispatched | course.voided
    moves = (registered, course.refused, course.dispatched, course.handled, course.closed, course.closed, course.voided)
    made = np.sum(np.stack(moves), axis=0, dtype=np.int32)  # verified and closed go together
    return {
        "state": pa.array(state.tolist(), pa.string()),
        "version": pa.array(1 + made, pa.int32()),
        "step": pa.array([STEPS[State.DISPATCHED].value if runs else None for runs in running.tolist()], pa.string()),
        "due_at": _times(past.due_at, running & course.due),
        "closed_at": _times(past.ended_at, course.closed),
    }


def stages(past: History, received_at: Times) -> list[Stage]:
    """What held of the reports, from one moment to the next: since they came in, were handled, and ended."""
    course = _course(past)
    received = BITS[Fact.RECEIVED]
    registered = facts_after(received, "register", State.REGISTERED, IMPORTED)
    dispatched = facts_after(registered, "dispatch", State.DISPATCHED)
    first = np.where(course.dispatched, dispatched, np.where(course.voided, registered, received))
    second = first.copy()
    for told, which in (
        ({"in_time": True}, course.due & course.in_time),
        ({"in_time": False}, course.due & ~course.in_time),
        ({}, ~course.due),
    ):
        facts = facts_after(dispatched, "report-back", State.REPORTED, told)
        second[course.handled & which] = facts
        second[course.closed & which] = facts_after(facts, "verify", State.VERIFIED)
    third = np.where(course.closed, second | facts_after(0, "close", State.CLOSED), second)
    third |= np.where(course.refused, facts_after(0, "refuse", State.REFUSED, IMPORTED), 0) | np.where(
        course.voided, BITS[Fact.VOIDED], 0
    )
    return [Stage(received_at, first), Stage(past.handled_at, second), Stage(past.ended_at, third)]


def _course(past: History) -> _Course:
    due = ~np.isnat(past.due_at)
    refused, voided = past.outcome == Outcome.REFUSED, past.outcome == Outcome.VOIDED
    handled = np.isin(past.outcome, (Outcome.HANDLED, Outcome.CLOSED))
    return _Course(
        dispatched=(due | handled) & ~refused,
        due=due,
        handled=handled,
        in_time=past.handled_at <= past.due_at,
        closed=past.outcome == Outcome.CLOSED,
        refused=refused,
        voided=voided,
    )


def _times(values: Times, which: Flags) -> pa.Array:
    return pa.array(np.where(which, values, np.datetime64("NaT", "us")), UTC_TIME, from_pandas=True)
