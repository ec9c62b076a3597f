"""The record of what was changed in administering: when, who, what, and what stood before. Appended only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

__all__ = ["Change", "Subject", "recorded"]

RECORD = """
INSERT INTO administrative_change (territory_code, actor, kind, item, before, after)
SELECT c.territory, %(by)s, c.kind, c.item, c.before, c.after
FROM jsonb_to_recordset(%(changes)s::jsonb)
    AS c (territory text, kind text, item text, before jsonb, after jsonb)
"""


class Subject(StrEnum):
    """What was changed."""

    ACCOUNT = "account"
    GRANT = "grant"
    KEY = "key"
    OFFICER = "officer"
    DESK = "desk"
    ORGANISATION = "organisation"
    ORGANISATION_TYPE = "organisation-type"
    RULES = "rules"
    POLICY = "policy"
    CALENDAR_DAY = "calendar-day"
    CATEGORY = "category"
    TEMPLATE = "template"
    INDICATOR = "indicator"
    ATTRIBUTE = "attribute"
    ASSET_KIND = "asset-kind"
    MEMBER = "member"
    WEBHOOK = "webhook"
    DRAFT = "draft"
    PEER = "peer"
    CLASSES = "classes"
    CAMPAIGN = "campaign"
    OVERLAY = "overlay"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was changed.

    Attributes
    ----------
    item : which, as people name it: a login, a number, a code.
    before, after : as it stood and as it stands, or the fields that differ; None where there is nothing. No secrets.
    territory : None for what concerns every territory.
    """

    kind: Subject
    item: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    territory: str | None


def recorded(by: str, changes: Iterable[Change]) -> tuple[str, dict[str, Any]]:
    """The statement that keeps changes, with its parameters, for the connection and transaction of the changes."""
    return RECORD, {"by": by, "changes": orjson.dumps(list(changes)).decode()}
