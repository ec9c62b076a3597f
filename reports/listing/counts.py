"""Counts of reports, for whoever may see them: by territory, category, state and month."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from wangge.access.person import Scope
from wangge.access.scope import View, condition
from wangge.reports.listing import queries
from wangge.reports.listing.queries import ReportFilter, matching
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


async def figures_of(connection: AsyncConnection, where: ReportFilter, view: View, timezone: str) -> dict[str, Any]:
    """Counts of reports: in all, by category and state (largest first) and by month of the territory's time zone.

    Counts under the view's least are withheld, and `withheld` says so.
    """
    wanted, values = matching(where, view.scope)
    rows = await named_rows(connection, queries.FIGURES.format(where=wanted), values | {"zone": timezone})

    def counts(name: str) -> list[dict[str, Any]]:
        found = [{name: value, "count": row.reports} for row in rows if (value := getattr(row, name)) is not None]
        return shown(sorted(found, key=lambda entry: (-entry["count"], entry[name])), view.least)

    total: int = next((row.reports for row in rows if row.category is row.state is row.month is None), 0)
    figures = {f"by_{name}": counts(name) for name in ("category", "state", "month")}
    kept_back = any(sum(entry["count"] for entry in entries) < total for entries in figures.values())
    figures["by_month"].sort(key=lambda entry: entry["month"])
    return {
        "reports": total if total >= view.least or not total else None,
        **figures,
        "withheld": {"under": view.least} if kept_back else None,
    }


def shown(entries: list[dict[str, Any]], least: int) -> list[dict[str, Any]]:
    """Those of entries, the largest first, whose count is not too small to be shown.

    Where what is left out is itself too small, the total would tell it; then one more is left out.
    """
    kept = [entry for entry in entries if entry["count"] >= least]
    rest = sum(entry["count"] for entry in entries[len(kept) :])
    return kept[:-1] if 0 < rest < least else kept
