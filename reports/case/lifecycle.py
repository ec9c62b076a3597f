"""The life of a case as one pure table: its states, the moves between them, who may make them, what they need."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from wangge.access.roles import Role
from wangge.reports.policy.policy import Step

__all__ = [
    "ENDED",
    "LIVE",
    "MOVES",
    "OPEN",
    "OPENED",
    "OPENING",
    "RUNNING",
    "UNSOLVED",
    "Kind",
    "Move",
    "Need",
    "Standing",
    "State",
    "TaskState",
    "open_moves",
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


class Kind(StrEnum):
    """What a need of a move looks like, so that a form can be drawn from it."""

    TEXT = "text"
    TEXTS = "texts"
    FLAG = "flag"
    TIME = "time"
    PARTIES = "parties"
    TASK = "task"
    DESK = "desk"
    CASE = "case"
    POINT = "point"
    CATEGORY = "category"
    URGENCY = "urgency"


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
    ends : the step that the move ends, whose limit it keeps or breaks.
    starts : the step whose clock starts with the move.
    tasks : states of the tasks that the move is about; empty when it is about the case as a whole.
    not_handler : whoever handled the case may not make the move.
    stays : the case may also stay where it is, and does so unless parties have it.
    """

    name: str
    sources: frozenset[State]
    targets: tuple[State, ...]
    roles: frozenset[Role]
    standing: Standing
    needs: tuple[Need, ...] = ()
    ends: Step | None = None
    starts: Step | None = None
    tasks: frozenset[TaskState] = frozenset()
    not_handler: bool = False
    stays: bool = False

    def leads(self, source: State) -> frozenset[State]:
        """Where a case that stands in `source` may stand after the move."""
        if self.stays:
            return frozenset({source, *(self.targets if source in _WITH_PARTIES else ())})
        return frozenset(self.targets or (source,))


LIVE = frozenset({TaskState.DISPATCHED, TaskState.ACCEPTED, TaskState.HANDLING})
"""States of a task that its party still has to do something for."""

OPENING: Mapping[str, State] = MappingProxyType({"receive": State.RECEIVED, "assign": State.ASSIGNED})
"""Moves at intake and where they lead, in order: a report is received, and its base grid is found at once."""

OPENED = State.ASSIGNED
"""Where a report stands after intake."""

UNSOLVED = frozenset({State.ASSIGNED, State.REGISTERED, State.DISPATCHED, State.ACCEPTED, State.HANDLING})
"""States in which the matter itself is still to be solved, by a desk or by parties."""

_WITH_PARTIES = frozenset({State.DISPATCHED, State.ACCEPTED, State.HANDLING})

RUNNING = UNSOLVED | {State.RECEIVED, State.REPORTED, State.VERIFIED}
"""States in which a clock runs."""

OPEN = RUNNING | {State.PARKED}
"""States in which somebody still has something to do."""

ENDED = frozenset(State) - OPEN

_ALL = frozenset(State) - {State.RECEIVED}
_DESKS = frozenset({Role.COMMUNITY_DESK, Role.STREET_DESK, Role.CENTRE})
_HOLDERS = _DESKS | {Role.OFFICER}
_HANDLERS = _HOLDERS | {Role.ASSISTANT, Role.ORGANISATION}
# The reporter's own moves. Until the reporter is known by a tracking page, the centre makes them on their behalf.
_REPORTER = frozenset({Role.RESIDENT, Role.CENTRE})
_NOBODY: frozenset[Role] = frozenset()

_NOTE = Need("note", Kind.TEXT)
_SAY = Need("note", Kind.TEXT, required=False)
_REASON = Need("reason", Kind.TEXT)
_EVIDENCE = Need("evidence", Kind.TEXTS, required=False)
_PARTIES = Need("parties", Kind.PARTIES, required=False)
_TASK = Need("task", Kind.TASK, required=False)  # where the asker has one only, that is the one


def _moves(*moves: Move) -> Mapping[str, Move]:
    return MappingProxyType({move.name: move for move in moves})


