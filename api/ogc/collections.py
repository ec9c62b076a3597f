"""The collections of a territory: what each is made of, and who may see what of it, by the same rules as elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.access.scope import looked_up
from wangge.api.ogc import queries
from wangge.api.ogc.cells import CELLS, DRAFT, cells, draft_cells, known_as, plans
from wangge.api.ogc.collection import Asked, Collection, Order, UnknownCollection, by_id
from wangge.api.ogc.properties import Kind, Property
from wangge.data.languages import Language
from wangge.geo.backdrop.kinds import BackdropKind
from wangge.geo.grid import Grid
from wangge.patterns.findings.telling import seen_by, sentence
from wangge.planning.drafts.drafts import UnknownDraft, drafts
from wangge.reports.bulk.export.reports import cell_columns, report_columns
from wangge.reports.case.lifecycle import State
from wangge.reports.categories.classes import classes_of
from wangge.reports.fields import In
from wangge.reports.listing.public import CLOSED_DAYS
from wangge.reports.number import format_number, parse_number
from wangge.store.engine import AsyncConnection

__all__ = ["FILED", "find_collection", "list_collections"]

STATES = tuple(state.value for state in State)
REPORT_KINDS = {
    "string": Kind.TEXT,
    "timestamp[us, tz=UTC]": Kind.TIME,
    "bool": Kind.FLAG,
    "int32": Kind.COUNT,
    "double": Kind.NUMBER,
}


FILED = {
    "category": "category",
    "description": "description",
    "urgency": "urgency",
    "occurred_at": "occurred_at",
    "accuracy_m": "accuracy",
    "external_id": "external_id",
}
"""What is said of a report that is made through its collection, by what our own API calls it."""


async def _reports(asked: Asked, _: str) -> Collection:
    """The reports in the asker's cells, as an export has them, with their classes where the territory keeps any."""
    scope = asked.asker.scope(asked.grid.territory, Right.READ)
    seen, values = await looked_up(asked.connection, scope)
    properties = [Property("id", Kind.COUNT, "report.id", told=False)]
    levels = dict(zip((one.name for one in cell_columns(asked.grid)), asked.grid.levels, strict=True))
    for column in report_columns(asked.grid, In.ANSWER | In.FILE):
        kind = REPORT_KINDS.get(str(column.type))
        if kind is not None:
            ordered = column.name == "received_at"
            asked_for = column.name != "number" and column.overlay is None  # an area is found for each report anew
            choices = STATES if column.name == "state" else ()
            properties.append(
                Property(
                    column.name,
                    kind,
                    column.sql,
                    ordered=ordered,
                    asked=asked_for,
                    read_only=column.name not in FILED,
                    choices=choices,
                    known_as=known_as(asked.grid, levels[column.name].key) if column.name in levels else None,
                )
            )
    if (await classes_of(asked.connection, asked.grid.territory)).of:
        properties += [
            Property(f"{part}_class", Kind.TEXT, queries.REPORT_CLASS.format(part=part), read_only=True)
            for part in ("major", "minor")
        ]
    return Collection(
        "reports",
        *asked.titled("reports"),
        properties=tuple(properties),
        source=queries.REPORTS,
        where=queries.REPORTS_SEEN.format(scope=seen),
        values=values | {"territory": asked.grid.territory},
        geometry="report.geom",
        shape="point",
        order=(
            Order("report.received_at", Kind.TIME, descending=True),
            Order("report.id", Kind.COUNT, descending=True),
        ),
        one=_numbered,
        id_of=_number_of,
        writes=("post",),
        during="report.received_at >= %(since)s AND report.received_at <= %(until)s",
        counted=False,
    )


def _numbered(name: str) -> tuple[str, dict[str, Any]] | None:
    month, report = parse_number(name) or (None, None)
    return (queries.REPORT_OF, {"month": month, "one": report}) if report is not None else None


def _number_of(row: dict[str, Any]) -> str:
    row["number"] = format_number(row["received_at"], row.pop("id"))
    return str(row["number"])


