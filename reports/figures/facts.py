"""What can be said of a case, as a small closed vocabulary: facts, what moves make of them, and tests over them. Pure.

The facts of a case are bits of one integer. A test over them ("closed, and neither reworked nor late") is a set of
terms; a term holds where the bits that it cares about are as it wants them. So a test is the same arithmetic in Python,
in numpy and in SQL, and an indicator that a territory declares needs no code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple

from wangge.geo.errors import WanggeError

__all__ = [
    "BITS",
    "EFFECTS",
    "LEVEL_SHIFT",
    "MOST_LEVELS",
    "BadTest",
    "Effect",
    "Fact",
    "Term",
    "Test",
    "bits",
    "effect_of",
    "names_of",
    "parse_test",
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
    ABOVE_LEVEL = "above_level"  # rose above a level; only in an indicator that stands for each level


BITS: Mapping[Fact, int] = {fact: 1 << place for place, fact in enumerate(Fact) if fact is not Fact.ABOVE_LEVEL}

LEVEL_SHIFT = 48
"""A case that rose above the level at position i, 0 at the top, has the bit LEVEL_SHIFT + i."""

MOST_LEVELS = 15
MOST_TERMS = 256


class BadTest(WanggeError):
    """A test over facts that cannot be read. Facts: `field`, `expected`."""

    kind = "bad-indicator"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a move makes of the facts: first some are cleared, then some set.

    Attributes
    ----------
    timed : which of the two to set when the event says whether the step it ended was in time, the other being cleared.
    state : the move has its effect only where the case is in this state after it.
    """

    sets: tuple[Fact, ...] = ()
    clears: tuple[Fact, ...] = ()
    timed: tuple[Fact, Fact] | None = None
    state: str | None = None


_CLOSING = (Fact.CLOSED, Fact.CLOSED_IN_TIME, Fact.CLOSED_LATE, Fact.CONFIRMED)
_VERIFYING = (Fact.VERIFIED, Fact.VERIFIED_IN_TIME, Fact.VERIFIED_LATE)
_HANDLING = (Fact.HANDLED, Fact.HANDLED_IN_TIME, Fact.HANDLED_LATE)

EFFECTS: Mapping[str, Effect] = {
    "register": Effect((Fact.REGISTERED,), (Fact.REFUSED,), (Fact.REGISTERED_IN_TIME, Fact.REGISTERED_LATE)),
    "refuse": Effect((Fact.REFUSED,)),
    "merge": Effect((Fact.MERGED,)),
    "dispatch": Effect((Fact.DISPATCHED,), (), (Fact.DISPATCHED_IN_TIME, Fact.DISPATCHED_LATE)),
    "accept": Effect((Fact.ACCEPTED,)),
    "return": Effect((Fact.RETURNED,), (Fact.ACCEPTED,)),
    "start": Effect(),
    "report-back": Effect((Fact.HANDLED,), (), (Fact.HANDLED_IN_TIME, Fact.HANDLED_LATE), state="reported"),
    "verify": Effect((Fact.VERIFIED,), (), (Fact.VERIFIED_IN_TIME, Fact.VERIFIED_LATE)),
    "reject": Effect((Fact.REWORKED, Fact.REJECTED), (*_HANDLING, *_VERIFYING)),
    "close": Effect((Fact.CLOSED,), (), (Fact.CLOSED_IN_TIME, Fact.CLOSED_LATE)),
    "confirm": Effect((Fact.CONFIRMED,)),
    "reopen": Effect((Fact.REWORKED, Fact.REOPENED), (*_HANDLING, *_VERIFYING, *_CLOSING)),
    "transfer": Effect((Fact.TRANSFERRED,)),
    "grant-extension": Effect((Fact.EXTENDED,)),
    "park": Effect((Fact.PARKED,)),
    "resume": Effect((), (Fact.PARKED,)),
    "urge": Effect((Fact.URGED,)),
    "void": Effect((Fact.VOIDED,)),
    "withdraw": Effect((Fact.WITHDRAWN,)),
    "split": Effect((Fact.SPLIT,)),
    "relocate": Effect(),
    "escalate": Effect((Fact.ESCALATED,)),
    "answer": Effect((Fact.ANSWERED,)),
    "rate": Effect((Fact.RATED,), (Fact.SATISFIED,)),
}
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


