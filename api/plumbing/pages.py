"""Lists, a page at a time: how many entries, in which order, and the cursor of the place where a page has ended."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from wangge.api.plumbing.problems import BadField
from wangge.reports.listing.reading import PARTS, Part, Sort, Spot

__all__ = ["DuePage", "Page", "SortedPage", "SortedPlace", "encode_cursor"]


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a list: at most `limit` entries `after` the (received_at, id) where the cursor stands."""

    limit: int
    after: tuple[datetime, int] | None


@dataclass(frozen=True, slots=True)
class SortedPlace:
    """The same of a list in an order that is chosen, and has parts."""

    limit: int
    sort: Sort
    after: Spot | None


Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries in this page")]
Cursor = Annotated[str | None, Query(max_length=100, description="From the next link of a page")]


async def _page(limit: Limit = 100, cursor: Cursor = None) -> Place:
    return Place(limit, _decode_cursor(cursor, Sort.NEWEST)[1:] if cursor else None)


async def _sorted_page(
    limit: Limit = 100,
    cursor: Cursor = None,
    sort: Annotated[
        Sort,
        Query(
            description="`due`: overdue first, then by deadline, then what has none or is parked, then what has ended"
        ),
    ] = Sort.NEWEST,
) -> SortedPlace:
    return SortedPlace(limit, sort, _decode_cursor(cursor, sort) if cursor else None)


async def _due_page(limit: Limit = 100, cursor: Cursor = None) -> SortedPlace:
    return SortedPlace(limit, Sort.DUE, _decode_cursor(cursor, Sort.DUE) if cursor else None)


Page = Annotated[Place, Depends(_page)]
SortedPage = Annotated[SortedPlace, Depends(_sorted_page)]
DuePage = Annotated[SortedPlace, Depends(_due_page)]


def encode_cursor(at: datetime, report_id: int, part: Part = Part.RECEIVED) -> str:
    """The opaque cursor of the place after a report, by when it was received or by its time in a part of an order."""
    micros = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    return urlsafe_b64encode(f"{part}{micros}.{report_id}".encode()).decode().rstrip("=")


def _decode_cursor(cursor: str, sort: Sort) -> Spot:
    try:
        told = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        part = next(part for part in PARTS[sort] if told.startswith(part))
        micros, report_id = told.removeprefix(part).split(".")
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))
        if not 0 <= int(report_id) < 2**63:
            raise ValueError(cursor)
        return Spot(part, at, int(report_id))
    except (ValueError, OverflowError, StopIteration, binascii.Error):
        raise BadField(field="cursor", reason="cursor") from None
