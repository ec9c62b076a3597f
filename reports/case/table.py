"""Every move that a case may make, as one pure table: from where, where to, who, with what, and the step it ends."""

from collections.abc import Mapping
from types import MappingProxyType

from wangge.access.roles import Role
from wangge.reports.case.lifecycle import (
    LIVE,
    OPEN,
    RUNNING,
    UNSOLVED,
    WITH_PARTIES,
    Bar,
    Kind,
    Move,
    Need,
    Standing,
    State,
    TaskState,
)
from wangge.reports.policy.policy import Step

__all__ = ["MOVES"]

_ALL = frozenset(State) - {State.RECEIVED}
_DESKS = frozenset({Role.COMMUNITY_DESK, Role.STREET_DESK, Role.CENTRE})
_HOLDERS = _DESKS | {Role.OFFICER}
_HANDLERS = _HOLDERS | {Role.ASSISTANT, Role.ORGANISATION}
# The reporter's own moves; for whoever calls instead, the centre makes them on their behalf.
_REPORTER = frozenset({Role.RESIDENT, Role.CENTRE})
_NOBODY: frozenset[Role] = frozenset()

_NOTE = Need("note", Kind.TEXT)
_SAY = Need("note", Kind.TEXT, required=False)
_REASON = Need("reason", Kind.TEXT)
_EVIDENCE = Need("evidence", Kind.TEXTS, required=False)
_PHOTOS = Need("photos", Kind.PHOTOS, required=False)
_UNDONE = LIVE | {TaskState.RETURNED}
_PARTIES = Need("parties", Kind.PARTIES, required=False)
_TASK = Need("task", Kind.TASK, required=False)  # where the asker has one only, that is the one


def _moves(*moves: Move) -> Mapping[str, Move]:
    return MappingProxyType({move.name: move for move in moves})


