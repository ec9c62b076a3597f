"""Which cells of the top level come first. Pure."""

import math
from collections.abc import Sequence

from wangge.reports.figures.indicators import Indicator
from wangge.reports.figures.tabling import Line

__all__ = ["ranked", "shown_rates"]

RANKED_BY = "on-time-handling"
SHOWN = (RANKED_BY, "on-time-closure", "response", "satisfaction")
"""Rates that a ranking shows, where the territory has them; else its first ones."""


def shown_rates(indicators: Sequence[Indicator]) -> list[int]:
    """Positions of the rates that a ranking shows."""
    places = {one.key: at for at, one in enumerate(indicators) if one.numerator is not None and one.level is None}
    known = [places[key] for key in SHOWN if key in places]
    return (known + [at for at in places.values() if at not in known])[: len(SHOWN)]


def ranked(lines: Sequence[Line], indicators: Sequence[Indicator]) -> list[tuple[int | None, Line]]:
    """Lines with their ranks by the shown rates, the first of them first; the best line first.

    Lines that are equal in all of them share a rank; what has nothing to judge by the first comes last, without one.
    """
    rates = shown_rates(indicators)
    judged = [line for line in lines if rates and line.figures[rates[0]].value is not None]
    keys = {id(line): tuple(_worth(indicators[at], line.figures[at].value) for at in rates) for line in judged}
    judged.sort(key=lambda line: keys[id(line)])
    order = [keys[id(line)] for line in judged]
    found: list[tuple[int | None, Line]] = [(order.index(keys[id(line)]) + 1, line) for line in judged]
    return found + [(None, line) for line in lines if id(line) not in keys]


def _worth(one: Indicator, value: float | None) -> float:
    """What sorts the best first, and what cannot be judged last."""
    if value is None:
        return math.inf
    return -value if one.better == "higher" else value
