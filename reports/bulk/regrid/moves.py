"""What a regrid has come to: how many reports moved, from which cell into which, and which lie outside."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from numpy.typing import NDArray

__all__ = ["Moves", "Stray"]

Column = NDArray[Any]


class Stray(NamedTuple):
    """Reports that no base grid of the edition covers: id, time, place, and the code of the cell they keep."""

    id: Column
    received_at: Column
    lon: Column
    lat: Column
    cell: list[str]


@dataclass(slots=True)
class Moves:
    """The account of one run.

    `reports` stood under another edition, `seen` of them are looked at. `moved` stand under the edition now, or would
    after a rehearsal; `flows` counts these by the code of the base grid they were in and of the one they are in now.
    `left` changed or arrived during the run and wait for another one. `handed_on` open cases went to another desk,
    which answers for their place now. `seconds` says where the time went.
    """

    reports: int = 0
    seen: int = 0
    moved: int = 0
    left: int = 0
    handed_on: int = 0
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    strays: list[Stray] = field(default_factory=list)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def outside(self) -> int:
        """Number of reports that keep their assignment, because they lie outside the edition."""
        return sum(len(stray.id) for stray in self.strays)

    @property
    def renamed(self) -> int:
        """Number of reports whose base grid has another code than before."""
        return sum(count for (old, new), count in self.flows.items() if new != old)
