"""Classes of counts with their colours: what a choropleth on paper is drawn and read by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["NONE_COLOUR", "Classes"]

NONE_COLOUR = "#ffffff"
COLOURS = ("#dfeaec", "#b4d3da", "#82b5c4", "#4a8faa", "#1d6485")


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of counts above zero, each up to and including its limit."""

    limits: tuple[int, ...]

    @classmethod
    def of(cls, counts: Sequence[int]) -> "Classes":
        """Classes that hold about the same number of cells each; fewer than five when counts are few."""
        some = [count for count in counts if count]
        if not some:
            return cls(())
        cuts = np.quantile(some, np.linspace(0, 1, len(COLOURS) + 1)[1:], method="higher")
        return cls(tuple(sorted({int(cut) for cut in cuts})))

    def colour(self, count: int) -> str:
        """The colour of a cell with this count."""
        if not count:
            return NONE_COLOUR
        place = next(at for at, limit in enumerate(self.limits) if count <= limit)
        return self._colours()[place]

    def rows(self, counts: Sequence[int]) -> list[tuple[str, str, int]]:
        """For the legend: colour, range of counts, number of cells."""
        held = np.asarray(counts)
        found = [(NONE_COLOUR, "0", int((held == 0).sum()))]
        low = 1
        for colour, limit in zip(self._colours(), self.limits, strict=True):
            span = str(limit) if low == limit else f"{low:,}–{limit:,}"
            found.append((colour, span, int(((held >= low) & (held <= limit)).sum())))
            low = limit + 1
        return found

    def _colours(self) -> tuple[str, ...]:
        return COLOURS[len(COLOURS) - len(self.limits) :]
