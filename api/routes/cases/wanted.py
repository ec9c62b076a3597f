"""Which reports a list is asked for: one set of query parameters for everything that is told of many."""

from dataclasses import replace
from typing import Annotated

import shapely
from fastapi import Depends, Query, Request
from pydantic import Field

from wangge.access.roles import Right
from wangge.api.plumbing.deps import Asker, BBox, Connection, CurrentGrid, Language, Period, Seen, instant
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.rate_limits import RateLimited, count_contact
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.area import check_cell
from wangge.api.schemas.assets import AssetNumber
from wangge.api.schemas.common import KIND, GridKind, Short
from wangge.api.schemas.forms import NO_NUL
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.reports.campaigns.campaigns import UnknownCampaign, find_campaign
from wangge.reports.case.lifecycle import State
from wangge.reports.categories.categories import categories_of, check_categories
from wangge.reports.categories.classes import classes_of
from wangge.reports.errors import UnknownCategory, UnknownGroup
from wangge.reports.intake.contacts import cases_of_phone
from wangge.reports.listing.filters import ReportFilter, hands_of
from wangge.reports.listing.searching import phone_of, prepare, words_of
from wangge.reports.policy.policy import Urgency
from wangge.store.engine import AsyncConnection

__all__ = ["InClasses", "Wanted"]

InClasses = Annotated[
    bool, Query(alias="classes", description="In the major and minor classes that the territory keeps, too")
]
MOST = 40
"""Values of one parameter that may be asked for together."""


Categories = Annotated[list[Short] | None, Query(alias="category", max_length=MOST, description="May be repeated")]
Groups = Annotated[
    list[Short] | None, Query(alias="group", max_length=MOST, description="Of categories; may be repeated")
]
States = Annotated[list[State] | None, Query(alias="state", max_length=MOST, description="May be repeated")]
Urgencies = Annotated[list[Urgency] | None, Query(alias="urgency", max_length=MOST, description="May be repeated")]
Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]] | None,
    Query(alias="weekday", max_length=7, description="Of the receipt, 1 for Monday; may be repeated"),
]
Hours = Annotated[
    list[Annotated[int, Field(ge=0, le=23)]] | None,
    Query(alias="hour", max_length=24, description="Of the receipt, by the territory's clock; may be repeated"),
]
Kinds = Annotated[list[GridKind] | None, Query(alias="kind", max_length=MOST, description=f"{KIND}; may be repeated")]
Area = Annotated[
    str | None,
    Query(max_length=4000, description="Corners of an area in which the cases lie, as `lon,lat;lon,lat;…` in WGS-84"),
]