async def _public_cases(asked: Asked, _: str) -> Collection:
    return Collection(
        "public-cases",
        *asked.titled("public-cases", days=CLOSED_DAYS),
        properties=(
            Property("id", Kind.TEXT, "p.id", told=False),
            Property("category", Kind.TEXT, "p.category"),
            Property("state", Kind.TEXT, "p.state", choices=STATES),
        ),
        source=queries.PUBLIC_CASES,
        where="true",
        values={"territory": asked.grid.territory, "days": CLOSED_DAYS},
        geometry="p.place",
        shape="point",
        order=(Order("p.id", Kind.TEXT),),
        one=lambda name: ("p.id = %(one)s", {"one": name}),
        id_of=lambda row: row.pop("id"),
        counted=False,
    )


async def _published_counts(asked: Asked, _: str) -> Collection:
    return Collection(
        "published-counts",
        *asked.titled("published-counts"),
        properties=(
            Property("id", Kind.TEXT, queries.PUBLISHED_ID, told=False),
            Property("period", Kind.TEXT, "r.period"),
            Property("kind", Kind.TEXT, "r.kind", choices=("year", "month", "week")),
            Property("from", Kind.DAY, "r.since"),
            Property("to", Kind.DAY, "r.until - 1"),
            Property("level", Kind.TEXT, "e.levels -> c.level::integer ->> 'key'"),
            Property("code", Kind.TEXT, "c.code", known_as=known_as(asked.grid)),
            Property("name", Kind.TEXT, "c.name"),
            Property("about", Kind.TEXT, "n.about", choices=("all", "group", "category")),
            Property("value", Kind.TEXT, "n.value"),
            Property("count", Kind.COUNT, "n.count"),
            Property("step", Kind.COUNT, "r.step"),
            Property("edition", Kind.TEXT, "e.label"),
        ),
        source=queries.PUBLISHED,
        where=queries.PUBLISHED_TOLD,
        values={"territory": asked.grid.territory},
        geometry="c.geom",
        order=tuple(
            Order(f"n.{name}", kind)
            for name, kind in (
                ("release_id", Kind.COUNT),
                ("about", Kind.TEXT),
                ("value", Kind.TEXT),
                ("depth", Kind.COUNT),
                ("code", Kind.TEXT),
            )
        ),
        one=_published,
        drawn=False,  # its periods lie on each other
        id_of=lambda row: row.pop("id"),
        during="r.since <= %(until_day)s AND r.until > %(since_day)s",
    )


def _published(name: str) -> tuple[str, dict[str, Any]]:
    return queries.PUBLISHED_ONE, {"period": name.partition(":")[0], "one": name}


async def _places(asked: Asked, _: str) -> Collection:
    return Collection(
        "places",
        *asked.titled("places"),
        properties=(
            Property("id", Kind.COUNT, "f.id", told=False),
            Property("kind", Kind.TEXT, "f.kind", choices=tuple(kind.value for kind in BackdropKind)),
            Property("name", Kind.TEXT, "f.name", ordered=True),
        ),
        source=queries.PLACES,
        where=queries.PLACES_NAMED,
        values={"territory": asked.grid.territory},
        geometry="f.geom",
        srid=3857,
        shape="any",
        order=(Order("f.id", Kind.COUNT),),
        one=lambda name: by_id("f.id", name),
        id_of=lambda row: row.pop("id"),
    )


async def _assets(asked: Asked, _: str) -> Collection:
    asked.asker.scope(asked.grid.territory, Right.READ)  # nobody else has all of them at once
    return Collection(
        "assets",
        *asked.titled("assets"),
        properties=(
            Property("number", Kind.TEXT, "a.number", ordered=True),
            Property("kind", Kind.TEXT, "a.kind"),
            Property("name", Kind.TEXT, "a.name", ordered=True),
        ),
        source=queries.ASSETS,
        where=queries.ASSETS_KEPT,
        values={"territory": asked.grid.territory},
        geometry="a.geom",
        shape="point",
        order=(Order("a.number", Kind.TEXT),),
        one=lambda name: (queries.ASSET_CALLED, {"one": name}),
        id_of=lambda row: row["number"],
    )


HIDDEN = {"category_name": "k.name", "patrols": "f.patrols", "tests": "f.tests", "unknown": "f.unknown"}


