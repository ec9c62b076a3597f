"""What stood out over the months, as people and programs read it: of one's own cells, a sentence a place."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from wangge.access.person import Scope
from wangge.data.languages import LANGUAGES, Language, spoken
from wangge.data.messages import word
from wangge.geo.grid import Cell, Grid
from wangge.patterns.findings import queries
from wangge.patterns.statistics.patterns import Pattern
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Emerged", "Stood", "as_answer", "emerged", "few_sentences", "leading", "sentence"]


class Stood(NamedTuple):
    """A base grid that stood out, with what is kept of it (emergence.Place)."""

    cell: Cell
    facts: Mapping[str, Any]


class Emerged(NamedTuple):
    """What the look at the days up to `day` kept: months, places, and of what there was too little.

    `why` says why there are no places: "households", "months", or "edition" (it was found in another edition).
    """

    day: date
    months: list[str]
    places: list[Stood]
    few: list[Mapping[str, Any]]
    why: str | None


async def emerged(connection: AsyncConnection, grid: Grid, scope: Scope, until: date | None = None) -> Emerged | None:
    """What stood out in the cells of a scope by the last look up to a day; None when nobody looked."""
    rows = await named_rows(connection, queries.EMERGING, {"territory": grid.territory, "until": until})
    if not rows:
        return None
    kept = rows[0].emerging
    if kept["edition"] != grid.edition_id:
        return Emerged(rows[0].day, kept["months"], [], [], "edition")
    keys = [level.key for level in grid.levels]
    places = []
    for facts in kept["places"]:
        cell = grid.leaf(facts["cell"])
        if cell is not None and scope.covers(zip(keys, cell.path, strict=True)):
            places.append(Stood(cell, facts))
    return Emerged(rows[0].day, kept["months"], places, kept["few"], kept["why"])


def leading(found: Emerged, *, cold: bool = True) -> list[Stood]:
    """The places that lead theirs: what is new first, what lasts after it, what is over last; hot ones before cold."""
    order = list(Pattern)
    kept = [one for one in found.places if one.facts["leads"] and (cold or not one.facts["cold"])]
    return sorted(kept, key=lambda one: (one.facts["cold"], order.index(Pattern(one.facts["pattern"]))))


def sentence(one: Stood, months: int, names: Mapping[str, Mapping[str, str]], language: Language) -> str:
    """What a place was over the months, and what it had lately against what was expected by households."""
    facts = {
        "category": _named(one.facts["category"], names, language),
        "cell": one.cell.name or one.cell.code,
        "pattern": word("emerging", f"{'cold' if one.facts['cold'] else 'hot'}-{one.facts['pattern']}", language),
        "hot": one.facts["months"],
        "months": months,
        "observed": one.facts["observed"],
        "expected": f"{one.facts['expected']:.1f}",
    }
    return word("emerging", "place", language, **facts)


def few_sentences(found: Emerged, names: Mapping[str, Mapping[str, str]], language: Language) -> list[str]:
    """Of what there was too little, a sentence each; or why nothing was asked."""
    if found.why is not None:
        return [word("emerging", f"no-{found.why}", language)]
    return [
        word(
            "emerging",
            "few",
            language,
            category=_named(one["category"], names, language),
            per_bin=f"{one['per_bin']:.2f}",
            least=f"{one['least']:g}",
        )
        for one in found.few
    ]


def as_answer(found: Emerged, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What stood out as a record, its sentences in every language."""
    few = [few_sentences(found, names, language) for language in LANGUAGES]
    return {
        "day": found.day,
        "months": found.months,
        "why": found.why,
        "note": None if found.why is None else dict(zip(LANGUAGES, (told[0] for told in few), strict=True)),
        "places": [
            {name: value for name, value in one.facts.items() if name != "cell"}
            | {
                "cell": {"code": one.cell.code, "name": one.cell.name},
                "expected": round(one.facts["expected"], 3),
                "sentence": {tongue: sentence(one, len(found.months), names, tongue) for tongue in LANGUAGES},
            }
            for one in found.places
        ],
        "too_few": []
        if found.why
        else [
            dict(one) | {"sentence": dict(zip(LANGUAGES, told, strict=True))}
            for one, told in zip(found.few, zip(*few, strict=True), strict=True)
        ],
    }


def _named(category: str | None, names: Mapping[str, Mapping[str, str]], language: Language) -> str:
    if category is None:
        return word("emerging", "all", language)
    return spoken(names.get(category) or {}, language, category)
