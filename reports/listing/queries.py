"""Every statement of the reports room, named by the question it answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Label, Select, and_, false, func, literal, literal_column, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from wangge.access.person import Scope
from wangge.access.scope import View, clause
from wangge.duty.routing import Place
from wangge.duty.tables import DeskRow, OrganisationCellRow, OrganisationRow
from wangge.reports.tables import OPEN_CASE, AssignmentRow, CategoryRow, EventRow, ReportRow, TaskRow
from wangge.store.tables import CellRow, EditionRow

__all__ = [
    "ReportFilter",
    "assignments_of",
    "categories",
    "desk_at",
    "events_of",
    "figures_of",
    "find_report",
    "list_reports",
    "parties_of",
    "queue",
    "report_counts",
    "tasks_of",
]

LOAD_OF_DESKS = f"""
SELECT desk_id, count(*) FILTER (WHERE state <> 'parked'), count(*) FILTER (WHERE nearly_due AND NOT overdue),
       count(*) FILTER (WHERE overdue), count(*) FILTER (WHERE state = 'parked')
FROM report r WHERE desk_id = ANY (%(desks)s) AND {OPEN_CASE} AND {{scope}} GROUP BY desk_id
"""  # noqa: S608 - the condition is made of the states of the table of moves


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports of a territory: all conditions that are set must hold; `until` is exclusive."""

    territory: str
    bbox: tuple[float, float, float, float] | None = None
    cell: str | None = None
    level: str | None = None
    category: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_open: bool = False


_ANCESTORS: Label[Any] = literal_column("""(
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'level', edition.levels -> a.level::int ->> 'key', 'code', a.code, 'name', a.name) ORDER BY a.level), '[]')
    FROM cell a WHERE a.edition_id = report.edition_id AND a.level < cell.level AND a.code = cell.path[a.level + 1]
)""").label("ancestors")


CASE = (
    ReportRow.version,
    ReportRow.urgency,
    ReportRow.step,
    ReportRow.due_at,
    ReportRow.nearly_due,
    ReportRow.overdue,
    ReportRow.closed_at,
)
"""How a case stands, for whoever reads a list."""


def reports() -> Select[Any]:
    """Reports with their coordinates, base grid, the cells above it, and edition."""
    return (
        select(
            ReportRow.id,
            ReportRow.received_at,
            ReportRow.territory_code.label("territory"),
            ReportRow.state,
            ReportRow.category,
            ReportRow.description,
            ReportRow.occurred_at,
            func.ST_X(ReportRow.geom).label("lon"),
            func.ST_Y(ReportRow.geom).label("lat"),
            ReportRow.raw_lon,
            ReportRow.raw_lat,
            ReportRow.datum,
            ReportRow.accuracy_m,
            ReportRow.on_edge,
            ReportRow.ambiguous,
            ReportRow.external_id,
            CellRow.code.label("cell_code"),
            CellRow.name.label("cell_name"),
            EditionRow.levels[-1]["key"].astext.label("cell_level"),
            EditionRow.label.label("edition"),
            EditionRow.synthetic,
            *CASE,
            _ANCESTORS,
        )
        .join(CellRow, and_(CellRow.edition_id == ReportRow.edition_id, CellRow.id == ReportRow.cell_id))
        .join(EditionRow, EditionRow.id == ReportRow.edition_id)
    )


def matching(query: Select[Any], where: ReportFilter, scope: Scope) -> Select[Any]:
    """A query over reports, narrowed to those that a filter lets through and that the asker may see."""
    query = query.where(ReportRow.territory_code == where.territory, clause(scope))
    if where.bbox:
        query = query.where(ReportRow.geom.intersects(func.ST_MakeEnvelope(*where.bbox, 4326)))
    if where.cell is not None:
        query = query.where(ReportRow.cell_id.in_(_leaves_within(where.territory, where.cell, where.level)))
    if where.category is not None:
        query = query.where(ReportRow.category == where.category)
    if where.state is not None:
        query = query.where(ReportRow.state == where.state)
    if where.is_open:
        query = query.where(text(f"report.{OPEN_CASE}"))
    if where.since:
        query = query.where(ReportRow.received_at >= where.since)
    if where.until:
        query = query.where(ReportRow.received_at < where.until)
    return query


