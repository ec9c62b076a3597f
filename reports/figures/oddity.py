"""How odd closings are, each for reasons that can be said in words. About cases, never about persons. Pure."""

import tomllib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import islice, pairwise
from math import cos, hypot, radians
from typing import Any, NamedTuple

from wangge.data import DATA

__all__ = ["ODDITIES", "Closing", "Odd", "Picture", "Reason", "Said", "limits", "odd_closings"]

ODDITIES = DATA / "oddities.toml"
METRES_A_DEGREE = 111_320
BANDS, BAND_BITS = 4, 16
PLAIN = range(8, 57)
"""Bits that are set in the likeness of a picture that shows something; a plain wall looks like any other."""


class Reason(StrEnum):
    """Why a closing is odd."""

    CLOSED_IN_BULK = "closed-in-bulk"  # by one person, at the deadline
    NO_PHOTO = "no-photo"  # nor any other evidence
    SAME_PHOTO = "same-photo"  # as of another case, or as before
    PHOTO_ELSEWHERE = "photo-elsewhere"
    PHOTO_BEFORE = "photo-before"  # the report
    TOO_SOON = "too-soon"
    TWO_PLACES = "two-places"  # at which one person was too shortly after each other
    TEXT_REPEATED = "text-repeated"


class Picture(NamedTuple):
    """A photo of a case: `after` it was given to somebody, or with the report. Likeness: 64 bits, signed."""

    after: bool
    likeness: int
    digest: bytes
    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed case with what its closing is judged by; who did it serves to compare, and is not told.

    Attributes
    ----------
    begun : when it was last given to somebody; None where it was found and seen to at once.
    done_at, doer, note : the last report back.
    evidence : other than photos.
    """

    id: int
    received_at: datetime
    lon: float
    lat: float
    accuracy_m: float
    closed_at: datetime
    closer: str
    due_at: datetime | None
    begun: datetime | None
    done_at: datetime | None
    doer: str
    note: str
    evidence: bool
    pictures: tuple[Picture, ...] = ()


class Said(NamedTuple):
    """A reason with the facts that its words name, and the points that it is worth."""

    reason: Reason
    facts: Mapping[str, Any]
    points: float


class Odd(NamedTuple):
    """A closing with its reasons, the weightiest first."""

    closing: Closing
    score: float
    reasons: tuple[Said, ...]


Found = Iterator[tuple[Closing, dict[str, Any]]]


@cache
def limits() -> Mapping[str, Mapping[str, int]]:
    """Points and thresholds, by reason."""
    return tomllib.loads(ODDITIES.read_text(encoding="utf-8"))


def odd_closings(closings: Sequence[Closing]) -> list[Odd]:
    """The closings for which there is any reason, the oddest first."""
    found: dict[int, list[tuple[Reason, dict[str, Any]]]] = defaultdict(list)
    count: dict[Reason, int] = {}
    for reason, look in LOOKS.items():
        told = {closing.id: facts for closing, facts in look(closings)}
        count[reason] = len(told)
        for id_, facts in told.items():
            found[id_].append((reason, facts))
    worth = {
        reason: limits()[reason]["points"] * (1 - number / len(closings)) for reason, number in count.items() if number
    }
    ranked = []
    for closing in closings:
        if reasons := found.get(closing.id):
            said = sorted((Said(reason, facts, round(worth[reason], 2)) for reason, facts in reasons), key=_weightiest)
            ranked.append(Odd(closing, round(sum(one.points for one in said), 2), tuple(said)))
    return sorted(ranked, key=lambda odd: (-odd.score, odd.closing.id))


def _weightiest(said: Said) -> float:
    return -said.points


def _in_bulk(closings: Sequence[Closing]) -> Found:
    limit = limits()[Reason.CLOSED_IN_BULK]
    before, near = timedelta(minutes=limit["before_due_minutes"]), timedelta(minutes=limit["minutes"])
    by: dict[str, list[Closing]] = defaultdict(list)
    for one in closings:
        if one.due_at is not None and one.due_at - before <= one.closed_at <= one.due_at:
            by[one.closer].append(one)
    for some in by.values():
        times = sorted(one.closed_at for one in some)
        for one in some:
            count = bisect_right(times, one.closed_at + near) - bisect_left(times, one.closed_at - near)
            if count >= limit["least"]:
                yield one, {"count": count}


def _without_photo(closings: Sequence[Closing]) -> Found:
    for one in closings:
        if not one.evidence and not any(picture.after for picture in one.pictures):
            yield one, {}


MOST_LOOKED_AT = 200
"""Photos of one part of the likeness that a photo is held against: where more share it, it is a wall or the night."""


def _same_photo(closings: Sequence[Closing]) -> Found:
    """Photos of what was done that look like one of another case, or like one of the same case before."""
    bits = limits()[Reason.SAME_PHOTO]["bits"]
    bands: dict[tuple[int, int | bytes], list[tuple[Closing, Picture]]] = defaultdict(list)
    for one in closings:
        for picture in one.pictures:
            for band in _bands(picture):
                bands[band].append((one, picture))
    for one in closings:
        for picture in (picture for picture in one.pictures if picture.after):
            alike = (
                other
                for band in _bands(picture)
                for other, older in islice(bands[band], MOST_LOOKED_AT)
                if (other is not one or not older.after) and _alike(picture, older, bits)
            )
            if (other := next(alike, None)) is not None:
                yield one, {"id": other.id, "received_at": other.received_at}
                break


def _bands(picture: Picture) -> list[tuple[int, int | bytes]]:
    """Parts of the likeness, and the file: pictures that differ in fewer bits than there are parts share one."""
    likeness = picture.likeness % (1 << 64)
    if likeness.bit_count() not in PLAIN:
        return []
    parts = [(at, likeness >> at * BAND_BITS & (1 << BAND_BITS) - 1) for at in range(BANDS)]
    return [*parts, (BANDS, picture.digest)]


def _alike(one: Picture, other: Picture, bits: int) -> bool:
    return one.digest == other.digest or ((one.likeness ^ other.likeness) % (1 << 64)).bit_count() <= bits


def _elsewhere(closings: Sequence[Closing]) -> Found:
    least = limits()[Reason.PHOTO_ELSEWHERE]["metres"]
    for one in closings:
        far = [
            _metres(one, picture.lon, picture.lat)
            for picture in one.pictures
            if picture.after and picture.lon is not None and picture.lat is not None
        ]
        if far and min(far) > least + one.accuracy_m:
            yield one, {"metres": round(min(far), -1 if min(far) < 1000 else -2)}


def _before(closings: Sequence[Closing]) -> Found:
    least = timedelta(minutes=limits()[Reason.PHOTO_BEFORE]["minutes"])
    for one in closings:
        early = [
            one.received_at - picture.taken_at
            for picture in one.pictures
            if picture.after and picture.taken_at is not None and picture.taken_at < one.received_at - least
        ]
        if early:
            hours = max(1, round(max(early) / timedelta(hours=1)))
            yield one, {"days": round(hours / 24)} if hours >= 48 else {"hours": hours}


def _too_soon(closings: Sequence[Closing]) -> Found:
    least = timedelta(minutes=limits()[Reason.TOO_SOON]["minutes"])
    for one in closings:
        took = one.done_at - one.begun if one.begun is not None and one.done_at is not None else least
        if timedelta() <= took < least:  # else it was given to somebody once more after it was done
            yield one, {"seconds": round(took.total_seconds())}


def _two_places(closings: Sequence[Closing]) -> Found:
    limit = limits()[Reason.TWO_PLACES]
    by: dict[str, list[tuple[datetime, Closing]]] = defaultdict(list)
    for one in closings:
        if one.done_at is not None:
            by[one.doer].append((one.done_at, one))
    for some in by.values():
        some.sort(key=lambda done: (done[0], done[1].id))
        for (then, last), (at, one) in pairwise(some):
            metres = _metres(one, last.lon, last.lat) - one.accuracy_m - last.accuracy_m
            minutes = (at - then) / timedelta(minutes=1)
            if metres > limit["metres"] and metres > minutes * limit["metres_a_minute"]:
                yield one, {"metres": round(metres, -2), "minutes": round(minutes, 1)}


def _repeated(closings: Sequence[Closing]) -> Found:
    limit = limits()[Reason.TEXT_REPEATED]
    same: dict[str, list[Closing]] = defaultdict(list)
    for one in closings:
        if len(words := "".join(one.note.split())) >= limit["letters"]:
            same[words].append(one)
    for some in same.values():
        if len(some) >= limit["least"]:
            yield from ((one, {"count": len(some)}) for one in some)


def _metres(one: Closing, lon: float, lat: float) -> float:
    east = (lon - one.lon) * cos(radians(one.lat))
    return hypot(east, lat - one.lat) * METRES_A_DEGREE


LOOKS: Mapping[Reason, Callable[[Sequence[Closing]], Found]] = {
    Reason.CLOSED_IN_BULK: _in_bulk,
    Reason.NO_PHOTO: _without_photo,
    Reason.SAME_PHOTO: _same_photo,
    Reason.PHOTO_ELSEWHERE: _elsewhere,
    Reason.PHOTO_BEFORE: _before,
    Reason.TOO_SOON: _too_soon,
    Reason.TWO_PLACES: _two_places,
    Reason.TEXT_REPEATED: _repeated,
}
