"""Features that clients send: read against what the collection is made of, each fault answered with 422."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import shapely
from fastapi import Depends, Request

from wangge.api.ogc.asking import bad
from wangge.api.ogc.collection import Collection
from wangge.api.ogc.crs import CRS84, WGS84, Crs, crs_by, transformed
from wangge.api.ogc.properties import Kind
from wangge.api.plumbing.problems import BadField, BadRequest
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.drafts import FeatureBody, FeaturePatch
from wangge.api.schemas.forms import ONE_LINE
from wangge.geo.purposes import Purpose
from wangge.planning.attributes import sheet
from wangge.planning.drafts.cells import FIXED, Changes

__all__ = ["SAYS_WHAT", "crs_of_content", "parse_changes"]

LONGEST = 200
LINE = re.compile(ONE_LINE)
UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""What no text in the database holds: the other bodies name their texts, and pydantic refuses it there."""


@refuses(BadRequest)
async def _media(request: Request) -> None:
    if not request.headers.get("content-type"):
        raise BadRequest(reason="Content-Type")


SAYS_WHAT = [Depends(_media)]
"""Refuses a body of which nothing says what it is: 400, as the standard has it."""


def crs_of_content(request: Request, known: tuple[str, ...]) -> Crs:
    """The system in which a client sends coordinates, by the header Content-Crs; without it, CRS84."""
    told = request.headers.get("content-crs", CRS84).strip().removeprefix("<").removesuffix(">")
    return crs_by(told, known) or bad("Content-Crs", "literal_error", expected=", ".join(known))


def parse_changes(sent: FeatureBody | FeaturePatch, collection: Collection, crs: Crs) -> Changes:
    """What a client says of a base grid. Of a whole feature, what it leaves out is not there.

    Raises
    ------
    BadField : a property that there is not, a value of another kind, a shape that is no sound polygon.
    """
    whole = isinstance(sent, FeatureBody)
    told: dict[str, str | None] = {"parent": None, "purpose": None} if whole else {}
    attributes: dict[str, Any] = {}
    kinds = {one.name: one for one in collection.properties if one.told}
    for name, value in (sent.properties or {}).items():
        if name == "id":
            continue
        known = kinds.get(name)
        if known is None:
            raise BadField(field=f"properties.{name[:64]}", reason="extra_forbidden")
        if known.read_only:
            continue
        if name in FIXED:
            line = _line(name, value)
            told[name] = known.known_as(line) if line and known.known_as else line
        else:
            attributes[name] = _value(name, known.kind, value)
    if whole or "code" in told:
        told.setdefault("name", None)
        if told.get("code") is None:
            raise BadField(field="properties.code", reason="missing")
    if not whole and "name" in told and "code" not in told and told["name"] is None:
        raise BadField(field="properties.name", reason="missing")
    if "name" in told and told["name"] is None and not whole:
        del told["name"]
    if (purpose := told.get("purpose")) is not None and purpose not in set(Purpose):
        raise BadField(field="properties.purpose", reason="literal_error", expected=", ".join(Purpose))
    shape = None
    if whole or "geometry" in sent.model_fields_set:
        shape = _shape(sent.geometry, crs)
    shown = frozenset(name for name, one in kinds.items() if not one.read_only and name not in FIXED)
    return Changes(told, attributes, shape, whole, shown)


def _line(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    text = value.strip() if isinstance(value, str) and not UNKEPT.search(value) else ""
    if len(text) > LONGEST or not LINE.fullmatch(text):
        raise BadField(field=f"properties.{name}", reason="one_line")
    return text


def _value(name: str, kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    field = f"properties.{name[:64]}"
    if kind is Kind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) <= sheet.MOST:
            raise BadField(field=field, reason="number_large", most=f"{sheet.MOST:,.0f}")
        return value
    if kind is Kind.TEXT and isinstance(value, str) and not UNKEPT.search(value):
        return value
    raise BadField(field=field, reason="not_of_kind", expected=kind.value)


def _shape(told: Mapping[str, Any] | None, crs: Crs) -> bytes:
    """A geometry as WKB in lon, lat WGS-84."""
    try:
        if told is None or told.get("type") not in ("Polygon", "MultiPolygon"):
            raise ValueError
        drawn = shapely.from_geojson(orjson.dumps({key: told[key] for key in ("type", "coordinates") if key in told}))
        shape = shapely.force_2d(transformed(drawn, crs, WGS84))
    except (ValueError, TypeError, shapely.errors.ShapelyError):
        raise BadField(field="geometry", reason="area") from None
    west, south, east, north = shape.bounds if not shape.is_empty else (181, 91, 181, 91)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90 and shape.is_valid):
        raise BadField(field="geometry", reason="area")
    return bytes(shapely.to_wkb(shape))
