"""Whether two reports are of the same matter: how likely, and why. Pure.

Each reason multiplies the odds, as Bayes has it. Two reports of one thing lie as far apart as people and their phones
are wrong; two of different things as far as chance has it, where so many such cases are open. In a street where every
second lamp is out, 30 metres say little; where one is, much.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wangge.reports.text.grams import likeness, pairs_of

__all__ = ["AROUND_M", "LIKELY", "NEAR_M", "Double", "Other", "Subject", "doubles"]

NEAR_M = 150.0
"""What lies farther away is not asked about."""
AROUND_M = 500.0
"""So far around is counted how many such cases are open."""
LIKELY = 0.5
"""From here on it is more likely the same matter than another."""
LEAST = 0.02
SUREST = 0.99
"""Nobody has looked yet."""

PRIOR = 0.03
"""Share of reports that double an open one: 2.5 % in Washington."""
SPREAD_M = 15.0
"""How far from a thing people stand and point, beside what their phones say of themselves."""
ROUGH_M = 60.0
ROUGH = 0.15
"""Share of reports whose place is rough: typed, guessed, taken on the way home."""
CROWDING = (6.0, 25.0)
"""Cases of a kind come in crowds: so many times more of them lie right beside one, falling off over so many metres.
Of Washington's requests of 2015: 6 times at 10 m, 3 at 22, 2.4 at 45, 1.5 at 80, none from 150 on."""
DAYS = 7.0
"""How long after the first report others come, on average."""
WINDOW_DAYS = 60.0
"""How long such a case may have been open."""
SAME_ASSET, OTHER_ASSET = 8.0, -4.0
"""Of two that name an asset: the same, or two. A number is mistyped now and then."""
OTHER_KIND = -2.0
"""Of another category of the same group: people call one thing differently."""
WORDS = (-0.5, 12.0, 4.0)
"""Logarithm of the odds: where two texts have nothing in common; what it gains with their likeness; at most."""
PHOTOS = ((4, 6.0), (8, 4.0), (12, 1.5))
"""Of two photos that differ in so few of 64 bits. Different photos say nothing: one thing has many sides."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The report that is asked about."""

    occurred_at: datetime
    description: str = ""
    accuracy_m: float | None = None
    asset: str | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """An open case nearby. `differ` is in how many of 64 bits the likest photos differ; None where one has none."""

    metres: float
    occurred_at: datetime
    same_category: bool = True
    description: str = ""
    accuracy_m: float | None = None
    differ: int | None = None
    asset: str | None = None


@dataclass(frozen=True, slots=True)
class Double:
    """What speaks for one of the others (its place in the list): how likely it is the same, and by what.

    `words` is how much the texts have in common, `photos` whether two look alike, `same_asset` whether both name one
    asset; None where nothing can be compared.
    """

    place: int
    chance: float
    metres: float
    hours: float
    same_category: bool
    words: float | None
    photos: bool | None
    same_asset: bool | None = None


def doubles(subject: Subject, others: Sequence[Other]) -> list[Double]:
    """Those that may be the same matter, the likeliest first; the chances of all and of none come to one.

    Parameters
    ----------
    others : open cases within 500 m, and of the same asset; those within 150 m, or of that, are judged, the rest say
        how usual such cases are here.
    """
    density = (len(others) + 1) / (math.pi * AROUND_M**2)
    pairs = pairs_of(subject.description)
    found = [
        (place, other, likeness(pairs, pairs_of(other.description)))
        for place, other in enumerate(others)
        if other.metres <= NEAR_M or _same_asset(subject, other)
    ]
    odds = [PRIOR / (1 - PRIOR) * math.exp(_weight(subject, other, words, density)) for _, other, words in found]
    total = 1 + sum(odds)
    judged = [
        Double(
            place,
            min(round(odd / total, 3), SUREST),
            other.metres,
            round(abs((subject.occurred_at - other.occurred_at).total_seconds()) / 3600, 1),
            other.same_category,
            None if words is None else round(words, 2),
            None if other.differ is None else other.differ <= PHOTOS[-1][0],
            _same_asset(subject, other),
        )
        for (place, other, words), odd in zip(found, odds, strict=True)
    ]
    return sorted((one for one in judged if one.chance >= LEAST), key=lambda one: (-one.chance, one.metres))


def _weight(subject: Subject, other: Other, words: float | None, density: float) -> float:
    """How much more likely all this is of the same matter, as a logarithm."""
    spread = SPREAD_M**2 + ((subject.accuracy_m or 0) ** 2 + (other.accuracy_m or 0) ** 2) / 4
    here = (1 - ROUGH) * _bell(other.metres, spread) + ROUGH * _bell(other.metres, spread + ROUGH_M**2)
    days = abs((subject.occurred_at - other.occurred_at).total_seconds()) / 86400
    more, metres = CROWDING
    weight = math.log(here / (density * (1 + more * math.exp(-other.metres / metres))) + 1e-12)
    weight += math.log(WINDOW_DAYS / DAYS) - days / DAYS
    if not other.same_category:
        weight += OTHER_KIND
    if words is not None:
        none, gain, most = WORDS
        weight += min(none + gain * words, most)
    if (same := _same_asset(subject, other)) is not None:
        weight += SAME_ASSET if same else OTHER_ASSET
    if other.differ is not None:
        weight += next((gain for bits, gain in PHOTOS if other.differ <= bits), 0.0)
    return weight


def _same_asset(subject: Subject, other: Other) -> bool | None:
    """Whether both name the same asset; None where one names none."""
    return subject.asset == other.asset if subject.asset and other.asset else None


def _bell(metres: float, spread: float) -> float:
    """Density of a place so far away, of a normal law of two dimensions; `spread` is the variance of each."""
    return math.exp(-(metres**2) / (2 * spread)) / (2 * math.pi * spread)
