"""Finds what in the history of cases makes figures look better than they are: findings to be looked into, by people."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from wangge.data import DATA
from wangge.reports.figures.counting import Question, selected
from wangge.reports.figures.queries import INTEGRITY
from wangge.store.engine import AsyncConnection

__all__ = ["THRESHOLDS", "Check", "Suspect", "count_suspects", "suspects", "thresholds"]

THRESHOLDS = DATA / "integrity.toml"


class Check(StrEnum):
    """A pattern that is looked for."""

    CLOSED_THEN_REOPENED = "closed-then-reopened"
    CLOSED_IN_BULK = "closed-in-bulk"  # by one person, at the deadline
    CLOSED_WITHOUT_EVIDENCE = "closed-without-evidence"
    DEADLINE_MOVED_LATE = "deadline-moved-late"  # after it had passed


class Suspect(NamedTuple):
    """A case that a check found: what was done, when and by whom."""

    id: int
    received_at: datetime
    category: str
    state: str
    level: str
    code: str
    name: str
    at: datetime
    actor: str


@cache
def thresholds() -> Mapping[str, Mapping[str, int]]:
    """The thresholds that ship, by check."""
    return tomllib.loads(THRESHOLDS.read_text(encoding="utf-8"))


async def count_suspects(connection: AsyncConnection, question: Question) -> dict[Check, int]:
    """How many cases each check finds among those that a question is about."""
    found = {}
    for check in Check:
        statement, parameters = _statement(check, question)
        rows = await connection.execute(INTEGRITY["count"].replace("{found}", statement), parameters)
        row = await rows.fetchone()
        found[check] = int(row[0]) if row else 0
    return found


async def suspects(
    connection: AsyncConnection,
    question: Question,
    check: Check,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[Suspect]:
    """At most `limit` cases that a check finds, the newest first, after the (received_at, id) before them."""
    statement, parameters = _statement(check, question)
    parameters |= {"limit": limit, "after_at": after[0] if after else None, "after_id": after[1] if after else None}
    rows = await (await connection.execute(INTEGRITY["page"].replace("{found}", statement), parameters)).fetchall()
    return [Suspect(*row) for row in rows]


def _statement(check: Check, question: Question) -> tuple[str, dict[str, Any]]:
    cases, parameters = selected(question)
    limits = thresholds().get(check, {})
    return INTEGRITY[check].replace("{cases}", cases), parameters | dict(limits)
