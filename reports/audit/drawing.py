"""Draws closed cases by chance, in strata, so that whoever has the list and the seed draws the same. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from wangge.reports.figures.counting import By

__all__ = ["LEAST", "STRATA", "Drawn", "Stratum", "Target", "draw", "strata_of"]

STRATA = (By.CELL, By.CATEGORY, By.ORGANISATION)
"""What closed cases may be put into strata by, in this order."""

LEAST = 2
"""So many are drawn of a stratum at least; where that would be more than its share, it is one with its neighbours."""

Key = tuple[str, ...]


class Target(NamedTuple):
    """A closed case that may be drawn; `cell` is the code of its cell of the level that strata are made by."""

    id: int
    received_at: datetime
    cell: str
    category: str
    organisations: tuple[int, ...]

    def key(self, by: Sequence[By]) -> Key:
        """The stratum that it would be in by itself; of several bodies the first one counts."""
        body = str(self.organisations[0]) if self.organisations else ""
        values = {By.CELL: self.cell, By.CATEGORY: self.category, By.ORGANISATION: body}
        return tuple(values[one] for one in by)


class Drawn(NamedTuple):
    """A case that was drawn, with the stratum that it was drawn of. `place` orders all that were drawn by chance."""

    target: Target
    stratum: int
    place: bytes


@dataclass(frozen=True, slots=True)
class Stratum:
    """Closed cases of which some were drawn."""

    key: Key
    cases: int
    drawn: int


def strata_of(targets: Iterable[Target], by: Sequence[By], size: int) -> Mapping[Key, list[Target]]:
    """Cases by stratum; where fewer than LEAST would be drawn of one, it is put together with its neighbours.

    Neighbours have all in common but the last of what strata are made by, then all but the last two, and so on.
    """
    pools: dict[Key, list[Target]] = defaultdict(list)
    for target in targets:
        pools[target.key(by)].append(target)
    enough = LEAST * sum(map(len, pools.values())) / size
    for length in range(len(by), 0, -1):
        for key in [key for key in pools if len(key) == length and len(pools[key]) < enough]:
            pools[key[:-1]] += pools.pop(key)
    return dict(sorted(pools.items()))


def draw(targets: Iterable[Target], by: Sequence[By], size: int, seed: int) -> tuple[list[Stratum], list[Drawn]]:
    """Draw about `size` cases, of each stratum its share: those with the least SHA-256 of seed and id.

    The same cases and seed give the same draw in whatever order they come, and of fewer cases the others stay drawn.
    """
    pools = strata_of(targets, by, size)
    shares = _shares([len(pool) for pool in pools.values()], size)
    strata, drawn = [], []
    for place, ((key, pool), share) in enumerate(zip(pools.items(), shares, strict=True)):
        chosen = sorted((sha256(f"{seed} {one.id}".encode()).digest(), one) for one in pool)[:share]
        strata.append(Stratum(key, len(pool), len(chosen)))
        drawn += [Drawn(one, place, digest) for digest, one in chosen]
    return strata, sorted(drawn, key=lambda one: one.place)


def _shares(cases: Sequence[int], size: int) -> list[int]:
    """How many are drawn of each stratum: in proportion, by largest remainders, and no fewer than LEAST."""
    everything = sum(cases)
    if everything <= size:
        return list(cases)
    exact = [number * size / everything for number in cases]
    shares = [int(one) for one in exact]
    for at in sorted(range(len(exact)), key=lambda at: shares[at] - exact[at])[: size - sum(shares)]:
        shares[at] += 1
    return [max(share, min(LEAST, number)) for share, number in zip(shares, cases, strict=True)]