def effect_of(
    facts: int, move: str, state: str, *, in_time: bool | None = None, satisfied: bool = False, above: int = 0
) -> int:
    """The facts after a move.

    Parameters
    ----------
    in_time : whether the step that the move ended was ended within its limit; None where it had none.
    above : bits of the levels that an escalation rose above.
    """
    known = _MASKS.get(move)
    if known is None or known.state not in (None, state):
        return facts
    facts = facts & ~known.clears | known.sets
    if known.timed and in_time is not None:
        facts |= known.timed[0 if in_time else 1]
    if move == "rate" and satisfied:
        facts |= BITS[Fact.SATISFIED]
    return facts | above if move == "escalate" else facts


class _Masks(NamedTuple):
    """An effect as bits; what a timed move may set is cleared first."""

    sets: int
    clears: int
    timed: tuple[int, int] | None
    state: str | None


_MASKS = {
    move: _Masks(
        bits(*effect.sets),
        bits(*effect.clears, *(effect.timed or ())),
        (BITS[effect.timed[0]], BITS[effect.timed[1]]) if effect.timed else None,
        effect.state,
    )
    for move, effect in EFFECTS.items()
}


class Term(NamedTuple):
    """Holds for facts f where f & care == want."""

    care: int
    want: int


@dataclass(frozen=True, slots=True)
class Test:
    """Holds where any of its terms does: none of them is never, Term(0, 0) is always."""

    __test__ = False  # not one of pytest's

    terms: frozenset[Term]

    def holds(self, facts: int) -> bool:
        """Whether the test holds for facts."""
        return any(facts & care == want for care, want in self.terms)

    def __and__(self, other: "Test") -> "Test":
        return _simplest(
            Term(a.care | b.care, a.want | b.want)
            for a, b in product(self.terms, other.terms)
            if (a.want ^ b.want) & a.care & b.care == 0
        )

    def __or__(self, other: "Test") -> "Test":
        return _simplest(self.terms | other.terms)

    def __invert__(self) -> "Test":
        found = ALWAYS
        for care, want in self.terms:
            places = [1 << at for at in range(care.bit_length()) if care >> at & 1]
            found &= Test(frozenset(Term(bit, bit & ~want) for bit in places))
        return found


NEVER = Test(frozenset())
ALWAYS = Test(frozenset({Term(0, 0)}))


def _simplest(terms: Any) -> Test:
    """Without the terms that another one covers."""
    found = frozenset(terms)
    if len(found) > MOST_TERMS:
        raise BadTest(field="", expected=f"fewer alternatives than {MOST_TERMS}")
    covered = {a for a in found for b in found if a != b and b.care & ~a.care == 0 and a.want & b.care == b.want}
    return Test(found - covered)


def parse_test(given: Any, field: str, level: int | None = None) -> Test:
    """The test that a TOML or JSON value writes: a fact, or a table of `all_of`, `any_of`, `none_of`, which may nest.

    Parameters
    ----------
    field : where the value stands, for the error.
    level : position of the level that `above_level` is about; None where it may not be used.

    Raises
    ------
    BadTest : with the field and what was expected there.
    """
    if isinstance(given, str):
        return _fact(given, field, level)
    if not isinstance(given, Mapping) or not given:
        raise BadTest(field=field, expected="a fact, or a table of all_of, any_of, none_of")
    found = ALWAYS
    for name, entries in given.items():
        if name not in ("all_of", "any_of", "none_of"):
            raise BadTest(field=f"{field}.{name}", expected="all_of, any_of or none_of")
        if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
            raise BadTest(field=f"{field}.{name}", expected="a list of facts")
        tests = [parse_test(entry, f"{field}.{name}", level) for entry in entries]
        found &= _combined(str(name), tests)
    return found


def _combined(name: str, tests: Sequence[Test]) -> Test:
    found = ALWAYS if name == "all_of" else NEVER
    for test in tests:
        found = found & test if name == "all_of" else found | test
    return ~found if name == "none_of" else found


def _fact(name: str, field: str, level: int | None) -> Test:
    if name == Fact.ABOVE_LEVEL:
        if level is None:
            raise BadTest(field=field, expected="above_level only with each_level = true")
        bit = 1 << LEVEL_SHIFT + level
    elif name in BITS:
        bit = BITS[Fact(name)]
    else:
        raise BadTest(field=field, expected=f"one of {', '.join(Fact)}")
    return Test(frozenset({Term(bit, bit)}))