@refuses(UnknownCategory, UnknownGroup, UnknownCampaign, RateLimited)
async def _wanted(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    asker: Asker,
    seen: Seen,
    language: Language,
    period: Period,
    bbox: BBox,
    cell: Annotated[Short | None, Query(description="Code of a cell of any level")] = None,
    level: Annotated[Short | None, Query(description="Level of that cell, where a code stands on several")] = None,
    kinds: Kinds = None,
    categories: Categories = None,
    groups: Groups = None,
    states: States = None,
    urgencies: Urgencies = None,
    is_open: Annotated[bool, Query(alias="open", description="Only cases that are not at their end")] = False,
    overdue: Annotated[bool, Query(description="Only cases whose deadline has passed")] = False,
    nearly_due: Annotated[bool, Query(description="Only cases whose deadline is near, and has not passed")] = False,
    parked: Annotated[bool, Query(description="Only parked cases")] = False,
    returned: Annotated[
        bool,
        Query(description="Only cases that came back: from a party, from verification, reopened; until taken up anew"),
    ] = False,
    mine: Annotated[
        bool, Query(description="Only cases of a desk at which one acts, and those in which one has a task to do")
    ] = False,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=NO_NUL,
            description="Words of the description or of the place, a case number or a part of it; for roles that may "
            "read contacts also the reporter's telephone number, which is on record as a reading",
        ),
    ] = None,
    weekdays: Weekdays = None,
    hours: Hours = None,
    area: Area = None,
    asset: Annotated[AssetNumber | None, Query(description="Number of the asset that they are about")] = None,
    campaign: Annotated[Short | None, Query(description="Only cases of a campaign, by its code")] = None,
    counted: Annotated[bool, Query(description="Only cases that figures count: none of a campaign")] = False,
    major_class: Annotated[
        Short | None, Query(description="Only cases of this major class of the national platform, see `classes`")
    ] = None,
    minor_class: Annotated[Short | None, Query(description="Only cases of this minor class")] = None,
    closed_since: Annotated[
        str | None, Query(description="Only cases that were closed at or after: a date or an RFC 3339 time")
    ] = None,
    updated_since: Annotated[
        str | None,
        Query(description="Only cases to which anything happened at or after: a date or an RFC 3339 time"),
    ] = None,
) -> ReportFilter:
    where = ReportFilter(
        grid.territory,
        bbox,
        grid.code_of(cell, level) if cell else None,
        level,
        kinds=tuple(kinds or ()),
        categories=tuple(categories or ()),
        groups=tuple(groups or ()),
        states=tuple(states or ()),
        urgencies=tuple(urgencies or ()),
        since=period.since,
        until=period.until,
        closed_since=instant(closed_since, grid.timezone, field="closed_since") if closed_since else None,
        updated_since=instant(updated_since, grid.timezone, field="updated_since") if updated_since else None,
        weekdays=tuple(weekdays or ()),
        hours=tuple(hours or ()),
        zone=grid.timezone.key,
        area=_ring(area) if area else None,
        asset=asset,
        is_open=is_open,
        overdue=overdue,
        nearly_due=nearly_due,
        parked=parked,
        returned=returned,
        campaign=campaign,
        counted=counted,
        major_class=major_class,
        minor_class=minor_class,
        hands=await hands_of(connection, asker, grid.territory) if mine else None,
    )
    await _check(connection, grid, where)
    if q is None or not q.strip():
        return where
    words = words_of(q)
    of_phone: tuple[int, ...] = ()
    if (phone := phone_of(q)) and asker.may(Right.READ_CONTACT, grid.territory):
        count_contact(request, asker)
        reason = messages.word("readings", "search", language)
        of_phone = await cases_of_phone(connection, asker, grid.territory, phone, reason)
    return replace(where, search=await prepare(connection, grid, seen, words, of_phone))


def _ring(text: str) -> bytes:
    """The polygon of some corners as WKB. Raises BadField."""
    try:
        corners = [(float(lon), float(lat)) for lon, lat in (corner.split(",") for corner in text.split(";"))]
        sound = all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in corners)  # nor NaN
        area = shapely.Polygon(corners if sound else ())
    except ValueError:  # shapely's own are such, too
        raise BadField(field="area", reason="ring") from None
    if not sound or not area.is_valid:
        raise BadField(field="area", reason="ring")
    return shapely.to_wkb(area)


async def _check(connection: AsyncConnection, grid: Grid, where: ReportFilter) -> None:
    """A code that is misspelt gives an empty list, which looks like an answer: it is refused."""
    await check_categories(connection, grid.territory, where.categories, campaigns=True)
    if where.campaign is not None:
        await find_campaign(connection, grid.territory, where.campaign)
    if where.groups:
        known = await categories_of(connection, grid.territory)
        groups = [group.code for group in known.groups]
        for group in where.groups:
            if group not in groups:
                raise UnknownGroup(group=group, known=groups)
    if where.major_class is not None or where.minor_class is not None:
        kept = (await classes_of(connection, grid.territory)).of.values()
        for at, field in enumerate(("major_class", "minor_class")):
            codes = sorted({one[at] for one in kept})
            if getattr(where, field) not in (None, *codes):
                raise BadField(field=field, reason="enum", expected=", ".join(codes) or "—")
    await check_cell(connection, grid, where.cell, where.level)


Wanted = Annotated[ReportFilter, Depends(_wanted, scope="function")]
"""Which reports are asked for; what the territory does not have is refused."""