def _leaves_within(territory: str, code: str, level: str | None) -> Select[Any]:
    """Ids of the base grids, in every edition, that a cell's code stands above or names."""
    query = (
        select(CellRow.id)
        .join(EditionRow, EditionRow.id == CellRow.edition_id)
        .where(EditionRow.territory_code == territory, CellRow.path.contains([code]))
    )
    if level is not None:
        depth = (
            "(SELECT o FROM jsonb_array_elements(edition.levels) WITH ORDINALITY AS l(v, o) WHERE v ->> 'key' = :level)"
        )
        query = query.where(text(f"cell.path[{depth}] = :code").bindparams(level=level, code=code))
    return query


async def list_reports(
    session: AsyncSession, where: ReportFilter, scope: Scope, limit: int, after: tuple[datetime, int] | None = None
) -> list[Any]:
    """At most `limit` reports, the newest first, after the (received_at, id) that ended the page before."""
    query = matching(reports(), where, scope)
    if after:
        at, last = after
        query = query.where(
            or_(ReportRow.received_at < at, and_(ReportRow.received_at == at, ReportRow.id < last)),
            ReportRow.received_at <= at,
        )
    query = query.order_by(ReportRow.received_at.desc(), ReportRow.id.desc()).limit(limit)
    return list(await session.execute(query))


async def find_report(session: AsyncSession, scope: Scope, month: datetime, report_id: int) -> Any | None:
    """The report with an id that was received in a month (given by its first moment, UTC), or None.

    One that lies outside the scope is not there.
    """
    query = reports().where(
        clause(scope),
        ReportRow.id == report_id,
        ReportRow.received_at >= month,
        ReportRow.received_at < text("CAST(:month AS timestamptz) + interval '1 month'").bindparams(month=month),
    )
    return (await session.execute(query)).first()


async def events_of(session: AsyncSession, report_id: int, received_at: datetime) -> list[Any]:
    """What happened to a report, in order."""
    query = (
        select(
            EventRow.move,
            EventRow.state,
            EventRow.at,
            EventRow.actor,
            EventRow.note,
            EventRow.facts,
            EventRow.version,
        )
        .where(EventRow.report_id == report_id, EventRow.report_received_at == received_at)
        .order_by(EventRow.id)
    )
    return list(await session.execute(query))


async def assignments_of(session: AsyncSession, report_id: int, received_at: datetime) -> list[Any]:
    """The cells that a report was in before, in order, each with its edition and until when."""
    query = (
        select(
            EditionRow.levels[-1]["key"].astext.label("level"),
            CellRow.code,
            CellRow.name,
            EditionRow.label.label("edition"),
            AssignmentRow.assigned_until.label("until"),
        )
        .select_from(AssignmentRow)
        .join(CellRow, CellRow.id == AssignmentRow.cell_id)
        .join(EditionRow, EditionRow.id == AssignmentRow.edition_id)
        .where(AssignmentRow.report_id == report_id, AssignmentRow.report_received_at == received_at)
        .order_by(AssignmentRow.assigned_until)
    )
    return list(await session.execute(query))


async def queue(
    session: AsyncSession,
    scope: Scope,
    desk: int,
    states: Collection[str],
    limit: int,
    after: tuple[datetime | None, int] | None = None,
) -> list[Any]:
    """At most `limit` open cases of a desk, the longest overdue first, then by when they are due, then the undated.

    Parameters
    ----------
    states : of the cases that are wanted, all of them open ones.
    after : deadline and id of the case that ended the page before.
    """
    query = reports().where(
        ReportRow.desk_id == desk, text(f"report.{OPEN_CASE}"), ReportRow.state.in_(states), clause(scope)
    )
    found: list[Any] = []
    if after is None or after[0] is not None:  # a row of both columns, so that the index leads to the place at once
        dated = query.where(ReportRow.due_at.is_not(None)).order_by(ReportRow.due_at, ReportRow.id).limit(limit)
        if after is not None:
            dated = dated.where(tuple_(ReportRow.due_at, ReportRow.id) > tuple_(literal(after[0]), literal(after[1])))
        found = list(await session.execute(dated))
    if len(found) < limit:
        undated = query.where(ReportRow.due_at.is_(None)).order_by(ReportRow.id).limit(limit - len(found))
        if after is not None and after[0] is None:
            undated = undated.where(ReportRow.id > after[1])
        found += await session.execute(undated)
    return found


