"""What can be said of a case, as a small closed vocabulary: facts, and what the moves make of them. Pure.

The facts of a case are bits of one integer. Those of a step (done, in time, late) follow from which move ends it, which
stands in the table of moves; what else a move says stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from wangge.reports.case.lifecycle import Move, State
from wangge.reports.case.table import MOVES
from wangge.reports.policy.policy import Step

__all__ = [
    "BITS",
    "FACT_CHANGES",
    "LEVEL_SHIFT",
    "MOST_LEVELS",
    "Fact",
    "FactChange",
    "bits",
    "facts_after",
    "names_of",
]


class Fact(StrEnum):
    """One thing that holds for a case at a moment, or does not. Their order is their bit: append only."""

    RECEIVED = "received"  # of every case
    REGISTERED = "registered"
    REGISTERED_IN_TIME = "registered_in_time"
    REGISTERED_LATE = "registered_late"
    REFUSED = "refused"
    MERGED = "merged"
    VOIDED = "voided"
    WITHDRAWN = "withdrawn"
    DISPATCHED = "dispatched"
    DISPATCHED_IN_TIME = "dispatched_in_time"
    DISPATCHED_LATE = "dispatched_late"
    RETURNED = "returned"  # ever, by a body that it was dispatched to
    ACCEPTED = "accepted"
    HANDLED = "handled"  # reported back by all who had to, and not undone by a rework since
    HANDLED_IN_TIME = "handled_in_time"
    HANDLED_LATE = "handled_late"
    VERIFIED = "verified"
    VERIFIED_IN_TIME = "verified_in_time"
    VERIFIED_LATE = "verified_late"
    CLOSED = "closed"  # and not reopened since
    CLOSED_IN_TIME = "closed_in_time"  # the step of closing
    CLOSED_LATE = "closed_late"
    CONFIRMED = "confirmed"
    ANSWERED = "answered"  # ever, to the reporter
    RATED = "rated"
    SATISFIED = "satisfied"  # at the last rating
    REWORKED = "reworked"  # ever: verification failed, or reopened
    REJECTED = "rejected"
    REOPENED = "reopened"
    EXTENDED = "extended"  # ever, by a granted extension
    PARKED = "parked"  # now
    TRANSFERRED = "transferred"
    URGED = "urged"
    ESCALATED = "escalated"
    SPLIT = "split"
    DUE = "due"  # the limit of handling has passed, whatever was done by then
    CLOSE_DUE = "close_due"  # the last limit it was under since its dispatch has passed
    IMPORTED = "imported"  # what happened to it is what another system's file tells, which is not all
    ABOVE_LEVEL = "above_level"  # rose above a level; only in an indicator that stands for each level


BITS: Mapping[Fact, int] = {fact: 1 << place for place, fact in enumerate(Fact) if fact is not Fact.ABOVE_LEVEL}

LEVEL_SHIFT = 48
"""A case that rose above the level at position i, 0 at the top, has the bit LEVEL_SHIFT + i."""

MOST_LEVELS = 15


class _StepFacts(NamedTuple):
    """What is said of a step that has been ended."""

    done: Fact
    in_time: Fact
    late: Fact


_OF_STEP: Mapping[Step, _StepFacts] = {
    Step.REGISTER: _StepFacts(Fact.REGISTERED, Fact.REGISTERED_IN_TIME, Fact.REGISTERED_LATE),
    Step.DISPATCH: _StepFacts(Fact.DISPATCHED, Fact.DISPATCHED_IN_TIME, Fact.DISPATCHED_LATE),
    Step.HANDLE: _StepFacts(Fact.HANDLED, Fact.HANDLED_IN_TIME, Fact.HANDLED_LATE),
    Step.VERIFY: _StepFacts(Fact.VERIFIED, Fact.VERIFIED_IN_TIME, Fact.VERIFIED_LATE),
    Step.CLOSE: _StepFacts(Fact.CLOSED, Fact.CLOSED_IN_TIME, Fact.CLOSED_LATE),
}


@dataclass(frozen=True)
class FactChange:
    """What a move makes of the facts: first some are cleared, then some set.

    Attributes
    ----------
    timed : in time or late: the one is set and the other cleared when the event says whether the step that it ended was
        in time; an event that ended none leaves both as they are.
    states : the move says something only where the case stands in one of them after it; empty for everywhere.
    told : a fact to set where the event tells so under the fact's name.
    rises : the levels that the event tells the case to have risen above are set.
    moves_row : the report's own cell or category may be another after it.
    """

    sets: tuple[Fact, ...] = ()
    clears: tuple[Fact, ...] = ()
    timed: tuple[Fact, Fact] | None = None
    states: frozenset[State] = frozenset()
    told: Fact | None = None
    rises: bool = False
    moves_row: bool = False

    @cached_property
    def set(self) -> int:
        """Bits that are set."""
        return bits(*self.sets)

    @cached_property
    def cleared(self) -> int:
        """Bits that are cleared, those of time aside."""
        return bits(*self.clears)


_UNHANDLED = (*_OF_STEP[Step.HANDLE], *_OF_STEP[Step.VERIFY])

# Beside what follows from the step that a move ends.
_SAYS: Mapping[str, FactChange] = {
    "register": FactChange(clears=(Fact.REFUSED,), told=Fact.IMPORTED, moves_row=True),
    "refuse": FactChange((Fact.REFUSED,), told=Fact.IMPORTED),
    "merge": FactChange((Fact.MERGED,)),
    "accept": FactChange((Fact.ACCEPTED,)),
    "return": FactChange((Fact.RETURNED,), (Fact.ACCEPTED,)),
    "start": FactChange(),
    "reject": FactChange((Fact.REWORKED, Fact.REJECTED), _UNHANDLED),
    "confirm": FactChange((Fact.CONFIRMED,)),
    "reopen": FactChange((Fact.REWORKED, Fact.REOPENED), (*_UNHANDLED, *_OF_STEP[Step.CLOSE], Fact.CONFIRMED)),
    "transfer": FactChange((Fact.TRANSFERRED,)),
    "grant-extension": FactChange((Fact.EXTENDED,)),
    "park": FactChange((Fact.PARKED,)),
    "resume": FactChange(clears=(Fact.PARKED,)),
    "urge": FactChange((Fact.URGED,)),
    "void": FactChange((Fact.VOIDED,)),
    "withdraw": FactChange((Fact.WITHDRAWN,)),
    "split": FactChange((Fact.SPLIT,)),
    "relocate": FactChange(moves_row=True),
    "escalate": FactChange((Fact.ESCALATED,), rises=True),
    "answer": FactChange((Fact.ANSWERED,)),
    "rate": FactChange((Fact.RATED,), (Fact.SATISFIED,), told=Fact.SATISFIED),
}


def _change(move: Move) -> FactChange:
    """What a move says, with what follows from the step that it ends."""
    own = _SAYS.get(move.name, FactChange())
    if move.ends is None:
        return own
    done, in_time, late = _OF_STEP[move.ends]
    states = move.ending if move.ending != frozenset(move.targets) else frozenset()
    return replace(own, sets=(done, *own.sets), timed=(in_time, late), states=states)


FACT_CHANGES: Mapping[str, FactChange] = MappingProxyType(
    {name: _change(move) for name, move in MOVES.items() if name in _SAYS or move.ends}
)
"""By move. Moves that are not here (receive, assign, note, warn and the like) say nothing that is counted."""


def bits(*facts: Fact) -> int:
    """The bits of some facts together."""
    found = 0
    for fact in facts:
        found |= BITS[fact]
    return found


def names_of(value: int) -> list[str]:
    """Names of the facts that hold, levels aside."""
    return [fact.value for fact, bit in BITS.items() if value & bit]


def facts_after(
    facts: int, move: str, state: str, told: Mapping[str, Any] = MappingProxyType({}), levels: Sequence[str] = ()
) -> int:
    """The facts after a move.

    Parameters
    ----------
    state : where the case stands after it.
    told : what its event tells.
    levels : keys of the territory's levels, from the top.
    """
    change = FACT_CHANGES.get(move)
    if change is None or (change.states and state not in change.states):
        return facts
    facts = facts & ~change.cleared | change.set
    in_time = told.get("in_time")
    if change.timed and in_time is not None:
        facts = facts & ~bits(*change.timed) | BITS[change.timed[0 if in_time else 1]]
    if change.told and told.get(change.told) is True:
        facts |= BITS[change.told]
    return facts | _above(told, levels) if change.rises else facts


def _above(told: Mapping[str, Any], levels: Sequence[str]) -> int:
    """Bits of the levels that a case rose above by coming to another one, or, from a level of None, to the centre."""
    if "level" not in told:
        return 0
    reached = levels.index(told["level"]) + 1 if told["level"] in levels else 0
    return sum(1 << LEVEL_SHIFT + at for at in range(reached, min(len(levels), MOST_LEVELS)))
