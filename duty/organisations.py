"""Organisations in the database: read, changed together or not at all, and given to communities by a template."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from psycopg.types.json import Jsonb

from wangge.data.languages import LANGUAGES, spoken
from wangge.duty import queries
from wangge.duty.bodies import Organisation, OrganisationType, clashes
from wangge.duty.findings import Finding, refuse
from wangge.duty.types import SHIPPED, Template
from wangge.geo.errors import WanggeError
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection

__all__ = [
    "UnknownOrganisation",
    "apply_template",
    "load_organisations",
    "load_types",
    "put_organisations",
]

OFFICES = ("居民委员会", "村民委员会", "居委会", "村委会")
"""How the names of communities and villages often end, after the office that serves them."""


class UnknownOrganisation(WanggeError):
    """The territory has no organisation with this code. Facts: `code`."""

    kind = "unknown-organisation"


async def load_types(connection: AsyncConnection, territory: str) -> dict[str, dict[str, str]]:
    """Names of the types that the territory has: those that ship, in their order, and its own."""
    rows = await (await connection.execute(queries.TYPES, {"territory": territory})).fetchall()
    return {**SHIPPED, **dict(rows)}


async def load_organisations(
    connection: AsyncConnection, territory: str, codes: Collection[str] | None = None
) -> dict[str, Organisation]:
    """The organisations by code, in the order of codes; or those with some codes."""
    values = {"territory": territory, "codes": None if codes is None else list(codes)}
    rows = await (await connection.execute(queries.ORGANISATIONS, values)).fetchall()
    return {row[0]: _organisation(*row) for row in rows}


async def put_organisations(
    connection: AsyncConnection,
    territory: str,
    organisations: Sequence[Organisation],
    types: Sequence[OrganisationType] = (),
    *,
    by: str,
    file: str = "",
) -> int:
    """Store types, and organisations in place of those with their codes, all or none; gives how many changed.

    Who changed which is kept, with what stood there.

    Parameters
    ----------
    connection : in a transaction, which the caller ends.
    file : named in a refusal.

    Raises
    ------
    BadEntries : with everything that is wrong.
    """
    await connection.execute(queries.LOCK_ORGANISATIONS, {"territory": territory})
    stored = await load_organisations(connection, territory)
    known = await load_types(connection, territory)
    refuse(clashes(organisations, stored, known.keys() | {one.code for one in types}), file)
    own = [one for one in types if known.get(one.code) != one.name]
    shipped = [OrganisationType(code, name) for code, name in SHIPPED.items()]
    for query, several in ((queries.ENSURE_TYPES, shipped), (queries.PUT_TYPES, own)):
        entries = [{"code": one.code, "name": one.name, "position": place} for place, one in enumerate(several)]
        await connection.execute(query, {"territory": territory, "types": Jsonb(entries)})
    changed = [one for one in organisations if _plain(one) != _plain(stored.get(one.code))]
    if changed:
        await _store(connection, territory, changed)
    changes = [
        Change(Subject.ORGANISATION, one.code, _facts(stored.get(one.code)), _facts(one), territory) for one in changed
    ] + [
        Change(
            Subject.ORGANISATION_TYPE,
            one.code,
            {"name": known[one.code]} if one.code in known else None,
            {"name": one.name},
            territory,
        )
        for one in own
    ]
    if changes:
        await connection.execute(*recorded(by, changes))
    return len(changed) + len(own)


async def apply_template(
    connection: AsyncConnection,
    territory: str,
    template: Template,
    level: str,
    codes: Collection[str] | None = None,
    *,
    by: str,
    mark: bool = True,
) -> int:
    """Give cells the parties of a template; gives the number of organisations that are new.

    An organisation is called by its cell and its type, and its code is `cell-type`. Those that are there stay as they
    are, so that names that were given by hand outlive a second time.

    Parameters
    ----------
    level, codes : the cells; without codes, all of the level.
    mark : the cells become of the template's kind, which the routing rules look at.

    Raises
    ------
    BadEntries : a cell does not exist.
    """
    values = {"territory": territory, "level": level, "codes": None if codes is None else list(codes)}
    cells = await (await connection.execute(queries.DESKS_AT, values)).fetchall()
    there = {code for _, code, _ in cells}
    refuse(
        [
            Finding(number, "cell", "unknown_cell", code, {"level": f" ({level})"})
            for number, code in enumerate(codes or (), 1)
            if code not in there
        ]
    )
    types = await load_types(connection, territory)
    stored = await load_organisations(connection, territory)
    new = [
        Organisation(f"{code}-{kind}", _called(name, types[kind]), kind, cells=((level, code),))
        for _, code, name in cells
        for kind in template.types
        if f"{code}-{kind}" not in stored
    ]
    await put_organisations(connection, territory, new, by=by)
    if mark:
        await connection.execute(queries.SET_KINDS, {**values, "kind": template.code, "codes": sorted(there)})
    return len(new)


def _called(cell: dict[str, str], kind: dict[str, str]) -> dict[str, str]:
    """What the party of a cell is called; in Chinese without the office in the cell's name, and no word twice."""
    said: dict[str, str] = {
        language: f"{spoken(cell, language)} {spoken(kind, language).lower()}" for language in LANGUAGES
    }
    place = next((cell["zh"].removesuffix(office) for office in OFFICES if cell["zh"].endswith(office)), cell["zh"])
    shared = next((word for word in ("社区", "村") if place.endswith(word) and kind["zh"].startswith(word)), "")
    rest = kind["zh"] if kind["zh"].startswith("村民") else kind["zh"].removeprefix(shared)
    return said | {"zh": place + rest}


async def _store(connection: AsyncConnection, territory: str, organisations: Sequence[Organisation]) -> None:
    keys = ("code", "name", "type", "parent", "phone", "active")
    values: dict[str, Any] = {
        "territory": territory,
        "codes": [one.code for one in organisations],
        "organisations": Jsonb([{key: getattr(one, key) for key in keys} for one in organisations]),
        "cells": Jsonb(
            [{"code": one.code, "level": level, "cell": cell} for one in organisations for level, cell in one.cells]
        ),
    }
    for query in (
        queries.PUT_ORGANISATIONS,
        queries.SET_PARENTS,
        queries.CLEAR_ORGANISATION_CELLS,
        queries.PUT_ORGANISATION_CELLS,
    ):
        await connection.execute(query, values)


def _plain(one: Organisation | None) -> Organisation | None:
    """An entry without where it was read and how often it changed, to be compared."""
    return one and replace(one, cells=tuple(sorted(one.cells)), record=0, id=0, version=0)


def _facts(one: Organisation | None) -> dict[str, Any] | None:
    """An entry as it is told of changes."""
    if one is None:
        return None
    keys = ("name", "type", "parent", "phone", "active")
    return {key: getattr(one, key) for key in keys} | {"cells": [f"{level}:{code}" for level, code in one.cells]}


def _organisation(
    code: str,
    name: dict[str, str],
    kind: str,
    parent: str | None,
    phone: str | None,
    active: bool,
    organisation: int,
    version: int,
    cells: list[list[str]] | None,
) -> Organisation:
    places = tuple((level, cell) for level, cell in cells or ())
    return Organisation(code, name, kind, parent, phone, active, places, id=organisation, version=version)
