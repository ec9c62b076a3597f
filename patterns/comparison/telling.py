"""A comparison as people and programs read it: a sentence for each cell, and a record."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wangge.data.languages import Language
from wangge.data.messages import word
from wangge.patterns.comparison.asked import Against

if TYPE_CHECKING:
    from wangge.patterns.comparison.comparing import Compared, Comparison

__all__ = ["as_answer", "sentence"]

DIFFERS = {1: "more", -1: "fewer", 0: None}


def as_answer(found: "Comparison") -> dict[str, Any]:
    """A comparison as a record."""
    return {
        "level": found.asked.level,
        "against": found.asked.against,
        "share": found.share,
        "source": found.source,
        "whole": {name: value for name, value in _record(found.whole).items() if name not in ("code", "name")},
        "cells": [_record(cell) for cell in found.cells],
    }


def _record(one: "Compared") -> dict[str, Any]:
    return asdict(one) | {"differs": DIFFERS[one.differs]}


def sentence(one: "Compared", against: Against, language: Language) -> str:
    """What is said of one cell: how many and how many before, the ratio of the rates with its interval, how sure."""
    facts = {"cell": one.name or word("comparison", "whole", language), "before": one.before, "after": one.after}
    if one.low is None:
        return word("comparison", f"counts-{against}", language, **facts)
    facts["low"] = f"{one.low:.2f}"
    facts["ratio"] = word("comparison", "endless", language) if one.ratio is None else f"{one.ratio:.2f}"
    facts["high"] = word("comparison", "endless", language) if one.high is None else f"{one.high:.2f}"
    sure = DIFFERS[one.differs] or ("too-few" if one.q is None else "chance")
    facts["sure"] = word("comparison", sure, language, percent=_percent(one.q))
    return word("comparison", f"ratio-{against}", language, **facts)


def _percent(q: float | None) -> str:
    return "" if q is None else f"{100 * q:.1f}" if q >= 0.001 else "0.1"
