"""Counts of reports, for whoever may see them: by territory, category, state and month."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.listing import queries
from wangge.reports.listing.filters import Matched, ReportFilter, looked_up_matching, matching
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Summary", "counted_rows", "figures_of", "report_counts", "summary_of", "summed_up"]


class Summary(NamedTuple):
    """How many cases of a list there are: in all, and those that a filter more would leave."""

    total: int
    open: int
    overdue: int
    nearly_due: int
    parked: int
    returned: int
    by_state: dict[State, int]
    by_category: dict[str, int]


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


async def summary_of(connection: AsyncConnection, where: ReportFilter, scope: Scope) -> Summary:
    """Counts of the cases in a scope that a filter lets through; states in the order of a case's life."""
    return summed_up(await counted_rows(connection, await looked_up_matching(connection, where, scope)))


async def counted_rows(connection: AsyncConnection, matched: Matched) -> list[Any]:
    """How many reports there are of each state and category, and how many of them are late, nearly so, returned."""
    query = queries.SUMMARY.format(where=matched.where, source=matched.source)
    return await named_rows(connection, query, matched.values, prepare=False)


def summed_up(
    rows: Iterable[Any], by_state: Counter[str] | None = None, by_category: Counter[str] | None = None
) -> Summary:
    """The sums of such rows.

    Parameters
    ----------
    by_state, by_category : of cases besides those of the rows, none of them open.
    """
    by_state, by_category = Counter(by_state or {}), Counter(by_category or {})
    rows = list(rows)
    for row in rows:
        by_state[row.state] += row.cases
        by_category[row.category] += row.cases
    return Summary(
        total=by_state.total(),
        open=sum(by_state[state] for state in OPEN),
        overdue=sum(row.overdue for row in rows),
        nearly_due=sum(row.nearly_due for row in rows),
        parked=by_state[State.PARKED],
        returned=sum(row.returned for row in rows),
        by_state={state: by_state[state] for state in State if by_state[state]},
        by_category=dict(sorted(by_category.items(), key=lambda entry: (-entry[1], entry[0]))),
    )
