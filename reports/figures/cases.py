"""The cases behind a figure."""

from datetime import datetime
from typing import NamedTuple

from wangge.reports.figures import queries
from wangge.reports.figures.conditions import Test
from wangge.reports.figures.counting import Question, selected
from wangge.store.engine import AsyncConnection

__all__ = ["CaseBehind", "cases_behind"]


class CaseBehind(NamedTuple):
    """A case that a figure counts, with what held of it then; `state` is where it stands now."""

    id: int
    received_at: datetime
    category: str
    state: str
    facts: int
    level: str
    code: str
    name: str


async def cases_behind(
    connection: AsyncConnection, question: Question, test: Test, limit: int, after: tuple[datetime, int] | None = None
) -> list[CaseBehind]:
    """At most `limit` cases for which a test holds, the newest first, after the (received_at, id) before them."""
    cases, parameters = selected(question)
    terms = [f"f.facts & {care}::bigint = {want}" for care, want in sorted(test.terms)]
    where = f"({' OR '.join(terms) or 'false'})"
    if after:
        where += " AND (f.received_at, f.id) < (%(after_at)s, %(after_id)s)"
        parameters |= {"after_at": after[0], "after_id": after[1]}
    statement = queries.CASES_BEHIND.format(cases=cases, where=where)
    rows = await (await connection.execute(statement, parameters | {"limit": limit})).fetchall()
    return [CaseBehind(*row) for row in rows]