S, D, T = State, Standing, TaskState
MOVES: Mapping[str, Move] = _moves(
    Move("receive", frozenset(), (S.RECEIVED,), _NOBODY, D.SERVICE),
    Move("assign", frozenset({S.RECEIVED}), (S.ASSIGNED,), _NOBODY, D.SERVICE),
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
    ),
    Move("refuse", frozenset({S.ASSIGNED}), (S.REFUSED,), _DESKS, D.DESK, (_REASON, _SAY)),
    Move(
        "merge",
        UNSOLVED | {S.PARKED},
        (S.MERGED,),
        _DESKS,
        D.DESK,
        (Need("into", Kind.CASE), _SAY),
        cancels=_UNDONE,
    ),
    Move(
        "dispatch",
        WITH_PARTIES | {S.REGISTERED},
        (S.DISPATCHED, S.ACCEPTED, S.HANDLING),
        _HOLDERS,
        D.DESK,
        (_PARTIES, _SAY),
        ends=Step.DISPATCH,
        cancels=frozenset({T.RETURNED}),
        returned=False,
    ),
    Move(
        "accept",
        WITH_PARTIES,
        (S.ACCEPTED, S.HANDLING),
        _HANDLERS,
        D.TASK,
        (_TASK, _SAY),
        tasks=frozenset({T.DISPATCHED}),
        becomes=T.ACCEPTED,
    ),
    Move(
        "return",
        WITH_PARTIES,
        (S.REGISTERED, S.DISPATCHED, S.ACCEPTED, S.HANDLING),
        _HANDLERS,
        D.TASK,
        (_REASON, _TASK, _PHOTOS, _SAY),
        tasks=LIVE,
        becomes=T.RETURNED,
        returned=True,
    ),
    Move(
        "start",
        WITH_PARTIES,
        (S.HANDLING,),
        _HANDLERS,
        D.TASK,
        (_TASK, _SAY),
        tasks=frozenset({T.DISPATCHED, T.ACCEPTED}),
        becomes=T.HANDLING,
    ),
    Move(
        "report-back",
        WITH_PARTIES,
        (S.REPORTED, S.HANDLING, S.REGISTERED),
        _HANDLERS,
        D.TASK,
        (_NOTE, _PHOTOS, _EVIDENCE, _TASK),
        ends=Step.HANDLE,
        tasks=frozenset({T.ACCEPTED, T.HANDLING}),
        becomes=T.REPORTED,
    ),
    Move(
        "verify",
        frozenset({S.REPORTED}),
        (S.VERIFIED,),
        _HOLDERS,
        D.CELL,
        (_SAY, _PHOTOS, _EVIDENCE),
        ends=Step.VERIFY,
        not_handler=True,
    ),
    Move(
        "reject",
        frozenset({S.REPORTED}),
        (S.HANDLING,),
        _HOLDERS,
        D.CELL,
        (_REASON, _TASK, _PHOTOS, _SAY),
        tasks=frozenset({T.REPORTED}),
        becomes=T.HANDLING,
        not_handler=True,
        returned=True,
    ),
    Move("close", frozenset({S.VERIFIED}), (S.CLOSED,), _DESKS, D.DESK, (_SAY, _PHOTOS, _EVIDENCE), ends=Step.CLOSE),
    Move("confirm", frozenset({S.CLOSED}), (S.CONFIRMED,), _REPORTER, D.CELL, (_SAY,)),
    Move(
        "reopen",
        frozenset({S.CLOSED}),
        (S.REGISTERED, S.DISPATCHED),
        _REPORTER,
        D.CELL,
        (_REASON, Need("same_parties", Kind.FLAG, required=False), _PHOTOS, _SAY),
        cancels=frozenset(T) - {T.CANCELLED},
        bar=Bar.TOO_LATE,
        returned=True,
    ),
    Move(
        "transfer",
        RUNNING - {S.RECEIVED},
        (S.DISPATCHED, S.ACCEPTED, S.HANDLING),  # to other parties; to another desk it stays
        _HOLDERS,
        D.DESK,
        (_REASON, Need("desk", Kind.DESK, required=False), _TASK, _PARTIES, _SAY),
        becomes=T.CANCELLED,
        stays=True,
    ),
    Move("escalate", RUNNING - {S.RECEIVED}, (), _HOLDERS, D.DESK, (_REASON, _SAY), bar=Bar.AT_THE_TOP),
    Move(
        "ask-extension",
        WITH_PARTIES,
        (),
        _HANDLERS,
        D.TASK,
        (_REASON, Need("until", Kind.TIME), _TASK, _SAY),
        tasks=LIVE,
    ),
    Move(
        "grant-extension",
        WITH_PARTIES,
        (),
        _DESKS,
        D.DESK,
        (_TASK, Need("until", Kind.TIME, required=False), _SAY),
        tasks=LIVE,
        asked=True,
        not_handler=True,
    ),
    Move(
        "refuse-extension",
        WITH_PARTIES,
        (),
        _DESKS,
        D.DESK,
        (_REASON, _TASK, _SAY),
        tasks=LIVE,
        asked=True,
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
    Move("void", OPEN - {S.RECEIVED}, (S.VOIDED,), frozenset({Role.CENTRE}), D.DESK, (_REASON, _SAY), cancels=_UNDONE),
    Move("withdraw", UNSOLVED | {S.PARKED}, (S.WITHDRAWN,), _REPORTER, D.CELL, (_SAY,), cancels=_UNDONE),
    Move(
        "split",
        UNSOLVED,
        (),
        _DESKS,
        D.DESK,
        (Need("description", Kind.TEXT), Need("category", Kind.CATEGORY, required=False), _SAY),
    ),
    Move("relocate", UNSOLVED, (), _HOLDERS, D.DESK, (Need("point", Kind.POINT), _REASON, _SAY)),
    Move(
        "name-asset",
        UNSOLVED,
        (),
        _HOLDERS,
        D.DESK,
        (Need("asset", Kind.ASSET, required=False), _SAY),  # without one the case is about none
        bar=Bar.NO_ASSETS,
    ),
    Move("note", _ALL, (), _HANDLERS, D.CELL, (_NOTE, _PHOTOS, _EVIDENCE)),
    Move("answer", _ALL, (), _HOLDERS, D.CELL, (_NOTE,)),
    Move("add", _ALL - {S.MERGED}, (), _REPORTER, D.CELL, (_SAY, _PHOTOS)),
    Move(
        "rate",
        frozenset({S.CLOSED, S.CONFIRMED}),
        (),
        _REPORTER,
        D.CELL,
        (Need("satisfied", Kind.FLAG), Need("score", Kind.SCORE, required=False), _SAY),
    ),
    Move("warn", RUNNING, (), _NOBODY, D.SERVICE),
    Move("expire", RUNNING, (), _NOBODY, D.SERVICE),
    Move("redraw", OPEN, (), _NOBODY, D.SERVICE),
)
