"""Tests over the facts of a case, as territories write them for their indicators. Pure.

A test ("closed, and neither reworked nor late") is a set of terms; a term holds where the bits that it cares about are
as it wants them. So a test is the same arithmetic in Python, in numpy and in SQL, and an indicator needs no code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from wangge.geo.errors import WanggeError
from wangge.reports.case.facts import BITS, LEVEL_SHIFT, Fact

__all__ = ["ALWAYS", "NEVER", "BadTest", "Term", "Test", "parse_test"]

MOST_TERMS = 256


class BadTest(WanggeError):
    """A test over facts that cannot be read. Facts: `field`, `expected`."""

    kind = "bad-indicator"


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
        raise BadTest(field="", expected="fewer-alternatives", most=MOST_TERMS)
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
        raise BadTest(field=field, expected="fact-or-table")
    found = ALWAYS
    for name, entries in given.items():
        if name not in ("all_of", "any_of", "none_of"):
            raise BadTest(field=f"{field}.{name}", expected="all_of, any_of, none_of")
        if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
            raise BadTest(field=f"{field}.{name}", expected="list-of-facts")
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
            raise BadTest(field=field, expected="above-level")
        bit = 1 << LEVEL_SHIFT + level
    elif name in BITS:
        bit = BITS[Fact(name)]
    else:
        raise BadTest(field=field, expected="one-of", known=", ".join(Fact))
    return Test(frozenset({Term(bit, bit)}))
