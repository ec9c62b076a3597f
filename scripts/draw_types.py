"""Draws the types of the answers by which the viewer's JavaScript is checked: python scripts/draw_types.py"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wangge.api.app import create_app
from wangge.store.settings import Settings

FILE = Path(__file__).parent / "javascript" / "types" / "service.d.ts"
ASKED = [
    *("SessionAnswer", "Territories", "Categories", "LocateAnswer", "DeskDetail", "Indicators", "ReportPage"),
    *(
        "CampaignBoard",
        "ClassesAnswer",
        "CampaignPlaces",
        "Campaigns",
        "Outcomes",
        "Releases",
        "CaseDetail",
        "Moved",
        "ReportBody",
        "MoveBody",
        "Problem",
    ),
    *(
        "Findings",
        "FindingCases",
        "Counts",
        "FiledReport",
        "FollowedCase",
        "ReporterMoveBody",
        "NewSecret",
        "SimilarCases",
        "Suggestions",
        "Doubles",
        "Support",
        "ListSummary",
        "ExportAnswers",
        "FilledTemplates",
        "BulkMovesAnswer",
        "ContactAnswer",
        "Photo",
    ),
    *("Comparison", "Emerging", "CellStatistics", "NamedPlaces", "NearAssets", "AssetPage", "Asset"),
    *("Accounts", "Keys", "NewKey", "NewTotp", "AdministrativeChanges", "ContactReads", "ContactErasures"),
    *("Members", "DefinitionBody"),
    *(
        "AssetKinds",
        "AssetKindInfo",
        "AssetKindBody",
        "AssetsTaken",
        "Attributes",
        "AttributeBody",
        "AttributeTrial",
        "AttributeValues",
        "AttributeTrend",
        "ValuesTaken",
        "OverlayList",
        "Cuts",
        "HouseholdsCounted",
    ),
    *("SavedLists", "SavedListBody"),
    *(
        "PhotoErasures",
        "Integrity",
        "IntegrityCases",
        "Officers",
        "RosterTaken",
        "Organisations",
        "Desks",
        "ApplyAnswer",
    ),
    *(
        "OrganisationTypes",
        "Templates",
        "CalendarPage",
        "StoredPolicy",
        "RuleSet",
        "RulesBody",
        "CategoryBody",
        "Webhooks",
        "NewWebhook",
        "WebhookSecret",
        "Deliveries",
        "Peers",
        "PeerBody",
        "PeerTrial",
        "UntakenRequests",
        "Notices",
        "OwnNotices",
        "OverlayList",
        "RuleVersions",
        "Trial",
        "IndicatorDefinitions",
        "Audits",
        "AuditResult",
        "AuditCases",
        "OddClosings",
        "CoveredPhoto",
        "MyWeek",
        "OwnPush",
        "AreaSubscription",
        "AreaSubscriptionBody",
        "OwnPushBody",
    ),
]
"""What the viewer asks for or sends; what these are made of comes along."""

PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
HEAD = """// What the service answers, drawn from its description by scripts/draw_types.py; do not edit by hand.
"""


def drawn() -> str:
    """The file as the code says it."""
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    found: dict[str, str] = {}
    waiting = list(ASKED)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = _declared(_short(name), schemas[name])
            waiting += _named(schemas[name])
    assert len({_short(name) for name in found}) == len(found)  # noqa: S101 - two would be drawn as one
    return "\n".join([HEAD, *(found[name] for name in sorted(found, key=_short))])


def _declared(name: str, schema: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        return f"export type {name} = {_type(schema)};\n"
    fields = [
        f"  {field}{'' if field in schema.get('required', ()) else '?'}: {_type(value)};"
        for field, value in schema["properties"].items()
    ]
    return "\n".join([f"export interface {name} {{", *fields, "}\n"])


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _short(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(f"'{value}'" for value in schema["enum"])
    if "const" in schema:
        return f"'{schema['const']}'"
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if "prefixItems" in schema:
        return f"[{', '.join(_type(one) for one in schema['prefixItems'])}]"
    if schema.get("type") == "array":
        return f"Array<{_type(schema['items'])}>"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, Mapping) else 'unknown'}>"
    return PLAIN.get(schema.get("type", ""), "unknown")


def _named(schema: Any) -> Iterator[str]:
    """The schemas that one is made of."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from _named(one)


def _short(name: str) -> str:
    return name.rpartition("__")[2]


if __name__ == "__main__":
    FILE.write_text(drawn(), encoding="utf-8")
