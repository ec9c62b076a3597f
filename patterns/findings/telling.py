"""Findings as people and programs read them: one plain sentence in each language, records, GeoJSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.data import messages
from wangge.data.languages import LANGUAGES, Language, spoken
from wangge.geo.errors import WanggeError
from wangge.patterns.findings import queries
from wangge.store.engine import AsyncConnection, named_rows

__all__ = [
    "MOST",
    "Case",
    "UnknownFinding",
    "as_answer",
    "as_feature",
    "cases_of",
    "findings_of",
    "last_run",
    "run_as_answer",
    "seen_by",
    "sentence",
    "unseen_sentences",
]

MOST = 500
"""Findings in one answer."""
ROUND_DAYS = 365


class UnknownFinding(WanggeError):
    """A number that no finding has, or none that one may see. Facts: `finding`."""

    kind = "unknown-finding"


@dataclass(frozen=True, slots=True)
class Case:
    """A case that a finding is of."""

    id: int
    received_at: Any
    category: str
    state: str


async def last_run(
    connection: AsyncConnection, territory: str, since: date | None = None, until: date | None = None
) -> dict[str, Any] | None:
    """When was looked last, of the looks at days from `since` to `until`, and what could not have been seen then."""
    asked = {"territory": territory, "since": since, "until": until}
    rows = await named_rows(connection, queries.LAST_RUN, asked)
    return rows[0]._asdict() if rows else None


async def findings_of(
    connection: AsyncConnection,
    scope: Scope,
    *,
    since: date | None = None,
    until: date | None = None,
    id: int | None = None,  # noqa: A002 - the finding's
    shapes: bool = False,
    limit: int | None = MOST,
) -> list[Any]:
    """The findings that touch somebody's cells, the newest first.

    Parameters
    ----------
    since : only those that were still seen then.
    until : only those that were seen by then.
    """
    parameters = {
        "territory": scope.territory,
        "since": since,
        "until": until,
        "id": id,
        "shapes": shapes,
        "seen": seen_by(scope),
        "limit": limit,
    }
    return await named_rows(connection, queries.FINDINGS, parameters)


def seen_by(scope: Scope) -> str | None:
    """The cells of a scope, as a parameter of the statements; None for the whole territory."""
    return None if scope.cells is None else orjson.dumps(sorted(map(list, scope.cells))).decode()


async def cases_of(connection: AsyncConnection, scope: Scope, finding: int, limit: int) -> list[Case]:
    """The cases of a finding that somebody sees, the newest first."""
    seen, values = condition(scope)
    statement = queries.CASES.format(condition=seen)
    rows = await (await connection.execute(statement, values | {"id": finding, "limit": limit})).fetchall()
    return [Case(*row) for row in rows]


def sentence(row: Any, language: Language) -> str:
    """What was found in a sentence or two: what, where, when, how many against how many, how sure, from whom."""
    return messages.word(
        "findings",
        "whole",
        language,
        what=what(row, language),
        sure=sureness(row, language),
        behind=_behind(row, language),
    )


def what(row: Any, language: Language) -> str:
    """What came more often than expected: where, when, how many against how many."""
    word = "alone" if len(row.cells) == 1 else "around"
    place = messages.word("findings", word, language, cell=row.centre_name or row.centre_code, n=len(row.cells) - 1)
    facts = {
        "category": spoken(row.category_name, language, row.category),
        "source": messages.word("findings", "patrols" if row.patrols else "residents", language),
        "place": place,
        "span": _span(row.first_day, row.last_day, language),
        "observed": row.observed,
        "expected": _few(row.expected),
        "by": messages.word("findings", f"by-{row.against}", language),
    }
    return messages.word("findings", row.kind, language, **facts)


def _span(first: date, last: date, language: Language) -> str:
    word = "day" if first == last else "days"
    return messages.word("findings", word, language, first=_day(first, language), last=_day(last, language))


def _day(day: date, language: Language) -> str:
    month = messages.words("findings", "months", language)[day.month - 1]
    return messages.word("findings", "date", language, day=day.day, month=month, year=day.year)


def _few(number: float) -> str:
    return f"{number:.1f}" if number < 20 else f"{number:.0f}"


def sureness(row: Any, language: Language) -> str:
    """How often chance alone would show as much in the city; or which share of such places is there by it."""
    if row.kind == "where":
        return messages.word("findings", "false-discovery", language, percent=_percent(row.p))
    days = 1 / (row.p * max(row.tests, 1))
    if days >= 2 * ROUND_DAYS:
        return messages.word("findings", "chance-years", language, n=f"{days / ROUND_DAYS:.0f}")
    return messages.word("findings", "chance-days", language, n=f"{days:.0f}")


def _percent(p: float) -> str:
    return f"{100 * p:.1f}" if p >= 0.001 else "0.1"


def _behind(row: Any, language: Language) -> str:
    word = "behind-gap" if row.gap_s is not None else "behind"
    gap = (row.gap_s or 0) / 60
    shown = messages.word(
        "findings", "minutes" if gap < 120 else "hours", language, n=f"{gap if gap < 120 else gap / 60:.0f}"
    )
    return messages.word(
        "findings", word, language, reports=row.reports, sessions=row.observed, reporters=row.reporters,
        unknown=row.unknown, gap=shown,
    )  # fmt: skip


def as_answer(row: Any) -> dict[str, Any]:
    """A finding as a record, its sentence in every language."""
    return {
        "id": row.id,
        "kind": row.kind,
        "source": "patrols" if row.patrols else "residents",
        "category": row.category,
        "sentence": {language: sentence(row, language) for language in LANGUAGES},
        "what": {language: what(row, language) for language in LANGUAGES},
        "sure": {language: sureness(row, language) for language in LANGUAGES},
        "first_day": row.first_day,
        "last_day": row.last_day,
        "found_on": row.found_on,
        "seen_on": row.seen_on,
        "centre": {"code": row.centre_code, "name": row.centre_name},
        "cells": row.codes,
        "observed": row.observed,
        "expected": round(row.expected, 3),
        "against": row.against,
        "p": row.p,
        "recurrence_days": round(1 / (row.p * max(row.tests, 1)), 1) if row.kind == "lately" else None,
        "reports": row.reports,
        "reporters": row.reporters,
        "unknown_reporters": row.unknown,
        "median_gap_s": row.gap_s,
        "method": "space-time permutation scan" if row.kind == "lately" else f"exact neighbourhood, {row.against}",
    }


def as_feature(row: Any) -> dict[str, Any]:
    """The same as a feature of GeoJSON; a sentence a language, as GIS wants it flat."""
    properties = as_answer(row)
    told, _, _ = (properties.pop(name) for name in ("sentence", "what", "sure"))
    properties |= {f"sentence_{language}": text for language, text in told.items()}
    properties["cells"] = ",".join(row.codes)
    properties["centre"] = row.centre_code
    geometry = orjson.loads(row.geometry) if row.geometry else None
    return {"type": "Feature", "id": row.id, "geometry": geometry, "properties": properties}


def run_as_answer(run: dict[str, Any], names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A look as a record: of each category what it would have seen, in figures and in a sentence a language.

    Parameters
    ----------
    names : of the categories, by code and language.
    """
    told = [unseen_sentences(run["unseen"], names, language) for language in LANGUAGES]
    sentences = [dict(zip(LANGUAGES, one, strict=True)) for one in zip(*told, strict=True)]
    unseen = [one | {"sentence": words} for one, words in zip(run["unseen"], sentences, strict=True)]
    return run | {"unseen": unseen}


def unseen_sentences(
    unseen: Sequence[dict[str, Any]], names: Mapping[str, Mapping[str, str]], language: Language
) -> list[str]:
    """What could not have been seen, a sentence a category."""
    told = []
    for one in unseen:
        facts = {
            "category": spoken(names.get(one["category"]) or {}, language, one["category"]),
            "source": messages.word("findings", "patrols" if one["patrols"] else "residents", language),
            "sessions": one["sessions"],
            "expected": _few(one["expected"]),
            "least": one["least"],
        }
        told.append(messages.word("findings", "too-few" if one["least"] is None else "would-see", language, **facts))
    return told
