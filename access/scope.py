"""The one place that turns a Scope into SQL: every query that reads reports takes its condition from here.

The same scope is had in two forms: a condition with parameters for queries, and JSON for the functions that draw tiles.
"""

from typing import Any

import orjson

from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right

__all__ = ["as_json", "condition", "counted_by", "scope_as_facts", "whole"]

CELLS = (
    "{report}.cell_id = ANY (CAST((SELECT scope_leaves(%({name}_territory)s, %({name}_cells)s::jsonb)) AS bigint[]))"
)
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


def scope_as_facts(scope: Scope) -> dict[str, Any] | None:
    """A scope as the tile functions take it: `cells` and `organisations`; None for the whole territory."""
    if scope.cells is None:
        return None
    return {"cells": sorted(map(list, scope.cells)), "organisations": sorted(scope.organisations)}


def as_json(scope: Scope) -> str | None:
    """The same as JSON text."""
    seen = scope_as_facts(scope)
    return orjson.dumps(seen).decode() if seen is not None else None


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
