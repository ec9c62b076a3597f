"""The one place that turns a Scope into SQL: every query that reads reports takes its condition from here.

The same scope is had in two forms: a condition with parameters for queries, and JSON for the functions that draw tiles.
"""

from typing import Any

import orjson

from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.store.engine import AsyncConnection

__all__ = [
    "among",
    "as_json",
    "body_with_many",
    "condition",
    "counted_by",
    "looked_up",
    "read_by",
    "scope_as_facts",
    "whole",
]

CELLS = (
    "{report}.cell_id = ANY (CAST((SELECT scope_leaves(%({name}_territory)s, %({name}_cells)s::jsonb)) AS bigint[]))"
)
PLANNED = 500
MANY_CASES = 5_000
LOOKED_UP = """
SELECT scope_leaves(%(territory)s, %(cells)s::jsonb),
       scope_cases(%(territory)s, (CASE WHEN many THEN %(elsewhere)s ELSE %(scope)s END)::jsonb), many
FROM (SELECT count(*) > %(most)s AS many FROM (
    SELECT FROM report_task t WHERE t.organisation_id = ANY (%(organisations)s::bigint[]) LIMIT %(most)s + 1) c) m
"""
WITH_TASKS = """EXISTS (
    SELECT FROM report_task task WHERE task.report_id = {report}.id
        AND task.organisation_id = ANY (%({name}_organisations)s::bigint[]))"""
CASES = "{report}.id = ANY (CAST((SELECT scope_cases(%({name}_territory)s, %({name}_seen)s::jsonb)) AS bigint[]))"


def whole(territory: str) -> Scope:
    """All cases of a territory: for the operator's own commands."""
    return Scope(territory, None)


def counted_by(person: Person, territory: str) -> Scope | None:
    """Which cases a person sees counted as they are: staff those in their cells; anybody else none, but releases."""
    try:
        return person.scope(territory, Right.READ_FIGURES)
    except (NotSignedIn, NotAllowed):
        return None


def read_by(person: Person, territory: str) -> Scope | None:
    """Which cases a person may read; None for whoever may read none there."""
    try:
        return person.scope(territory, Right.READ)
    except (NotSignedIn, NotAllowed):
        return None


def scope_as_facts(scope: Scope) -> dict[str, Any] | None:
    """A scope as the tile functions take it: `cells` and `organisations`; None for the whole territory."""
    if scope.cells is None:
        return None
    return {"cells": sorted(map(list, scope.cells)), "organisations": sorted(scope.organisations)}


def as_json(scope: Scope) -> str | None:
    """The same as JSON text."""
    seen = scope_as_facts(scope)
    return orjson.dumps(seen).decode() if seen is not None else None


def among(column: str, name: str, count: int) -> str:
    """SQL that holds where a column is one of so many ids, which a parameter gives.

    A plan is made for few; of many it would take longer than what is planned, and they are looked up in a table.
    """
    if count <= PLANNED:
        return f"{column} = ANY (%({name})s::bigint[])"
    return f"({column} IN (SELECT unnest(%({name})s::bigint[]))) IS TRUE"


async def looked_up(
    connection: AsyncConnection, scope: Scope, report: str = "report", name: str = "scope"
) -> tuple[str, dict[str, Any]]:
    """What `condition` gives, with cells and cases of the scope looked up before, for the plan depends on how many.

    In the query an organisation's cases would be looked up once for each month; of one with very many, each case is
    asked instead.
    """
    seen = scope_as_facts(scope)
    if seen is None:
        return condition(scope, report, name)
    values: dict[str, Any] = {f"{name}_territory": scope.territory}
    asked = {
        "territory": scope.territory,
        "cells": orjson.dumps(seen["cells"]).decode(),
        "scope": orjson.dumps(seen).decode(),
        "elsewhere": orjson.dumps(seen | {"organisations": []}).decode(),
        "organisations": seen["organisations"],
        "most": MANY_CASES,
    }
    leaves, cases, many = await (await connection.execute(LOOKED_UP, asked)).fetchone() or ([], [], False)
    ways = []
    for column, ids in (("cell_id", leaves), ("id", cases)):
        if ids:
            values[f"{name}_{column}"] = ids
            ways.append(among(f"{report}.{column}", f"{name}_{column}", len(ids)))
    if many:
        values[f"{name}_organisations"] = seen["organisations"]
        ways.append(WITH_TASKS.format(report=report, name=name))
    return f"({report}.territory_code = %({name}_territory)s AND ({' OR '.join(ways) or 'false'}))", values


def body_with_many(seen: tuple[str, dict[str, Any]], name: str = "scope") -> int | None:
    """Of a scope that was looked up: the organisation whose many tasks are all that is seen; None of any other."""
    values = seen[1]
    bodies: list[int] = values.get(f"{name}_organisations", [])
    return bodies[0] if len(bodies) == 1 and len(values) == 2 else None


def condition(scope: Scope, report: str = "report", name: str = "scope") -> tuple[str, dict[str, Any]]:
    """SQL that holds for the rows of `report` (a table's name or alias) in a scope, and its parameters.

    Parameters
    ----------
    name : what the parameters' names begin with; two scopes in one query have two.
    """
    values: dict[str, Any] = {f"{name}_territory": scope.territory}
    ways = []
    seen = scope_as_facts(scope)
    if seen and seen["cells"]:
        values[f"{name}_cells"] = orjson.dumps(seen["cells"]).decode()
        ways.append(CELLS.format(report=report, name=name))
    if seen and any(seen.values()):
        values[f"{name}_seen"] = orjson.dumps(seen).decode()
        ways.append(CASES.format(report=report, name=name))
    seen_sql = "true" if seen is None else " OR ".join(ways) or "false"
    return f"({report}.territory_code = %({name}_territory)s AND ({seen_sql}))", values
