"""Routing rules over HTTP: the rules in force, their versions, and a dry run of changed ones."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from wangge.api.plumbing.deps import Connection
from wangge.api.plumbing.if_match import TAGGED, IfMatch, etag
from wangge.api.plumbing.reach import Reading, Ruling
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.duty import RulesBody, RuleSet, RuleVersions, Trial, TryBody
from wangge.duty.desks import desk_names
from wangge.duty.findings import BadEntries
from wangge.duty.organisations import load_organisations
from wangge.duty.routing import Party, Route, Rule, Rules
from wangge.duty.rules import (
    UnknownRules,
    check_rules,
    known_names,
    load_directory,
    load_rules,
    put_rules,
    rule_versions,
)
from wangge.duty.ruletext import rules_as_document
from wangge.reports.case.trials import try_rules
from wangge.reports.categories.categories import category_codes
from wangge.store.engine import AsyncConnection

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["who answers"])


@router.get("/rules", response_model=RuleSet, responses=TAGGED)
async def get_rules(response: Response, connection: Connection, reach: Reading) -> dict[str, Any]:
    """The rules in force, in their order: the first that fits a case says where it goes."""
    rules = await load_rules(connection, reach.grid.territory)
    response.headers.update(etag(rules.version))
    return _as_answer(rules)


@router.get("/rules/versions", response_model=RuleVersions)
async def list_rules_versions(connection: Connection, reach: Reading) -> dict[str, Any]:
    """The latest versions, the newest first: who made them, when, and why."""
    return {"versions": await rule_versions(connection, reach.grid.territory)}


@router.get("/rules/versions/{version}", response_model=RuleSet)
@refuses(UnknownRules)
async def get_rules_version(
    connection: Connection, reach: Reading, version: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> dict[str, Any]:
    """The rules of one version, which dispatches name."""
    return _as_answer(await load_rules(connection, reach.grid.territory, version))


@router.put("/rules", response_model=RuleSet, responses=TAGGED)
@refuses(BadEntries)
async def replace_rules(
    response: Response, connection: Connection, reach: Ruling, body: RulesBody, version: IfMatch
) -> dict[str, Any]:
    """Make these the rules in force, as a new version; the earlier ones are kept."""
    territory = reach.grid.territory
    rules = await _checked(connection, territory, body)
    made = await put_rules(connection, territory, rules, actor=reach.person.name, note=body.note, expected=version)
    response.headers.update(etag(made))
    return _as_answer(Rules(made, rules))


@router.post("/rules:try", response_model=Trial)
@refuses(BadEntries)
async def try_out(connection: Connection, reach: Ruling, body: TryBody) -> dict[str, Any]:
    """Where the last cases would go by these rules, beside where they go by those in force. Nothing is changed."""
    territory = reach.grid.territory
    current = await load_rules(connection, territory)
    proposed = Rules(current.version, await _checked(connection, territory, body))
    directory = await load_directory(connection, territory)
    trial = await try_rules(connection, reach.scope, reach.grid, current, proposed, directory, body.last)
    names = await _names(connection, territory) if trial.examples else {}
    return {
        "cases": trial.cases,
        "elsewhere": trial.elsewhere,
        "by_rule": [{"rule": rule, "cases": cases} for rule, cases in trial.by_rule.items()],
        "examples": [
            {
                "number": one.number,
                "category": one.category,
                "cell": one.cell,
                "now": _way(one.now, names),
                "then": _way(one.then, names),
            }
            for one in trial.examples
        ],
    }


async def _checked(connection: AsyncConnection, territory: str, body: RulesBody | TryBody) -> tuple[Rule, ...]:
    known = await known_names(connection, territory, await category_codes(connection, territory))
    return check_rules([rule.model_dump(exclude_none=True) for rule in body.rules], known)


async def _names(connection: AsyncConnection, territory: str) -> dict[tuple[int | None, int | None], dict[str, str]]:
    """Names of desks and organisations, by their ids as a party has them."""
    organisations = await load_organisations(connection, territory)
    desks = await desk_names(connection, territory)
    return {(desk, None): name for desk, name in desks.items()} | {
        (None, one.id): one.name for one in organisations.values()
    }


def _way(way: Route, names: Mapping[tuple[int | None, int | None], dict[str, str]]) -> dict[str, Any]:
    def party(one: Party) -> dict[str, Any]:
        ids = {"desk": one.desk, "organisation": one.organisation}
        return ids | {"name": names.get((one.desk, one.organisation), {}), "needed": one.needed}

    return {"parties": [party(one) for one in way.parties], "why": dict(way.why)}


def _as_answer(rules: Rules) -> dict[str, Any]:
    return {"version": rules.version, "rules": rules_as_document(rules.rules)}
