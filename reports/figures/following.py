"""What the events of a case come to: its facts after each of them, as intervals of time. Pure.

The database keeps the same by a trigger (see keeping); this is how it is proven, and how many are made at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from wangge.reports.case.facts import BITS, Fact, facts_after
from wangge.reports.policy.policy import Step

__all__ = ["SINCE_DISPATCH", "UNDISPATCHED", "Happening", "Kept", "Version", "follow", "versions"]

UNDISPATCHED = (Step.REGISTER, Step.DISPATCH)
SINCE_DISPATCH = tuple(step for step in Step if step not in UNDISPATCHED)


class Happening(NamedTuple):
    """An event of a case, as far as figures go."""

    move: str
    state: str
    at: datetime
    facts: Mapping[str, Any] = {}


class Kept(NamedTuple):
    """What is kept of a case.

    Attributes
    ----------
    facts : bits, those of time aside.
    due_at : limit of handling, of the last dispatch.
    close_due_at : the last limit that it was under since that dispatch.
    organisations : ids of those that it was ever given to.
    """

    facts: int = BITS[Fact.RECEIVED]
    due_at: datetime | None = None
    close_due_at: datetime | None = None
    organisations: tuple[int, ...] = ()


class Version(NamedTuple):
    """What held of a case from `since` until `until`, None for what holds still."""

    since: datetime
    until: datetime | None
    kept: Kept


def follow(kept: Kept, event: Happening, levels: Sequence[str]) -> Kept:
    """What is kept of a case after an event.

    Parameters
    ----------
    levels : keys of the territory's levels, from the top.
    """
    facts = facts_after(kept.facts, event.move, event.state, event.facts, levels)
    due_at, close_due_at = _limits(kept, event.facts)
    organisations = kept.organisations
    if "parties" in event.facts:
        parties = event.facts["parties"] or ()
        bodies = {party["organisation"] for party in parties if party.get("organisation") is not None}
        organisations = tuple(sorted(bodies.union(organisations)))
    return Kept(facts, due_at, close_due_at, organisations)


def versions(
    received_at: datetime, events: Iterable[Happening], levels: Sequence[str], counted: frozenset[str]
) -> list[Version]:
    """What held of a case over time, from its events in their order; an instant in which nothing held is left out.

    Parameters
    ----------
    counted : the moves that say something; the others are passed over.
    """
    since, kept = received_at, Kept()
    found = []
    for event in events:
        if event.move not in counted:
            continue
        after = follow(kept, event, levels)
        if after == kept:
            continue
        if event.at > since:
            found.append(Version(since, event.at, kept))
            since = event.at
        kept = after
    return [*found, Version(since, None, kept)]


def _limits(kept: Kept, facts: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """`due_at` and `close_due_at` after an event."""
    step, due = facts.get("step"), facts.get("due_at")
    if step in UNDISPATCHED:
        return None, None
    if step not in SINCE_DISPATCH or due is None:
        return kept.due_at, kept.close_due_at
    at = datetime.fromisoformat(due)
    return at if step == Step.HANDLE else kept.due_at, at
