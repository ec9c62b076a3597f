"""How a case stands in the four steps that everybody understands. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from wangge.reports.case.lifecycle import State

__all__ = ["SATISFIED_FROM", "STAGES", "Stage", "reached"]

SATISFIED_FROM = 3
"""Scores of 1 to 5 from which on a reporter counts as satisfied: "fairly satisfied" is."""


class Stage(StrEnum):
    """A step of a case as its reporter is told of it, in order."""

    RECEIVED = "received"
    WORKING = "working"
    FIXED = "fixed"  # those who had it say so; it is being checked
    CLOSED = "closed"


STAGES: Mapping[State, Stage] = MappingProxyType(
    {
        State.RECEIVED: Stage.RECEIVED,
        State.ASSIGNED: Stage.RECEIVED,
        State.REGISTERED: Stage.WORKING,
        State.DISPATCHED: Stage.WORKING,
        State.ACCEPTED: Stage.WORKING,
        State.HANDLING: Stage.WORKING,
        State.PARKED: Stage.WORKING,
        State.REPORTED: Stage.FIXED,
        State.VERIFIED: Stage.FIXED,
        State.CLOSED: Stage.CLOSED,
        State.CONFIRMED: Stage.CLOSED,
        State.REFUSED: Stage.CLOSED,
        State.MERGED: Stage.CLOSED,
        State.VOIDED: Stage.CLOSED,
        State.WITHDRAWN: Stage.CLOSED,
    }
)


def reached(events: Iterable[tuple[State, datetime]]) -> dict[Stage, datetime]:
    """Since when a case has been in the stages that it has come to, itself and those before.

    Parameters
    ----------
    events : where the case stood after each of its moves, in order, and when. What falls back to an earlier stage has
        not reached the later ones any more.
    """
    order = list(Stage)
    found: dict[Stage, datetime] = {}
    for state, at in events:
        stage = STAGES[state]
        found = {one: when for one, when in found.items() if order.index(one) <= order.index(stage)}
        found.setdefault(stage, at)
    return found
