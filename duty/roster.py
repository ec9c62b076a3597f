"""The roster: officers, their base grids, who is away and who stands in; what of it clashes. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Protocol, TypeVar

from wangge.duty.findings import Finding, unknown
from wangge.duty.routing import Place
from wangge.geo.divisions import code_among
from wangge.geo.files.spelling import Zeros

__all__ = ["ROLES", "Leave", "Officer", "Posting", "clashes", "handed_over", "placed", "taken_off"]

ROLES = ("responsible", "assistant")


@dataclass(frozen=True, slots=True)
class Posting:
    """An officer at a base grid, from a day on and until, not including, another; `record` is where it was read."""

    place: Place
    role: str
    valid_from: date
    valid_to: date | None = None
    record: int = 0

    @property
    def days(self) -> tuple[date, date]:
        """First day, and the first day after."""
        return self.valid_from, self.valid_to or date.max


@dataclass(frozen=True, slots=True)
class Leave:
    """Days away, until the day of return, and the roster number of who stands in."""

    away_from: date
    back_on: date
    substitute: str | None = None
    record: int = 0

    @property
    def days(self) -> tuple[date, date]:
        """First day, and the first day after."""
        return self.away_from, self.back_on


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer's entry in the roster; `number` is the one on it. `version` 0 is not stored yet."""

    number: str
    name: str
    phone: str | None = None
    active: bool = True
    postings: tuple[Posting, ...] = ()
    leave: tuple[Leave, ...] = ()
    record: int = 0
    id: int = 0
    version: int = 0


class _Dated(Protocol):
    @property
    def days(self) -> tuple[date, date]: ...
    @property
    def record(self) -> int: ...


_D = TypeVar("_D", bound=_Dated)


def clashes(changed: Sequence[Officer], stored: Mapping[str, Officer], places: Collection[Place]) -> list[Finding]:
    """What is wrong with entries, each by itself and against the others and the rest of the roster.

    Parameters
    ----------
    changed : entries that are to replace those with their numbers.
    stored : the roster by number.
    places : base grids that somebody may be posted to.
    """
    after = {**stored, **{officer.number: officer for officer in changed}}
    findings: list[Finding] = []
    numbers, codes = Zeros(after), Zeros(code for _, code in places)
    for officer in changed:
        lost = numbers.lost(officer.number) if officer.number not in stored else None
        if lost is not None:
            findings.append(Finding(officer.record, "number", "zero_lost", officer.number, {"other": lost}))
        there = stored.get(officer.number)
        known = {*places, *(posting.place for posting in there.postings)} if there else places
        findings += _places(officer, known, codes)
        findings += _leave(officer, after, numbers)
        findings += _twice(officer)
    findings += _doubly_held(after.values(), {officer.number for officer in changed})
    return findings


def placed(officer: Officer, places: Collection[Place]) -> Officer:
    """An entry whose postings name base grids by the codes that they are known by."""
    postings = []
    for one in officer.postings:
        level, code = one.place
        postings.append(replace(one, place=(level, code_among(code, lambda form, at=level: (at, form) in places))))  # type: ignore[misc]
    return replace(officer, postings=tuple(postings))


def handed_over(changed: Sequence[Officer], stored: Mapping[str, Officer]) -> list[Officer]:
    """The entries, and those of officers whose running responsibility they take over: it ends the day theirs begins."""
    new = {
        posting.place: (posting.valid_from, officer.number)
        for officer in changed
        for posting in officer.postings
        if posting.role == "responsible" and posting.record
    }
    entries = {officer.number: officer for officer in changed}
    for number, officer in {**stored, **entries}.items():
        ended = tuple(_ended(posting, number, new) for posting in officer.postings)
        if ended != officer.postings:
            entries[number] = replace(officer, postings=ended)
    return list(entries.values())


def taken_off(officer: Officer, today: date) -> Officer:
    """An officer's entry once it is off the roster: what runs ends today, what was to come is gone, the past stays."""
    postings = tuple(
        replace(one, valid_to=min(today, one.days[1])) for one in officer.postings if one.valid_from < today
    )
    leave = tuple(one for one in officer.leave if one.away_from < today)
    return replace(officer, active=False, postings=postings, leave=leave)


def _ended(posting: Posting, number: str, new: Mapping[Place, tuple[date, str]]) -> Posting:
    """A responsible posting cut off where another officer takes over."""
    start, successor = new.get(posting.place, (date.max, number))
    running = posting.role == "responsible" and posting.valid_from < start < posting.days[1]
    if successor == number or not running:
        return posting
    return Posting(posting.place, posting.role, posting.valid_from, start, posting.record)


def _places(officer: Officer, known: Collection[Place], codes: Zeros) -> Iterable[Finding]:
    for posting in officer.postings:
        record = posting.record or officer.record
        if posting.place not in known:
            yield unknown(record, "cell", "unknown_cell", posting.place[1], codes, level=f" ({posting.place[0]})")
        if posting.days[1] <= posting.valid_from:
            yield Finding(record, "valid_to", "after", posting.valid_to, {"after": posting.valid_from})


def _leave(officer: Officer, roster: Mapping[str, Officer], numbers: Zeros) -> Iterable[Finding]:
    for leave in officer.leave:
        record = leave.record or officer.record
        if leave.back_on <= leave.away_from:
            yield Finding(record, "back_on", "after", leave.back_on, {"after": leave.away_from})
        if leave.substitute == officer.number:
            yield Finding(record, "substitute", "own_substitute", leave.substitute)
        elif leave.substitute is not None and leave.substitute not in roster:
            yield unknown(record, "substitute", "unknown_officer", leave.substitute, numbers)


def _twice(officer: Officer) -> Iterable[Finding]:
    """Leave, and postings in one base grid, that overlap."""
    for late in _overlapping(officer.leave):
        yield Finding(late.record or officer.record, "away_from", "overlap_leave", late.away_from)
    by_place: dict[Place, list[Posting]] = defaultdict(list)
    for posting in officer.postings:
        by_place[posting.place].append(posting)
    for postings in by_place.values():
        for again in _overlapping(postings):
            yield Finding(again.record or officer.record, "valid_from", "overlap_posting", again.valid_from)


def _doubly_held(roster: Iterable[Officer], changed: Collection[str]) -> Iterable[Finding]:
    """Base grids with two responsible officers at a time, where one of them is among the changed."""
    held: dict[Place, list[tuple[Posting, Officer]]] = defaultdict(list)
    for officer in roster:
        for posting in officer.postings:
            if posting.role == "responsible":
                held[posting.place].append((posting, officer))
    for holders in held.values():
        holders.sort(key=lambda holder: holder[0].days)
        for first, second in pairwise(holders):
            if first[1].number == second[1].number or second[0].valid_from >= first[0].days[1]:
                continue
            told, other = sorted((first, second), key=lambda one: (one[1].number in changed, one[0].record))[::-1]
            if told[1].number in changed:
                record = told[0].record or told[1].record
                facts = {"other": other[1].number}
                yield Finding(record, "cell", "overlap_responsible", told[0].place[1], facts)


def _overlapping(spans: Iterable[_D]) -> list[_D]:
    """Of spans that overlap, the later ones."""
    ordered = sorted(spans, key=lambda span: span.days)
    return [
        max(first, second, key=lambda span: span.record)
        for first, second in pairwise(ordered)
        if second.days[0] < first.days[1]
    ]
