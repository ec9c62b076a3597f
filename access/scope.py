"""The one place that turns a Scope into SQL: every query that reads reports takes its condition from here.

The same scope is had in three forms, for the three ways in which reports are read: a clause for SQLAlchemy, a
condition with parameters for the driver, and JSON for the functions that draw tiles.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import BindParameter, TextClause, bindparam, text

from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right

__all__ = ["View", "as_json", "clause", "condition", "scope_as_facts", "view_of", "whole"]

CELLS = "{report}.cell_id = ANY (CAST((SELECT scope_leaves({territory}, CAST({cells} AS jsonb))) AS bigint[]))"
CASES = "{report}.id = ANY (CAST((SELECT scope_cases({territory}, CAST({seen} AS jsonb))) AS bigint[]))"


@dataclass(frozen=True, slots=True)
class View:
    """What of a territory's counts somebody sees: those of the cases in a scope, where there are at least `least`."""

    scope: Scope
    least: int = 1


def whole(territory: str) -> Scope:
    """All cases of a territory: for the operator's own commands, and for counts that are public."""
    return Scope(territory, None)


def view_of(person: Person, territory: str, public_least: int) -> View:
    """What a person sees of the counts: staff all that lies in their cells, anybody else what is not too few."""
    try:
        return View(person.scope(territory, Right.READ_FIGURES))
    except (NotSignedIn, NotAllowed):
        return View(whole(territory), public_least)


def scope_as_facts(scope: Scope) -> dict[str, Any] | None:
    """A scope as the tile functions take it: `cells` and `organisations`; None for the whole territory."""
    if scope.cells is None:
        return None
    return {"cells": sorted(map(list, scope.cells)), "organisations": sorted(scope.organisations)}


def as_json(scope: Scope) -> str | None:
    """The same as JSON text."""
    seen = scope_as_facts(scope)
    return orjson.dumps(seen).decode() if seen is not None else None


def condition(scope: Scope, report: str = "report") -> tuple[str, dict[str, Any]]:
    """SQL that holds for the rows of `report` (a table's name or alias) in a scope, and psycopg's parameters for it."""
    sql, values = _condition(scope, report)
    return sql.format_map({name: f"%({name})s" for name in values}), values


def clause(scope: Scope, report: str = "report") -> TextClause:
    """The same for SQLAlchemy; two of them may stand in one query."""
    sql, values = _condition(scope, report)
    parameters: list[BindParameter[Any]] = [bindparam(name, value, unique=True) for name, value in values.items()]
    return text(sql.format_map({name: f":{name}" for name in values})).bindparams(*parameters)


def _condition(scope: Scope, report: str) -> tuple[str, dict[str, Any]]:
    """The condition with its parameters in braces."""
    values: dict[str, Any] = {"scope_territory": scope.territory}
    ways = []
    seen = scope_as_facts(scope)
    if seen and seen["cells"]:
        values["scope_cells"] = orjson.dumps(seen["cells"]).decode()
        ways.append(CELLS.format(report=report, territory="{scope_territory}", cells="{scope_cells}"))
    if seen and any(seen.values()):
        values["scope_seen"] = orjson.dumps(seen).decode()
        ways.append(CASES.format(report=report, territory="{scope_territory}", seen="{scope_seen}"))
    seen_sql = "true" if seen is None else " OR ".join(ways) or "false"
    return f"({report}.territory_code = {{scope_territory}} AND ({seen_sql}))", values
