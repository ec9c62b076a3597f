"""Organisations as they are written down: their types, what stands above them, the cells they are attached to. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wangge.data.languages import LANGUAGES
from wangge.data.messages import words
from wangge.duty.entries import Entry
from wangge.duty.findings import Finding, unknown
from wangge.duty.routing import Place
from wangge.duty.sheets import column_names
from wangge.duty.types import SHIPPED
from wangge.geo.divisions import code_among
from wangge.geo.files.spelling import Zeros

__all__ = [
    "COLUMNS",
    "Organisation",
    "OrganisationType",
    "as_document",
    "clashes",
    "columns",
    "organisations_of",
    "types_of",
]

_NAMES = tuple(f"name_{language}" for language in LANGUAGES)
COLUMNS = ("code", *_NAMES, "type", "parent", "phone", "active", "cells")
"""Columns of organisations in a CSV, a column of names for each language."""

_FIELDS = ("name", *COLUMNS)


@dataclass(frozen=True, slots=True)
class OrganisationType:
    """A type of organisation of a territory; `name` maps a language to its name."""

    code: str
    name: dict[str, str]
    record: int = 0


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body that handles cases, with the code of the one above it; `version` 0 is not stored yet."""

    code: str
    name: dict[str, str]
    type: str
    parent: str | None = None
    phone: str | None = None
    active: bool = True
    cells: tuple[Place, ...] = ()
    record: int = 0
    id: int = 0
    version: int = 0


def columns() -> dict[str, Sequence[str]]:
    """The columns of organisations in a CSV, each with what else it may be called.

    A word by which two languages call their column of names means the one that comes first.
    """
    meant: dict[str, str] = {}
    for language in LANGUAGES:
        for name in words("organisation-columns", "name", language):
            meant.setdefault(name, f"name_{language}")
    names = {column: [name for name, of in meant.items() if of == column] for column in _NAMES}
    return column_names("organisation-columns", COLUMNS) | names


def types_of(entries: Any) -> tuple[list[OrganisationType], list[Finding]]:
    """Types out of `[[types]]` entries, and what is wrong with these."""
    findings: list[Finding] = []
    found: dict[str, OrganisationType] = {}
    for record, values in enumerate(entries if isinstance(entries, list) else [None], 1):
        entry = Entry(record, values, findings)
        entry.only(("code", "name"))
        code, name = entry.code("code"), entry.name()
        if code in found:
            entry.note("code", "twice", code, other=found[code].record)
        elif code is not None:
            found[code] = OrganisationType(code, name, record)
    return list(found.values()), findings


def organisations_of(
    entries: Iterable[tuple[int, Any]], places: Collection[Place]
) -> tuple[list[Organisation], list[Finding]]:
    """Organisations out of numbered entries of a TOML file, a CSV or a request, and what is wrong with these.

    Parameters
    ----------
    places : the cells of the grid; a cell is named by its code, or as level:code where several levels have the code.
    """
    findings: list[Finding] = []
    found: dict[str, Organisation] = {}
    levels: dict[str, list[str]] = {}
    for level, code in places:
        levels.setdefault(code, []).append(level)
    codes = Zeros(levels)
    for record, values in entries:
        entry = Entry(record, values, findings)
        entry.only(_FIELDS)
        one = _organisation(entry, levels, codes)
        if one is None:
            continue
        if one.code in found:
            entry.note("code", "twice", one.code, other=found[one.code].record)
        found.setdefault(one.code, one)
    return list(found.values()), findings


def clashes(
    changed: Sequence[Organisation], stored: Mapping[str, Organisation], types: Collection[str]
) -> list[Finding]:
    """What is wrong with entries that are to replace those with their codes: types, what stands above."""
    after = {**stored, **{one.code: one for one in changed}}
    findings, codes = [], Zeros(after)
    for one in changed:
        lost = codes.lost(one.code) if one.code not in stored else None
        if lost is not None:
            findings.append(Finding(one.record, "code", "zero_lost", one.code, {"other": lost}))
        if one.type not in types:
            facts = {"expected": ", ".join(sorted(set(types) - SHIPPED.keys()) + list(SHIPPED))}
            findings.append(Finding(one.record, "type", "enum", one.type, facts))
        if one.parent is not None and one.parent not in after:
            findings.append(unknown(one.record, "parent", "unknown_organisation", one.parent, codes))
        elif one.code in _above(one, after):
            findings.append(Finding(one.record, "parent", "parent_ring", one.parent))
    return findings


def as_document(one: Organisation, places: Collection[Place]) -> dict[str, Any]:
    """An organisation as an entry; a cell goes by its code alone where that is enough."""
    levels: dict[str, int] = {}
    for _, code in places:
        levels[code] = levels.get(code, 0) + 1
    return {
        "code": one.code,
        "name": one.name,
        "type": one.type,
        "parent": one.parent,
        "phone": one.phone,
        "active": None if one.active else False,
        "cells": [code if levels.get(code) == 1 else f"{level}:{code}" for level, code in sorted(one.cells)],
    }


def _organisation(entry: Entry, levels: Mapping[str, Sequence[str]], known: Zeros) -> Organisation | None:
    values = entry.values
    given = {language: text for language in LANGUAGES if (text := values.get(f"name_{language}"))}
    if "name" not in values and given:
        values["name"] = given
    code, name, kind = entry.code("code"), entry.name(), entry.code("type")
    parent, phone = entry.code("parent", required=False), entry.text("phone", required=False)
    active = entry.flag("active", True)
    cells = tuple(place for name in entry.codes("cells") if (place := _place(entry, name, levels, known)))
    if code is None or not name or kind is None:
        return None
    return Organisation(code, name, kind, parent, phone, active, tuple(sorted(set(cells))), entry.record)


def _place(entry: Entry, name: str, levels: Mapping[str, Sequence[str]], known: Zeros) -> Place | None:
    """The cell that a code, or level:code, names."""
    level, parted, code = name.partition(":")
    if parted and level in levels.get(code := code_among(code, lambda one: level in levels.get(one, ())), ()):
        return level, code
    name = code_among(name, levels.__contains__)
    if name in levels:
        if len(levels[name]) == 1:
            return levels[name][0], name
        entry.note("cells", "several_levels", name, expected=", ".join(f"{level}:{name}" for level in levels[name]))
        return None
    entry.findings.append(unknown(entry.record, "cells", "unknown_cell", code or name, known, level=""))
    return None


def _above(one: Organisation, roster: Mapping[str, Organisation]) -> set[str]:
    """Codes of all that stands above an organisation; its own is among them where the way up is a ring."""
    above: set[str] = set()
    code = one.parent
    while code is not None and code in roster and code not in above:
        above.add(code)
        code = roster[code].parent
    return above
