"""Values of cells rolled up the hierarchy, each by its attribute's rule. Pure.

A value that is missing is missing, never zero: what is rolled up tells of how many cells it is, and how many there are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from wangge.planning.attributes.declared import Attribute, Rule

__all__ = ["NO", "YES", "Rolled", "Value", "as_answer", "rolled_up"]

Value = float | str
"""A number, or the word of a class."""

YES, NO = "yes", "no"
"""The words of what is yes or no."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """What the values of some cells come to.

    Attributes
    ----------
    value : of a sum, share or mean; None where no cell has one, or none of them a weight.
    counts : of classes, yes and no, by word.
    known, cells : how many cells have a value that counts, of how many.
    """

    value: float | None
    known: int
    cells: int
    counts: Mapping[str, int] = field(default_factory=dict)


def as_answer(value: Value | Rolled | None) -> dict[str, Any] | None:
    """A value in plain values: a cell's own, or what was rolled up; None where nobody said any."""
    if value is None:
        return None
    if isinstance(value, Rolled):
        told = {"known": value.known, "cells": value.cells, "counts": dict(value.counts)}
        return {"value": value.value, "own": False} | told
    return {"value": value, "own": True, "known": 1, "cells": 1, "counts": {}}


def rolled_up(
    attribute: Attribute,
    cells: Iterable[str],
    values: Mapping[str, Value],
    weights: Mapping[str, Value] | None = None,
) -> Rolled:
    """The value of a cell above out of those of its cells.

    Parameters
    ----------
    cells : codes of those that lie in it.
    values : by code; who has none is missing.
    weights : values of the weighing attribute by code. Without them every cell of a share or mean weighs the same; with
        them, a cell without a weight does not count.
    """
    codes = list(cells)
    there = [(code, values[code]) for code in codes if code in values]
    if attribute.rule in (Rule.CLASS, Rule.YES_NO):
        return Rolled(None, len(there), len(codes), dict(Counter(str(value) for _, value in there)))
    numbers = [(code, float(value)) for code, value in there]
    if attribute.rule is Rule.SUM:
        return Rolled(_sum([value for _, value in numbers]), len(numbers), len(codes))
    if weights is not None:
        numbers = [(code, value) for code, value in numbers if code in weights]
    by = [1.0 if weights is None else float(weights[code]) for code, _ in numbers]
    whole = _sum(by)
    parts = _sum([value * weight for (_, value), weight in zip(numbers, by, strict=True)])
    return Rolled(parts / whole if parts is not None and whole else None, len(numbers), len(codes))


def _sum(numbers: Sequence[float]) -> float | None:
    """The exact sum, rounded once; None of nothing."""
    return fsum(numbers) if numbers else None