async def _findings(asked: Asked, _: str) -> Collection:
    scope = asked.asker.scope(asked.grid.territory, Right.READ_FIGURES)

    def told(row: dict[str, Any]) -> None:
        row["sentence"] = sentence(SimpleNamespace(**row, centre_code=row["centre"]), asked.language)
        for name in HIDDEN:
            del row[name]

    return Collection(
        "findings",
        *asked.titled("findings"),
        properties=(
            Property("id", Kind.COUNT, "f.id", told=False),
            Property("sentence", Kind.TEXT, "''", asked=False),
            Property("kind", Kind.TEXT, "f.kind", choices=("lately", "where")),
            Property("source", Kind.TEXT, "CASE WHEN f.patrols THEN 'patrols' ELSE 'residents' END"),
            Property("category", Kind.TEXT, "f.category"),
            *(Property(name, Kind.DAY, f"f.{name}") for name in ("first_day", "last_day", "found_on", "seen_on")),
            Property("centre", Kind.TEXT, "c.code", known_as=known_as(asked.grid, asked.grid.levels[-1].key)),
            Property("centre_name", Kind.TEXT, "c.name"),
            Property("cells", Kind.TEXTS, "l.codes", known_as=known_as(asked.grid, asked.grid.levels[-1].key)),
            Property("observed", Kind.COUNT, "f.observed"),
            Property("expected", Kind.NUMBER, "f.expected"),
            Property("against", Kind.TEXT, "f.against"),
            Property("p", Kind.NUMBER, "f.p"),
            Property("reports", Kind.COUNT, "f.reports"),
            Property("reporters", Kind.COUNT, "f.reporters"),
            Property("gap_s", Kind.NUMBER, "f.gap_s"),
            *(Property(name, Kind.TEXT, sql, asked=False, told=False) for name, sql in HIDDEN.items()),
        ),
        source=queries.FOUND,
        where=queries.SEEN,
        values={"territory": asked.grid.territory, "seen": seen_by(scope), "shapes": True},
        geometry="l.shape",
        order=(Order("f.id", Kind.COUNT, descending=True),),
        one=lambda name: by_id("f.id", name),
        id_of=lambda row: row.pop("id"),
        during="f.first_day <= %(until_day)s AND f.last_day >= %(since_day)s",
        told=told,
    )


OTHERS = {
    "reports": (_reports, Right.READ),
    "public-cases": (_public_cases, None),
    "findings": (_findings, Right.READ_FIGURES),
    "published-counts": (_published_counts, None),
    "places": (_places, None),
    "assets": (_assets, Right.READ),
}
"""Collections beside those of the cells, each with the right that it takes."""


def names_of(grid: Grid, asker: Person) -> list[str]:
    """Which collections somebody is offered."""
    may = [name for name, (_, right) in OTHERS.items() if right is None or asker.may(right, grid.territory)]
    return [*(CELLS + level.key for level in grid.levels), *may]


async def find_collection(
    connection: AsyncConnection,
    grid: Grid,
    asker: Person,
    language: Language,
    name: str,
    until: datetime | None = None,
) -> Collection:
    """A collection by its id, as the asker may see it.

    Parameters
    ----------
    until : the end of the time that is asked for, None for now: cells are those of the edition of then.

    Raises
    ------
    UnknownCollection
    NotSignedIn, NotAllowed : it takes a right that the asker does not have.
    """
    asked = Asked(connection, grid, asker, language, until)
    level = name.removeprefix(CELLS)
    if level != name and level in {one.key for one in grid.levels}:
        return await cells(asked, level)
    label = name.removeprefix(DRAFT)
    if label != name:
        try:
            return await draft_cells(asked, label)
        except UnknownDraft:
            raise UnknownCollection(collection=name, known=names_of(grid, asker)) from None
    if name not in OTHERS:
        raise UnknownCollection(collection=name, known=names_of(grid, asker))
    return await OTHERS[name][0](asked, name)


async def list_collections(
    connection: AsyncConnection, grid: Grid, asker: Person, language: Language
) -> Sequence[Collection]:
    """The collections that somebody is offered."""
    names = names_of(grid, asker)
    if plans(asker, grid.territory):
        names += [DRAFT + one.label for one in await drafts(connection, grid.territory)]
    return [await find_collection(connection, grid, asker, language, name) for name in names]
