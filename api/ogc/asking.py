"""What a request asks of a collection: read off the query, each fault of it answered with 400.

Parameters are read by hand, for which of them there are depends on the collection, and the standard wants 400.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import shapely
from fastapi import Request

from wangge.api.ogc.collection import Collection, Order
from wangge.api.ogc.crs import CRS84, Crs, box_of, crs_by, transformed
from wangge.api.ogc.cursors import place_of
from wangge.api.ogc.filters import FilterFault, condition_of
from wangge.api.ogc.properties import Kind, parse_value
from wangge.api.plumbing.deps import instant
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.query_names import BadQuery, refuse_unknown
from wangge.geo.grid import Grid

__all__ = [
    "FILTERING",
    "FIXED",
    "LANGUAGES",
    "MOST",
    "SINGLE",
    "USUAL",
    "Time",
    "Wanted",
    "asked_names",
    "bad",
    "parse_crs",
    "parse_time",
    "parse_wanted",
]

USUAL, MOST = 100, 10_000
FIXED = ("f", "bbox", "bbox-crs", "datetime", "limit", "crs", "properties", "sortby", "cursor")
"""Parameters of every collection's items, beside what it can be filtered by."""
SINGLE = ("f", "crs", "datetime")
"""Those of a single one."""
FILTERING = ("filter", "filter-lang", "filter-crs")
TAKEN = (*FIXED, *FILTERING)
LANGUAGES = ("cql2-text", "cql2-json")
MOST_NAMES = 100
ARROW_OF_TIME = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
"""So that every time has a day in every zone."""


@dataclass(frozen=True, slots=True)
class Time:
    """A span of time, both ends within it, and both within what calendars of every zone reach."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        first, last = ARROW_OF_TIME
        for name in ("since", "until"):
            object.__setattr__(self, name, min(max(getattr(self, name), first), last))

    def values(self, zone: ZoneInfo) -> dict[str, Any]:
        """As parameters of a statement: moments, and the territory's days in which they lie."""
        days = [at.astimezone(zone).date() for at in (self.since, self.until)]
        return {"since": self.since, "until": self.until, "since_day": days[0], "until_day": days[1]}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a collection.

    Attributes
    ----------
    where, values : SQL conditions that all hold, and their parameters.
    names : the properties that are told; None for all.
    filtered : by a filter, which may take long.
    """

    crs: Crs
    order: tuple[Order, ...]
    limit: int = USUAL
    where: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    names: frozenset[str] | None = None
    after: Sequence[Any] | None = None
    filtered: bool = False


def bad(name: str, kind: str, /, **facts: Any) -> NoReturn:
    """Refuse a parameter. Raises BadQuery."""
    raise BadQuery(errors=[{"field": name, "kind": kind, "facts": facts}], known=[])


def asked_names(request: Request, known: Sequence[str]) -> Mapping[str, str]:
    """The parameters of a request; raises BadQuery where one is not known, or stands twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    refuse_unknown(given, dict.fromkeys(known, False))
    return request.query_params


def parse_time(request: Request, zone: ZoneInfo) -> Time | None:
    """The parameter `datetime`: a time or a day, or two of them, of which one may be open."""
    told = request.query_params.get("datetime")
    if told is None:
        return None
    parts = told.split("/")
    try:
        if len(parts) == 1:
            return Time(instant(told, zone, field=""), _end(told, zone))
        if len(parts) == 2:
            opened = [part in ("", "..") for part in parts]
            if not all(opened):
                since = ARROW_OF_TIME[0] if opened[0] else instant(parts[0], zone, field="")
                until = ARROW_OF_TIME[1] if opened[1] else _end(parts[1], zone)
                if since <= until:
                    return Time(since, until)
    except (BadField, OverflowError):
        pass
    bad("datetime", "time_span")


def _end(text: str, zone: ZoneInfo) -> datetime:
    """The last moment of what a text names."""
    day = len(text.strip()) <= 10
    return instant(text, zone, field="", end=True) - timedelta(microseconds=1 if day else 0)


def parse_crs(request: Request, name: str, known: Sequence[str]) -> Crs:
    """A parameter that names a CRS; what is not asked for is CRS84."""
    told = request.query_params.get(name, CRS84)
    return crs_by(told, known) or bad(name, "literal_error", expected=", ".join(known))


