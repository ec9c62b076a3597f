"""What a bulletin says, in one language: every text and number ready to be set, as plain lists and tables."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from importlib.metadata import version
from itertools import accumulate
from typing import Any
from unicodedata import east_asian_width

from wangge.data.languages import Language, spoken
from wangge.data.messages import text, word, words
from wangge.patterns.findings.emerged import leading
from wangge.patterns.findings.emerged import sentence as emerged_sentence
from wangge.patterns.findings.telling import sentence
from wangge.reports.figures.counting import Figure
from wangge.reports.figures.indicators import Indicator
from wangge.tilesets.bulletin.gathering import Gathered, Told
from wangge.tilesets.bulletin.mapping import Map, draw_map
from wangge.tilesets.bulletin.months import Month
from wangge.tilesets.bulletin.ranking import ranked, shown_rates

__all__ = ["content_of"]

NOTHING = "—"
SIGNS = {"percent": "%", "per_thousand": "‰", "cases": ""}
MOST_FIGURES, MOST_SOLVED, MOST_CELLS, MOST_FINDINGS, MOST_EMERGED, MOST_NAMES = 24, 8, 20, 8, 4, 12
"""Rows of a table, sentences, and names on a map: four pages hold no more."""
WIDEST, NARROW = 52, 20
"""Width of a name in a table and of one among many columns, where Chinese characters count twice; the rest is cut."""


def content_of(given: Gathered, language: Language) -> dict[str, Any]:
    """What the template sets (docs/bulletin.md); draws the map too, which takes a moment for thousands of cells."""
    drawing = given.drawing
    territory = spoken(drawing.name, language, drawing.territory)
    return {
        "lang": language,
        "title": _cut(_word(language, "title", territory=territory)),
        "month": _month(given.month, language),
        "printed": given.printed.astimezone(given.month.zone).strftime("%Y-%m-%d"),
        "synthetic": word("sheet", "synthetic", language) if drawing.synthetic else None,
        "part": None if given.whole else _word(language, "part"),
        "lead": _lead(given, language),
        "figures": _figures(given, language, solved=False),
        "solved": _figures(given, language, solved=True),
        "map": _map(given, language),
        "ranking": _ranking(given, language),
        "findings": _findings(given, language),
        "integrity": _integrity(given, language),
        "method": {"title": _word(language, "method"), "lines": _method(given, language)},
        "page": word("bulletin", "page", language),
    }


def _word(language: Language, name: str, /, **facts: Any) -> str:
    return word("bulletin", name, language, **facts)


def _month(month: Month, language: Language) -> str:
    name = words("findings", "months", language)[month.month - 1]
    return _word(language, "month", year=month.year, month=name)


def _lead(given: Gathered, language: Language) -> str:
    before, year_before = (
        NOTHING if told is None else _count(told.received, language) for told in (given.before, given.year_before)
    )
    facts = {"month": _month(given.month, language), "received": _count(given.this.received, language)}
    return _word(language, "lead", **facts, before=before, year_before=year_before)


def _count(number: int, language: Language) -> str:
    return _word(language, "count", n=f"{number:,}")


def _figures(given: Gathered, language: Language, *, solved: bool) -> dict[str, Any]:
    """The table of indicators: those of a level, which say where matters were solved, or the others."""
    places = [at for at, one in enumerate(given.indicators) if (one.level is not None) == solved]
    rows = [
        [
            _cut(spoken(given.indicators[at].name, language, given.indicators[at].key)),
            _value(given.indicators[at], given.this.figures[at]),
            _cases(given.indicators[at], given.this.figures[at]),
            *(_past(given.indicators[at], told, at) for told in (given.before, given.year_before)),
        ]
        for at in places[: MOST_SOLVED if solved else MOST_FIGURES]
    ]
    return {
        "title": _word(language, "solved" if solved else "figures"),
        "heads": words("bulletin", "figures-heads", language),
        "rows": rows,
        "more": _more(len(places) - len(rows), language),
    }


def _past(one: Indicator, told: Told | None, at: int) -> str:
    return NOTHING if told is None else _value(one, told.figures[at])


def _value(one: Indicator, figure: Figure) -> str:
    if figure.value is None:
        return NOTHING
    return f"{figure.value:,}" if one.numerator is None else f"{figure.value:.2f}{SIGNS[one.unit]}"


def _cases(one: Indicator, figure: Figure) -> str:
    return "" if one.numerator is None else f"{figure.numerator:,}/{figure.denominator:,}"


def _more(left: int, language: Language) -> str | None:
    return _word(language, "more", n=left) if left > 0 else None


def _cut(name: str, most: int = WIDEST) -> str:
    widths = accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in name)
    fits = sum(width <= most for width in widths)
    return name if fits == len(name) else name[: max(fits - 1, 1)] + "…"


def _map(given: Gathered, language: Language) -> dict[str, Any]:
    base = given.grid.levels[-1].key
    counts = {code: n for (level, code), n in given.reports.items() if level == base}
    drawn = draw_map(given.grid, counts, given.outlines)
    legend = word("sheet", "legend", language, level=spoken(given.grid.levels[-1].name, language))
    rows = [{"colour": colour, "span": span, "cells": _word(language, "cells", n=n)} for colour, span, n in drawn.rows]
    if drawn.unseen:
        rows.append({"colour": drawn.unseen_colour, "span": _word(language, "unseen"), "cells": f"{drawn.unseen:,}"})
    placed = sum(counts.get(leaf.code, 0) for leaf in given.grid.leaves)
    elsewhere = given.this.received - placed
    return {
        "title": _word(language, "map"),
        "svg": drawn.svg,
        "aspect": drawn.height / drawn.width,
        "alt": _alt(drawn, legend, language),
        "labels": [{"text": _cut(one.text, NARROW), "x": one.x, "y": one.y} for one in drawn.labels[:MOST_NAMES]]
        if len(drawn.labels) <= MOST_NAMES
        else [],
        "legend": {"title": legend, "rows": rows},
        "note": _word(language, "unplaced", n=f"{elsewhere:,}") if elsewhere else None,
    }


def _alt(drawn: Map, legend: str, language: Language) -> str:
    """What the map shows, for those who cannot see it."""
    classes = (_word(language, "class", span=span, cells=cells) for _, span, cells in drawn.rows)
    return _word(language, "map-alt", legend=legend, classes=", ".join(classes))


def _ranking(given: Gathered, language: Language) -> dict[str, Any]:
    level = spoken(given.grid.levels[0].name, language)
    rates = shown_rates(given.indicators)
    rows = []
    for rank, line in ranked(given.top, given.indicators):
        figures = (_rate(given.indicators[at], line.figures[at]) for at in rates)
        cell = line.about[0]
        received = given.reports[cell["level"], cell["code"]]
        rows.append([NOTHING if rank is None else str(rank), _cut(cell["name"], NARROW), f"{received:,}", *figures])
    heads = [head.replace("{level}", level) for head in words("bulletin", "ranking-heads", language)]
    names = [spoken(given.indicators[at].name, language, given.indicators[at].key) for at in rates]
    note = _word(language, "ranking-note", rates=_word(language, "then").join(names))
    return {
        "title": _word(language, "ranking", level=level),
        "heads": heads + [_cut(name, NARROW) for name in names],
        "rows": rows[:MOST_CELLS],
        "more": _more(len(rows) - MOST_CELLS, language),
        "note": note if rates else None,
    }


def _rate(one: Indicator, figure: Figure) -> str:
    told = _value(one, figure)
    return told if told == NOTHING else f"{told} ({_cases(one, figure)})"


def _findings(given: Gathered, language: Language) -> dict[str, Any]:
    notes = []
    if given.run is None:
        facts = {"territory": given.grid.territory, "day": given.month.last_day}
        notes.append(_word(language, "no-look", **facts))
    else:
        if not given.findings:
            notes.append(word("findings", "none", language, day=given.run["day"]))
        few = sum(one["least"] is None for one in given.run["unseen"])
        if few:
            notes.append(_word(language, "few-data", n=few))
    sentences = [sentence(one, language) for one in given.findings[:MOST_FINDINGS]]
    stood = leading(given.emerging, cold=False) if given.emerging else []
    months = len(given.emerging.months) if given.emerging else 0
    told = [emerged_sentence(one, months, given.categories, language) for one in stood[:MOST_EMERGED]]
    return {
        "title": _word(language, "findings"),
        "sentences": sentences + told,
        "more": _more(len(given.findings) - len(sentences) + len(stood) - len(told), language),
        "notes": notes,
    }


def _integrity(given: Gathered, language: Language) -> dict[str, Any]:
    told = (given.this, given.before, given.year_before)
    return {
        "title": _word(language, "integrity"),
        "heads": words("bulletin", "integrity-heads", language),
        "rows": [
            [text(f"integrity-{check}", {}, language)[0], *_suspects(told, check)] for check in given.this.suspects
        ],
        "note": _word(language, "integrity-note"),
    }


def _suspects(told: Iterable[Told | None], check: Any) -> list[str]:
    return [NOTHING if one is None else f"{one.suspects[check]:,}" for one in told]


def _method(given: Gathered, language: Language) -> Sequence[str]:
    drawing, month = given.drawing, given.month
    facts = {
        "territory": drawing.territory,
        "first": month.first_day,
        "last": month.last_day,
        "next": month.last_day + timedelta(days=1),
        "zone": month.zone.key,
        "edition": drawing.edition,
        "hash": drawing.hash[:12],
        "source": drawing.source,
        "licence": drawing.licence,
        "printed": given.printed.astimezone(month.zone).strftime("%Y-%m-%d %H:%M"),
        "version": version("wangge"),
    }
    names = ("method-time", "method-command", "method-cells", "method-findings", "method-edition", "method-printed")
    return [_word(language, name, **facts) for name in names]