S, D, T = State, Standing, TaskState
MOVES: Mapping[str, Move] = _moves(
    Move("receive", frozenset(), (S.RECEIVED,), _NOBODY, D.SERVICE),
    Move("assign", frozenset({S.RECEIVED}), (S.ASSIGNED,), _NOBODY, D.SERVICE, starts=Step.REGISTER),
    Move(
        "register",
        frozenset({S.ASSIGNED}),
        (S.REGISTERED,),
        _HOLDERS,
        D.DESK,
        (
            _SAY,
            Need("category", Kind.CATEGORY, required=False),
            Need("urgency", Kind.URGENCY, required=False),
        ),
        ends=Step.REGISTER,
        starts=Step.DISPATCH,
    ),
    Move("refuse", frozenset({S.ASSIGNED}), (S.REFUSED,), _DESKS, D.DESK, (_REASON, _SAY)),
    Move("merge", UNSOLVED | {S.PARKED}, (S.MERGED,), _DESKS, D.DESK, (Need("into", Kind.CASE), _SAY)),
    Move(
        "dispatch",
        _WITH_PARTIES | {S.REGISTERED},
        (S.DISPATCHED, S.ACCEPTED, S.HANDLING),
        _HOLDERS,
        D.DESK,
        (_PARTIES, _SAY),
        ends=Step.DISPATCH,
        starts=Step.HANDLE,
    ),
    Move(
        "accept",
        _WITH_PARTIES,
        (S.ACCEPTED, S.HANDLING),
        _HANDLERS,
        D.TASK,
        (_TASK, _SAY),
        tasks=frozenset({T.DISPATCHED}),
    ),
    Move(
        "return",
        _WITH_PARTIES,
        (S.REGISTERED, S.DISPATCHED, S.ACCEPTED, S.HANDLING),
        _HANDLERS,
        D.TASK,
        (_REASON, _TASK, _SAY),
        tasks=LIVE,
    ),
    Move(
        "start",
        _WITH_PARTIES,
        (S.HANDLING,),
        _HANDLERS,
        D.TASK,
        (_TASK, _SAY),
        tasks=frozenset({T.DISPATCHED, T.ACCEPTED}),
    ),
    Move(
        "report-back",
        _WITH_PARTIES,
        (S.REPORTED, S.HANDLING, S.REGISTERED),
        _HANDLERS,
        D.TASK,
        (_NOTE, _EVIDENCE, _TASK),
        ends=Step.HANDLE,
        starts=Step.VERIFY,
        tasks=frozenset({T.ACCEPTED, T.HANDLING}),
    ),
    Move(
        "verify",
        frozenset({S.REPORTED}),
        (S.VERIFIED,),
        _HOLDERS,
        D.CELL,
        (_SAY, _EVIDENCE),
        ends=Step.VERIFY,
        starts=Step.CLOSE,
        not_handler=True,
    ),
    Move(
        "reject",
        frozenset({S.REPORTED}),
        (S.HANDLING,),
        _HOLDERS,
        D.CELL,
        (_REASON, _TASK, _SAY),
        starts=Step.HANDLE,
        tasks=frozenset({T.REPORTED}),
        not_handler=True,
    ),
    Move("close", frozenset({S.VERIFIED}), (S.CLOSED,), _DESKS, D.DESK, (_SAY, _EVIDENCE), ends=Step.CLOSE),
    Move("confirm", frozenset({S.CLOSED}), (S.CONFIRMED,), _REPORTER, D.CELL, (_SAY,)),
    Move(
        "reopen",
        frozenset({S.CLOSED}),
        (S.REGISTERED, S.DISPATCHED),
        _REPORTER,
        D.CELL,
        (_REASON, Need("same_parties", Kind.FLAG, required=False), _SAY),
        starts=Step.DISPATCH,
    ),
    Move(
        "transfer",
        RUNNING - {S.RECEIVED},
        (S.DISPATCHED, S.ACCEPTED, S.HANDLING),  # to other parties; to another desk it stays
        _HOLDERS,
        D.DESK,
        (_REASON, Need("desk", Kind.DESK, required=False), _TASK, _PARTIES, _SAY),
        stays=True,
    ),
    Move("escalate", RUNNING - {S.RECEIVED}, (), _HOLDERS, D.DESK, (_REASON, _SAY)),
    Move(
        "ask-extension",
        _WITH_PARTIES,
        (),
        _HANDLERS,
        D.TASK,
        (_REASON, Need("until", Kind.TIME), _TASK, _SAY),
        tasks=LIVE,
    ),
    Move(
        "grant-extension",
        _WITH_PARTIES,
        (),
        _DESKS,
        D.DESK,
        (_TASK, Need("until", Kind.TIME, required=False), _SAY),
        tasks=LIVE,
        not_handler=True,
    ),
    Move(
        "refuse-extension",
        _WITH_PARTIES,
        (),
        _DESKS,
        D.DESK,
        (_REASON, _TASK, _SAY),
        tasks=LIVE,
        not_handler=True,
    ),
    Move(
        "park",
        UNSOLVED,
        (S.PARKED,),
        _DESKS,
        D.DESK,
        (_REASON, Need("until", Kind.TIME, required=False), _SAY),
    ),
    Move("resume", frozenset({S.PARKED}), tuple(s for s in State if s in UNSOLVED), _DESKS, D.DESK, (_SAY,)),
    Move("urge", RUNNING - {S.RECEIVED}, (), _DESKS, D.CELL, (_NOTE,)),
    Move("void", OPEN - {S.RECEIVED}, (S.VOIDED,), frozenset({Role.CENTRE}), D.DESK, (_REASON, _SAY)),
    Move("withdraw", UNSOLVED | {S.PARKED}, (S.WITHDRAWN,), _REPORTER, D.CELL, (_SAY,)),
    Move(
        "split",
        UNSOLVED,
        (),
        _DESKS,
        D.DESK,
        (Need("description", Kind.TEXT), Need("category", Kind.CATEGORY, required=False), _SAY),
    ),
    Move("relocate", UNSOLVED, (), _HOLDERS, D.DESK, (Need("point", Kind.POINT), _REASON, _SAY)),
    Move("note", _ALL, (), _HANDLERS, D.CELL, (_NOTE, _EVIDENCE)),
    Move("answer", _ALL, (), _HOLDERS, D.CELL, (_NOTE,)),
    Move("rate", frozenset({S.CLOSED, S.CONFIRMED}), (), _REPORTER, D.CELL, (Need("satisfied", Kind.FLAG), _SAY)),
    Move("warn", RUNNING, (), _NOBODY, D.SERVICE),
    Move("expire", RUNNING, (), _NOBODY, D.SERVICE),
    Move("redraw", OPEN, (), _NOBODY, D.SERVICE),
)


def open_moves(state: State, roles: Collection[Role]) -> tuple[Move, ...]:
    """The moves that are open in a state to somebody with these roles over the case, whatever their standing."""
    return tuple(move for move in MOVES.values() if state in move.sources and not move.roles.isdisjoint(roles))
