"""Conditions on states as SQL, from the one list of states: for constraints, indexes and queries alike."""

from collections.abc import Iterable

from wangge.reports.case.lifecycle import ENDED, OPEN, State, TaskState

__all__ = ["CLOSED_CASE", "ENDED_CASE", "ENDED_OTHERWISE", "LIVE_TASK", "OPEN_CASE", "one_of"]


def one_of(column: str, values: Iterable[str]) -> str:
    """A condition that a column holds one of some values, which are the program's own words."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


OPEN_CASE = one_of("state", (state for state in State if state in OPEN))
ENDED_CASE = one_of("state", (state for state in State if state in ENDED))
CLOSED_CASE = one_of("state", (State.CLOSED, State.CONFIRMED))
ENDED_OTHERWISE = one_of("state", (state for state in State if state in ENDED - {State.CLOSED, State.CONFIRMED}))
LIVE_TASK = one_of("state", (TaskState.DISPATCHED, TaskState.ACCEPTED, TaskState.HANDLING))
