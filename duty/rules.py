"""A territory's routing rules in the database: their versions, and who is there for them to name."""

from collections.abc import Collection, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from wangge.duty import queries
from wangge.duty.findings import refuse
from wangge.duty.routing import Body, Directory, Place, Rule, Rules
from wangge.duty.ruletext import Known, parse_rules, rules_as_document
from wangge.duty.types import SHIPPED
from wangge.geo.errors import WanggeError
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = [
    "UnknownRules",
    "check_rules",
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
    cells, organisations, types, areas = (frozenset(codes) for codes in row)
    return Known(frozenset(categories), tuple(levels), cells - {""}, organisations, types | SHIPPED.keys(), areas)


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
    # The versions themselves are kept, so that their numbers are enough.
    facts = {"version": now + 1, "rules": len(rules), "note": note}
    change = Change(Subject.RULES, str(now + 1), {"version": now} if now else None, facts, territory)
    await connection.execute(*recorded(actor, [change]))
    return now + 1


async def load_directory(connection: AsyncConnection, territory: str) -> Directory:
    """Who is there for the matters of a territory."""
    place = {"territory": territory}
    desks: dict[Place | None, int] = {}
    kinds: dict[Place, str] = {}
    for level, code, desk, kind in await (await connection.execute(queries.ACTIVE_DESKS, place)).fetchall():
        at = None if level is None else (level, code)
        desks[at] = desk
        if at and kind:
            kinds[at] = kind
    rows = await (await connection.execute(queries.ACTIVE_BODIES, place)).fetchall()
    bodies = [Body(body, code, kind, frozenset(map(tuple, cells))) for body, code, kind, cells in rows]
    return Directory(desks, kinds, bodies)
