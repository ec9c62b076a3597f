"""Households by base grid and area, as they were counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Kept", "Lived"]


@dataclass(frozen=True, slots=True)
class Lived:
    """Households of a cell: in all, in each area that any of them lie in, and in none."""

    whole: float
    parts: Mapping[str, float]
    none: float


@dataclass(frozen=True, slots=True)
class Kept:
    """Households that were counted by the cells of an edition of a grid, by its id, and not the layer they are from."""

    edition: int
    total: float
    lived: Mapping[str, Lived]

    @property
    def inside(self) -> float:
        """Those that live in any of the cells."""
        return sum(one.whole for one in self.lived.values())

    def as_json(self) -> dict[str, Any]:
        """What `parse` reads."""
        cells = {code: [one.whole, one.none, dict(one.parts)] for code, one in self.lived.items()}
        return {"edition": self.edition, "total": self.total, "cells": cells}

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> "Kept":
        """What `as_json` made."""
        lived = {code: Lived(whole, parts, none) for code, (whole, none, parts) in told["cells"].items()}
        return cls(told["edition"], told["total"], lived)
