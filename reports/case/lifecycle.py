"""The life of a case: the states it stands in, the step that runs in each, and what a move is. The moves: `table`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from wangge.access.roles import Role
from wangge.reports.policy.policy import RISING, Step

__all__ = [
    "ENDED",
    "FIRST_STEP",
    "LIVE",
    "OPEN",
    "OPENED",
    "OPENING",
    "RUNNING",
    "STEPS",
    "UNSOLVED",
    "WITH_PARTIES",
    "Bar",
    "Kind",
    "Move",
    "Need",
    "Standing",
    "State",
    "TaskState",
    "is_returned",
]


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"  # its base grid is found
    REGISTERED = "registered"  # 立案
    DISPATCHED = "dispatched"  # 派遣
    ACCEPTED = "accepted"  # 受理
    HANDLING = "handling"  # 处置中
    REPORTED = "reported"  # 已反馈: all parties that are needed have reported back
    VERIFIED = "verified"  # 已核查
    CLOSED = "closed"  # 结案
    CONFIRMED = "confirmed"  # 已确认, by the reporter
    PARKED = "parked"  # 挂账
    REFUSED = "refused"  # 不予立案
    MERGED = "merged"  # into the case that it doubles
    VOIDED = "voided"  # 作废
    WITHDRAWN = "withdrawn"  # 撤回


class TaskState(StrEnum):
    """Where the part of one party in a case stands."""

    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    REPORTED = "reported"
    RETURNED = "returned"  # until the desk has dispatched anew
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """What somebody must be to a case to make a move, beside having the role."""

    DESK = "desk"  # at the desk that holds the case, or at one above it
    TASK = "task"  # of a party that has a task in it, or at a desk that acts on the party's behalf
    CELL = "cell"  # inside the cells that the case lies in
    SERVICE = "service"  # nobody: the service makes the move itself


class Bar(StrEnum):
    """What keeps a move from being made although state, roles and tasks allow it."""

    AT_THE_TOP = "at-the-top"  # the centre has the case, and nobody is above it
    NO_ASSETS = "no-assets"  # reports of the category are about nothing that has a number
    TOO_LATE = "too-late"  # more days have passed since the closing than the policy gives the reporter


class Kind(StrEnum):
    """What a need of a move looks like, so that a form can be drawn from it."""

    TEXT = "text"
    TEXTS = "texts"
    PHOTOS = "photos"
    FLAG = "flag"
    SCORE = "score"
    TIME = "time"
    PARTIES = "parties"
    TASK = "task"
    DESK = "desk"
    CASE = "case"
    POINT = "point"
    CATEGORY = "category"
    URGENCY = "urgency"
    ASSET = "asset"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a move asks for; one that is not required may be left out."""

    name: str
    kind: Kind
    required: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """A step that a case may take.

    Attributes
    ----------
    targets : where the case may stand afterwards, the usual one first; empty when it stays where it is. Which of
        several follows from the tasks of the parties, or from where the case came.
    ends : the step whose limit the move keeps or breaks, where a case comes on from it; see `ending`.
    tasks : states of the tasks that the move is about; empty when it is about the case as a whole.
    asked : of those tasks only the ones whose party has asked for more time.
    becomes : where a task that the move is about stands afterwards; None when it stays where it is.
    cancels : states of the tasks that are over with the move, whomever they belong to.
    bar : what keeps it from being made although all else allows it.
    not_handler : whoever handled the case may not make the move.
    stays : the case may also stay where it is, and does so unless parties have it.
    returned : whether the case has come back to its desk then: by a party, at the verification or by the reporter; not
        any more when the desk has given it out anew; None leaves it as it was.
    """

    name: str
    sources: frozenset[State]
    targets: tuple[State, ...]
    roles: frozenset[Role]
    standing: Standing
    needs: tuple[Need, ...] = ()
    ends: Step | None = None
    tasks: frozenset[TaskState] = frozenset()
    asked: bool = False
    becomes: TaskState | None = None
    cancels: frozenset[TaskState] = frozenset()
    bar: Bar | None = None
    not_handler: bool = False
    stays: bool = False
    returned: bool | None = None

    def __post_init__(self) -> None:
        if self.asked and not self.tasks:
            raise ValueError(f"{self.name} is about no task, and so about none that asked for time")
        if self.stays and not self.targets:
            raise ValueError(f"{self.name} leads nowhere else, and so always stays")

    def leads(self, source: State) -> frozenset[State]:
        """Where a case that stands in `source` may stand after the move."""
        if self.stays:
            return frozenset({source, *(self.targets if source in WITH_PARTIES else ())})
        return frozenset(self.targets or (source,))

    @property
    def ending(self) -> frozenset[State]:
        """Where a case stands whose step the move has ended: in a later one, or at its end.

        One that stays in the step, or falls back to an earlier one, has not come on from it.
        """
        if self.ends is None:
            return frozenset()
        order = list(Step)
        later = order[order.index(self.ends) + 1 :]
        return frozenset(state for state in self.targets if STEPS.get(state) in (*later, None))


STEPS: Mapping[State, Step] = MappingProxyType(
    {
        State.ASSIGNED: Step.REGISTER,
        State.REGISTERED: Step.DISPATCH,
        State.DISPATCHED: Step.HANDLE,
        State.ACCEPTED: Step.HANDLE,
        State.HANDLING: Step.HANDLE,
        State.REPORTED: Step.VERIFY,
        State.VERIFIED: Step.CLOSE,
    }
)
"""The step that runs in a state. Its clock starts with whichever move leads there from another step.

A parked case keeps the step in which it was parked, and goes on with it.
"""

LIVE = frozenset({TaskState.DISPATCHED, TaskState.ACCEPTED, TaskState.HANDLING})
"""States of a task that its party still has to do something for."""

OPENING: Mapping[str, State] = MappingProxyType({"receive": State.RECEIVED, "assign": State.ASSIGNED})
"""Moves at intake and where they lead, in order: a report is received, and its base grid is found at once."""

OPENED = State.ASSIGNED
"""Where a report stands after intake."""

FIRST_STEP = STEPS[OPENED]
"""The step that runs from intake on."""

UNSOLVED = frozenset(state for state, step in STEPS.items() if step in RISING)
"""States in which the matter itself is still to be solved, by a desk or by parties."""

WITH_PARTIES = frozenset(state for state, step in STEPS.items() if step is Step.HANDLE)
"""States in which parties have the matter."""

RUNNING = frozenset(STEPS) | {State.RECEIVED}
"""States in which a clock runs, or is about to."""

OPEN = RUNNING | {State.PARKED}
"""States in which somebody still has something to do."""

ENDED = frozenset(State) - OPEN


def is_returned(move: Move, state: State, *, before: bool) -> bool:
    """Whether a case that a move has led to a state came back to its desk, and nobody has taken it up since.

    Parameters
    ----------
    before : whether it was so before the move.
    """
    if move.returned is not None:
        return move.returned
    return before and state in OPEN - {State.REPORTED, State.VERIFIED}