async def desk_at(session: AsyncSession, territory: str, level: str | None, code: str) -> int | None:
    """Id of the desk of a cell, or of the centre (level None, code '')."""
    query = select(DeskRow.id).where(DeskRow.territory_code == territory, DeskRow.code == code)
    query = query.where(DeskRow.level.is_(None) if level is None else DeskRow.level == level)
    return await session.scalar(query)


async def tasks_of(session: AsyncSession, report_id: int) -> list[Any]:
    """The tasks of a case, in the order in which they were given, with the names of their parties."""
    query = (
        select(TaskRow, DeskRow.level, DeskRow.code, DeskRow.name, OrganisationRow.code, OrganisationRow.name)
        .outerjoin(DeskRow, DeskRow.id == TaskRow.desk_id)
        .outerjoin(OrganisationRow, OrganisationRow.id == TaskRow.organisation_id)
        .where(TaskRow.report_id == report_id)
        .order_by(TaskRow.id)
    )
    return list(await session.execute(query))


async def parties_of(session: AsyncSession, territory: str, places: Sequence[Place]) -> list[Any]:
    """Who may be given a task in a case: desks of its cells and the centre's, organisations attached to its cells."""
    keys = [tuple_(literal(level), literal(code)) for level, code in places]
    desks = select(
        literal(None).label("organisation"), DeskRow.id.label("desk"), DeskRow.level, DeskRow.code, DeskRow.name
    ).where(
        DeskRow.territory_code == territory,
        DeskRow.active,
        or_(DeskRow.level.is_(None), tuple_(DeskRow.level, DeskRow.code).in_(keys)),
    )
    attached = select(OrganisationCellRow.organisation_id).where(
        tuple_(OrganisationCellRow.level, OrganisationCellRow.code).in_(keys)
    )
    bodies = select(
        OrganisationRow.id.label("organisation"),
        literal(None).label("desk"),
        literal(None).label("level"),
        OrganisationRow.code,
        OrganisationRow.name,
    ).where(OrganisationRow.territory_code == territory, OrganisationRow.active, OrganisationRow.id.in_(attached))
    return [*await session.execute(desks.order_by(DeskRow.id)), *await session.execute(bodies.order_by("code"))]


async def categories(session: AsyncSession, territory: str) -> list[CategoryRow]:
    """The categories that a territory takes, in the order that people see."""
    query = select(CategoryRow).where(CategoryRow.territory_code == territory)
    return list(await session.scalars(query.order_by(CategoryRow.position, CategoryRow.code)))


async def report_counts(session: AsyncSession, scopes: Iterable[Scope]) -> dict[str, tuple[int, datetime]]:
    """How many reports each of several territories has in a scope of it, and when the newest was received.

    A territory without any is left out.
    """
    within = or_(false(), *(clause(scope) for scope in scopes))
    query = select(ReportRow.territory_code, func.count(), func.max(ReportRow.received_at)).where(within)
    rows = await session.execute(query.group_by(ReportRow.territory_code))
    return {territory: (count, newest) for territory, count, newest in rows}


async def figures_of(session: AsyncSession, where: ReportFilter, view: View, timezone: str) -> dict[str, Any]:
    """Counts of reports: in all, by category and state (largest first) and by month of the territory's time zone.

    Counts under the view's least are withheld, and `withheld` says so.
    """
    month = func.to_char(func.timezone(timezone, ReportRow.received_at), "YYYY-MM").label("month")
    inner = matching(select(ReportRow.category, ReportRow.state, month), where, view.scope).subquery()
    query = select(inner.c.category, inner.c.state, inner.c.month, func.count().label("count")).group_by(
        func.grouping_sets(inner.c.category, inner.c.state, inner.c.month, literal_column("()"))
    )
    rows = (await session.execute(query)).all()

    def counts(name: str) -> list[dict[str, Any]]:
        found = [{name: value, "count": row.count} for row in rows if (value := getattr(row, name)) is not None]
        return shown(sorted(found, key=lambda entry: (-entry["count"], entry[name])), view.least)

    total: int = next((int(row[3]) for row in rows if row.category is row.state is row.month is None), 0)
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
