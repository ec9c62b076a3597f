"""What is told of what happened: to whoever reported the case, and to those who have it. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from wangge.reports.case.table import MOVES

__all__ = ["TO_BROWSER", "TO_REPORTER", "TO_STAFF", "Kind"]


class Kind(StrEnum):
    """One kind of news; its words are `notice-…` in the messages."""

    RECEIVED = "received"
    REGISTERED = "registered"
    ANSWERED = "answered"
    PARKED = "parked"
    CLOSED = "closed"
    REFUSED = "refused"
    MERGED = "merged"
    VOIDED = "voided"
    REOPENED = "reopened"
    DUE = "due"
    OVERDUE = "overdue"
    RETURNED = "returned"
    RAISED = "raised"
    FOUND = "found"
    GIVEN = "given"


TO_REPORTER: Mapping[str, Kind] = MappingProxyType(
    {
        "receive": Kind.RECEIVED,
        "register": Kind.REGISTERED,
        "answer": Kind.ANSWERED,
        "park": Kind.PARKED,
        "close": Kind.CLOSED,
        "refuse": Kind.REFUSED,
        "merge": Kind.MERGED,
        "void": Kind.VOIDED,
        "reopen": Kind.REOPENED,
    }
)
"""By move. What reporters do themselves they are not told of, but that a case was reopened."""

TO_STAFF: Mapping[str, Kind] = MappingProxyType(
    {
        "warn": Kind.DUE,
        "expire": Kind.OVERDUE,
        "escalate": Kind.RAISED,
        "find": Kind.FOUND,
        **{name: Kind.RETURNED for name, move in MOVES.items() if move.returned},
    }
)
"""By move: what waits for somebody now."""

TO_BROWSER: Mapping[str, Kind] = MappingProxyType({**TO_STAFF, "assign": Kind.GIVEN, "dispatch": Kind.GIVEN})
"""By move: what staff are told on a telephone that they carry, where a new case is news."""