def parse_wanted(
    request: Request, collection: Collection, grid: Grid, known: Sequence[str], taken: Sequence[str] = TAKEN
) -> Wanted:
    """All that a request asks of the items of a collection.

    Parameters
    ----------
    known : URIs of the systems that the territory is offered in.
    taken : parameters beside those of what it can be filtered by.

    Raises
    ------
    BadQuery
    """
    equal = {one.name: one for one in collection.queryables if one.kind is not Kind.TEXTS}
    equal = {name: one for name, one in equal.items() if name not in (*FIXED, *FILTERING)}
    given = asked_names(request, [*taken, *equal])
    if given.get("filter-lang", LANGUAGES[0]) not in LANGUAGES:
        bad("filter-lang", "literal_error", expected=", ".join(LANGUAGES))
    order = _order(given.get("sortby"), collection)
    wanted = Wanted(parse_crs(request, "crs", known), order, _limit(given.get("limit")))
    conditions: list[str] = []
    values: dict[str, Any] = {}
    time = parse_time(request, grid.timezone)
    if time is not None and collection.during is not None:
        conditions.append(collection.during)
        values |= time.values(grid.timezone)
    if (told := given.get("bbox")) is not None:
        conditions.append(f"ST_Intersects({collection.geometry}, ST_GeomFromWKB(%(bbox)s, {collection.srid}))")
        values["bbox"] = _bbox(told, parse_crs(request, "bbox-crs", known), collection.srid)
    if (told := given.get("filter")) is not None:
        crs, language = parse_crs(request, "filter-crs", known), given.get("filter-lang", LANGUAGES[0])
        try:
            condition, more = condition_of(told, language, collection, crs, grid.timezone)
        except FilterFault as fault:
            bad("filter", fault.reason, **fault.facts)
        conditions.append(condition)
        values |= more
    for at, (name, one) in enumerate(equal.items()):
        if (told := given.get(name)) is not None:
            conditions.append(f"({one.sql}) = %(equal_{at})s::{one.kind}")
            try:
                values[f"equal_{at}"] = parse_value(one.kind, one.known_as(told) if one.known_as else told)
            except ValueError:
                bad(name, "not_of_kind", expected=one.kind.value)
    names = _names(given.get("properties"), collection)
    after = place_of(given["cursor"], order) if "cursor" in given else None
    return replace(wanted, where=tuple(conditions), values=values, names=names, after=after, filtered="filter" in given)


def _limit(told: str | None) -> int:
    if told is None:
        return USUAL
    if not re.fullmatch(r"\+?0*[0-9]{1,9}", told.strip(), re.ASCII):
        bad("limit", "int_parsing")
    if int(told) < 1:
        bad("limit", "greater_than_equal", ge=1)
    return min(int(told), MOST)  # more is no error by the standard


def _bbox(told: str, crs: Crs, srid: int) -> bytes:
    """A box as WKB in the system of the collection."""
    try:
        shape = box_of([float(part) for part in told.split(",")[:7]], crs)
    except ValueError:
        shape = None
    if shape is None:
        bad("bbox", "bbox")
    return bytes(shapely.to_wkb(shape_in("bbox", shape, replace(crs, swapped=False), srid)))


def shape_in(name: str, shape: Any, crs: Crs, srid: int) -> Any:
    """A geometry that a parameter gives, in the system of the collection."""
    try:
        if srid == 3857:  # which has no poles
            shape = shapely.clip_by_rect(shape, -180, -85.06, 180, 85.06) if crs.srid == 4326 else shape
        return transformed(shape, crs, srid)
    except ValueError:
        bad(name, "bbox" if name == "bbox" else "filter_geometry")


def _names(told: str | None, collection: Collection) -> frozenset[str] | None:
    if told is None:
        return None
    names = [name.strip() for name in told.split(",") if name.strip()]
    known = [one.name for one in collection.properties if one.told]
    if len(names) > MOST_NAMES or not set(names) <= set(known):
        bad("properties", "literal_error", expected=", ".join(known))
    return frozenset(names)


def _order(told: str | None, collection: Collection) -> tuple[Order, ...]:
    """The order that is asked for, then the collection's own, which leaves nothing open."""
    known = {one.name: one for one in collection.sortables}
    chosen: dict[str, Order] = {}
    for each in (told or "").split(",") if told is not None else ():
        name = each.strip().removeprefix("+").removeprefix("-").strip()
        if name not in known:
            bad("sortby", "literal_error", expected=", ".join(known))
        one = known[name]
        chosen.setdefault(one.sql, Order(one.sql, one.kind, descending=each.strip().startswith("-")))
    if not chosen:
        return collection.order
    # So that an index answers, what follows goes the same way.
    down = next(reversed(chosen.values())).descending
    rest = [Order(one.sql, one.kind, down) for one in collection.order if one.sql not in chosen]
    return (*chosen.values(), *rest)
