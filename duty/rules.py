"""A territory's routing rules in the database: their versions, and who is there for them to name."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from wangge.duty import queries
from wangge.duty.findings import refuse
from wangge.duty.routing import Body, Directory, Matter, Place, Route, Rule, Rules, likelier, route
from wangge.duty.ruletext import Known, parse_rules, rules_as_document
from wangge.duty.types import SHIPPED
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Cell, CellShare, Grid
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = [
    "UnknownRules",
    "check_rules",
    "find_route",
    "known_names",
    "load_directory",
    "load_rules",
    "put_rules",
    "rule_versions",
]


class UnknownRules(WanggeError):
    """The rules have no such version. Facts: `version`."""

    kind = "unknown-rules"


async def load_rules(connection: AsyncConnection, territory: str, version: int | None = None) -> Rules:
    """The rules in force, or those of a version; version 0, without any, when none were ever made.

    Raises
    ------
    UnknownRules : there is no such version.
    """
    query = queries.CURRENT_RULES if version is None else queries.RULES_OF_VERSION
    row = await (await connection.execute(query, {"territory": territory, "version": version})).fetchone()
    if row is None:
        if version:
            raise UnknownRules(version=version)
        return Rules()
    return Rules(row[0], parse_rules(row[1])[0])


async def rule_versions(connection: AsyncConnection, territory: str, limit: int = 100) -> list[dict[str, Any]]:
    """The latest versions, the newest first, each with who made it, when, and how many rules it has."""
    found = await connection.execute(queries.VERSIONS_OF_RULES, {"territory": territory, "limit": limit})
    keys = ("version", "rules", "actor", "note", "made_at")
    return [dict(zip(keys, row, strict=True)) for row in await found.fetchall()]


async def known_names(connection: AsyncConnection, territory: str, categories: Collection[str]) -> Known:
    """What the rules of a territory may name; its categories are given, they are the case's business."""
    place = {"territory": territory}
    levels = [key for (key,) in await (await connection.execute(queries.LEVELS_OF_TERRITORY, place)).fetchall()]
    row = await (await connection.execute(queries.CODES_OF_TERRITORY, place)).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM gives a row
    cells, organisations, types = (frozenset(codes) for codes in row)
    return Known(frozenset(categories), tuple(levels), cells - {""}, organisations, types | SHIPPED.keys())


def check_rules(entries: Any, known: Known, file: str = "") -> tuple[Rule, ...]:
    """Rules out of their entries. Raises BadEntries with everything that is wrong with them."""
    rules, findings = parse_rules(entries, known)
    refuse(findings, file)
    return rules


async def put_rules(
    connection: AsyncConnection,
    territory: str,
    rules: Sequence[Rule],
    *,
    actor: str,
    note: str | None = None,
    expected: int | None = None,
) -> int:
    """Make these the rules in force, as a new version, whose number is given.

    Parameters
    ----------
    expected : the version that they were made from; None for whichever is in force.

    Raises
    ------
    Stale : another version has been made since.
    """
    now = (await load_rules(connection, territory)).version
    if expected is not None and expected != now:
        raise Stale(version=now)
    values = {
        "territory": territory,
        "version": now + 1,
        "rules": Jsonb(rules_as_document(rules)),
        "actor": actor,
        "note": note,
    }
    row = await (await connection.execute(queries.PUT_RULES, values)).fetchone()
    if row is None:
        raise Stale(version=now + 1)
    return now + 1


async def load_directory(
    connection: AsyncConnection, territory: str, path: Sequence[Place] | None = None, named: Collection[str] = ()
) -> Directory:
    """Who is there for the matters of a territory.

    Parameters
    ----------
    path : only who has to do with these cells; None for the whole territory.
    named : codes of further organisations that are wanted with a path.
    """
    values = {
        "territory": territory,
        "levels": None if path is None else [level for level, _ in path],
        "codes": None if path is None else [code for _, code in path],
        "named": list(named),
    }
    desks: dict[Place | None, int] = {}
    kinds: dict[Place, str] = {}
    for level, code, desk, kind in await (await connection.execute(queries.DESKS_OF_PATH, values)).fetchall():
        place = None if level is None else (level, code)
        desks[place] = desk
        if place and kind:
            kinds[place] = kind
    rows = await (await connection.execute(queries.BODIES_OF_PATH, values)).fetchall()
    bodies = [Body(body, code, kind, frozenset(map(tuple, cells))) for body, code, kind, cells in rows]
    return Directory(desks, kinds, bodies)


async def find_route(
    connection: AsyncConnection,
    grid: Grid,
    cell: Cell,
    category: str,
    at: datetime,
    candidates: Sequence[CellShare] = (),
) -> Route:
    """Where a report goes by the rules in force, asking only about its own cells.

    Parameters
    ----------
    cell : the base grid that covers the report's point.
    at : an aware time.
    candidates : base grids that the error circle touches, with their shares.
    """
    rules = await load_rules(connection, grid.territory)
    path, others = likelier(grid, cell, candidates)
    named = {target.organisation for rule in rules.rules for target in rule.to if target.organisation}
    directory = await load_directory(connection, grid.territory, path, named)
    matter = Matter(category, directory.kind(path), at.astimezone(grid.timezone), path, others)
    return route(rules, matter, directory)
