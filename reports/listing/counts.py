"""Counts of reports, for whoever may see them: by territory, category, state and month."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.reports.listing import queries
from wangge.reports.listing.filters import ReportFilter, matching
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["figures_of", "report_counts"]


async def report_counts(connection: AsyncConnection, scopes: Iterable[Scope]) -> dict[str, tuple[int, datetime]]:
    """How many reports each of several territories has in a scope of it, and when the newest was received.

    A territory without any is left out.
    """
    conditions, values = [], dict[str, Any]()
    for n, scope in enumerate(scopes):
        seen, parameters = condition(scope, name=f"scope{n}")
        conditions.append(seen)
        values |= parameters
    query = queries.COUNTS_BY_TERRITORY.format(where=" OR ".join(conditions) or "false")
    rows = await (await connection.execute(query, values)).fetchall()
    return {territory: (count, newest) for territory, count, newest in rows}


async def figures_of(connection: AsyncConnection, where: ReportFilter, scope: Scope, timezone: str) -> dict[str, Any]:
    """Counts of the reports in a scope: in all, by category, group and state (largest first) and by month of a zone."""
    wanted, values = matching(where, scope)
    rows = await named_rows(connection, queries.FIGURES.format(where=wanted), values | {"zone": timezone})

    def counts(name: str) -> list[dict[str, Any]]:
        found = [{name: value, "count": row.reports} for row in rows if (value := getattr(row, name))]
        return sorted(found, key=lambda entry: (-entry["count"], entry[name]))

    total: int = next((row.reports for row in rows if row.category is row.group is row.state is row.month is None), 0)
    figures: dict[str, Any] = {f"by_{name}": counts(name) for name in ("category", "group", "state", "month")}
    figures["by_month"].sort(key=lambda entry: entry["month"])
    return {"reports": total, **figures, "release": None}
