"""What another server says, read: answers in JSON and XML, and the requests in them. Nothing of it is believed."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

__all__ = ["TheirRequest", "Unreadable", "entries_in", "request_of"]

LONGEST, LONGEST_WORDS = 200, 3500
"""Letters of an id and of what somebody wrote; more is cut off, for with the address it has to fit into a report."""
FIELDS = (
    *("service_request_id", "token", "status", "status_notes", "service_code", "service_name", "description"),
    *("requested_datetime", "updated_datetime", "address", "media_url", "lat", "long", "code"),
)


class Unreadable(ValueError):
    """An answer that is none of GeoReport."""


@dataclass(frozen=True, slots=True)
class TheirRequest:
    """A request as another server tells of it; `kept` is all of it that is of use, as texts."""

    id: str
    status: str
    service: str
    words: str
    notes: str
    place: tuple[float, float] | None
    requested: datetime | None
    updated: datetime | None
    kept: Mapping[str, str]


def entries_in(body: bytes, form: str) -> list[dict[str, str]]:
    """The entries of an answer, of each what is of use, as texts that can be kept here. Raises Unreadable."""
    entries = _of_xml(body) if form == "xml" else _of_json(body)
    return [
        {name: text for name in FIELDS if (text := _text(entry.get(name), name == "description"))} for entry in entries
    ]


def _of_json(body: bytes) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeError among them
        raise Unreadable(str(error)[:LONGEST]) from None
    if isinstance(found, Mapping) and found.keys().isdisjoint(FIELDS):  # under a name of its own, as in XML
        inner = [one for one in found.values() if isinstance(one, list)]
        found = inner[0] if len(inner) == len(found) == 1 else None
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list):
        raise Unreadable("no list")
    return _entries(entry for entry in found if isinstance(entry, Mapping))


def _of_xml(body: bytes) -> list[Mapping[str, Any]]:
    if b"\0" in body:  # of UTF-16, in which the next would see nothing
        raise Unreadable("not in UTF-8")
    if b"<!" in body.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
        raise Unreadable("a declaration of types, which is not looked at")
    try:
        top = ElementTree.fromstring(body)  # noqa: S314 - it declares no entities, see above
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable(str(error)[:LONGEST]) from None
    return _entries({child.tag.rpartition("}")[2]: child.text for child in entry} for entry in top)


def _entries(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Entries that say something: one of other fields alone is an answer of another kind."""
    entries = list(found)
    if any(entry.keys().isdisjoint(FIELDS) for entry in entries):
        raise Unreadable("entries without a field of GeoReport")
    return entries


def _text(value: Any, long: bool) -> str:
    if value is None or isinstance(value, bool | Mapping | list):
        return ""
    try:
        text = str(value)
    except ValueError:  # a number of thousands of digits
        return ""
    sound = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return sound.strip()[: LONGEST_WORDS if long else LONGEST]


def request_of(entry: Mapping[str, str]) -> TheirRequest | None:
    """A request out of its entry; None for one that has no id yet."""
    key = entry.get("service_request_id", "")
    if not key:
        return None
    words = [entry.get("description", ""), entry.get("address", ""), entry.get("media_url", "")]
    return TheirRequest(
        id=key,
        status=entry.get("status", "open").lower(),
        service=entry.get("service_code", ""),
        words="\n".join(filter(None, words)),
        notes=entry.get("status_notes", ""),
        place=_place(entry),
        requested=_moment(entry.get("requested_datetime")),
        updated=_moment(entry.get("updated_datetime")),
        kept=dict(entry),
    )


def _place(entry: Mapping[str, str]) -> tuple[float, float] | None:
    try:
        lon, lat = float(entry["long"]), float(entry["lat"])
    except (KeyError, ValueError):
        return None
    sound = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
    return (lon, lat) if sound else None


def _moment(text: str | None) -> datetime | None:
    """A time, in UTC where it names no zone; None where it is none, or none that a database takes."""
    try:
        moment = datetime.fromisoformat(text or "")
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 1900 else None
