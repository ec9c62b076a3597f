"""Columns of a file, as text or typed, become the columns of report drafts; what does not parse falls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.geo.datum import Datum
from wangge.geo.files.spelledcolumns import narrow_column, plain_ids, rounded_ids, structured_ids
from wangge.reports.assets.assets import LONGEST as NUMBER
from wangge.reports.bulk.columns.fields import CONTACT
from wangge.reports.bulk.columns.history import HISTORY, History, Outcome, history, known_outcomes
from wangge.reports.bulk.columns.sieve import BadValue, Sieve
from wangge.reports.bulk.columns.spots import Spots, choices, columns_of, spots, words
from wangge.reports.bulk.columns.standing import Standing, standing
from wangge.reports.bulk.columns.times import no_time, times
from wangge.reports.bulk.columns.values import nulls, texts, true
from wangge.reports.policy.policy import Urgency
from wangge.reports.times import CLOCK_SKEW, EARLIEST

__all__ = ["Drafts", "Rules", "drafts"]

LONGEST = {"category": 200, "external_id": 200, "asset": NUMBER, "description": 4000, "contact_name": 200}
FORMS = {
    "contact_phone": (r"^[0-9+()\- ]{3,40}$", "phone"),
    "contact_email": (r"^[^@\s]{1,128}@[^@\s]{1,125}$", "email"),
}
"""The form of a field, and the reason for which anything else falls."""

Times = NDArray[np.datetime64]

_URGENCIES = {urgency.value: urgency.value for urgency in Urgency}

LATEST = np.datetime64("2200-01-01", "us")
"""No limit is later."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How values are read.

    Parameters
    ----------
    datum : of the coordinates, where no column says it.
    zone : of times that name none; None refuses them.
    as_local : the zones that times name are wrong, and `zone` is right.
    now : the moment after which nothing can have happened yet.
    outcomes : by what the file calls them, in small letters.
    """

    datum: Datum
    zone: ZoneInfo | None
    now: datetime
    outcomes: Mapping[str, Outcome] = field(default_factory=known_outcomes)
    as_local: bool = False


@dataclass(slots=True)
class Drafts(Spots):
    """n reports before they have a place: NaN, NaT and null where nothing was said.

    `past` is what another system's file tells of what became of them, `standing` what an export of this one tells.
    """

    category: pa.Array
    description: pa.Array
    urgency: NDArray[np.str_]
    occurred_at: Times
    received_at: Times
    external_id: pa.Array
    asset: pa.Array
    contact: dict[str, pa.Array]
    past: History | None
    standing: Standing | None = None


def drafts(table: pa.RecordBatch, mapping: Mapping[str, str], rules: Rules, sieve: Sieve) -> Drafts:
    """The drafts in a batch; rows that do not make one fall from the sieve."""
    columns = columns_of(table, mapping)
    where = spots(columns, table.num_rows, rules.datum, sieve)
    occurred, received = (
        _times(columns, field, table.num_rows, rules, sieve) for field in ("occurred_at", "received_at")
    )
    now = np.datetime64(rules.now.replace(tzinfo=None), "us")
    received_at = _first(received, occurred, now)
    stands = None
    skew = np.timedelta64(CLOCK_SKEW)
    if "number" not in columns:  # what stood in a database may come back as it was
        sieve.drop(occurred > received + skew, "occurred_at", columns.get("occurred_at"), "datetime_after_received")
    if "number" in columns:

        def read(field: str, ahead: bool) -> Times:
            return _times(columns, field, table.num_rows, rules, sieve, ahead=ahead)

        stands = standing(columns, received, read, sieve)
    return Drafts(
        lon=where.lon,
        lat=where.lat,
        datum=where.datum,
        accuracy=where.accuracy,
        category=_text(columns, "category", table.num_rows, sieve, required=True),
        description=pc.fill_null(_text(columns, "description", table.num_rows, sieve), ""),
        urgency=choices(columns, "urgency", table.num_rows, _URGENCIES, Urgency.NORMAL, sieve),
        occurred_at=_first(occurred, received, now),
        received_at=received_at,
        external_id=_ids(columns, "external_id", table.num_rows, sieve, kept=stands is not None),
        asset=_ids(columns, "asset", table.num_rows, sieve, kept=stands is not None),
        contact={
            field.removeprefix("contact_"): _text(columns, field, table.num_rows, sieve)
            for field in CONTACT
            if field in columns
        },
        past=None if stands else _past(columns, received_at, rules, sieve),
        standing=stands,
    )


def _past(columns: Mapping[str, pa.Array], received_at: Times, rules: Rules, sieve: Sieve) -> History | None:
    if not columns.keys() & set(HISTORY):
        return None
    rows = len(received_at)
    known = {field: _times(columns, field, rows, rules, sieve) for field in ("handled_at", "closed_at")}
    known["due_at"] = _times(columns, "due_at", rows, rules, sieve, ahead=True)
    return history(columns, known, received_at, rules.outcomes, sieve)


def _text(columns: Mapping[str, pa.Array], field: str, rows: int, sieve: Sieve, *, required: bool = False) -> pa.Array:
    """Text of a column that is no longer than the field takes, and of its form; null where there is none."""
    text = words(columns, field, rows, sieve)
    if field == "category":
        text = narrow_column(text)
    if required:
        sieve.drop(nulls(text), field, None, "missing")
    if field in LONGEST:
        most = LONGEST[field]
        sieve.drop(true(pc.greater(pc.utf8_length(text), most)), field, text, "string_too_long", max_length=most)
    if field in FORMS:
        form, reason = FORMS[field]
        text = narrow_column(text)
        sieve.drop(true(pc.invert(pc.match_substring_regex(text, form))), field, text, reason)
    # U+0000 is the one character that PostgreSQL cannot keep in a text.
    sieve.drop(true(pc.match_substring(text, "\0")), field, None, "string_nul")
    return text


def _ids(columns: Mapping[str, pa.Array], field: str, rows: int, sieve: Sieve, *, kept: bool) -> pa.Array:
    """Ids of things elsewhere, null where there is none; one that a spreadsheet has rounded falls.

    Parameters
    ----------
    kept : they are taken as they are, because they have been taken before.
    """
    column = columns.get(field)
    if column is None or kept:
        return _text(columns, field, rows, sieve)
    sieve.drop(texts(column).inexact, field, column, "rounded")
    told = plain_ids(_text(columns, field, rows, sieve))
    sieve.drop(true(structured_ids(told)), field, told, "string_type")
    sieve.drop(true(rounded_ids(told)), field, told, "rounded")
    return told


def _times(
    columns: Mapping[str, pa.Array], field: str, rows: int, rules: Rules, sieve: Sieve, *, ahead: bool = False
) -> Times:
    """Times of a column in UTC, NaT where there is none; unreadable, future and absurdly early ones fall.

    Parameters
    ----------
    ahead : a time in the future is meant.
    """
    column = columns.get(field)
    if column is None:
        return np.full(rows, "NaT", dtype="datetime64[us]")
    read = times(column, rules.zone, as_local=rules.as_local)
    for row in sieve.falling(read.unreadable):
        reason, facts = no_time(column[row].as_py())
        sieve.refuse(row, field, column[row].as_py(), BadValue(field=field, reason=reason, **facts))
    sieve.drop(read.zoneless, field, column, "timezone_aware")
    values = read.values
    if rules.zone is not None:
        # Many a system writes the start of its own clock where it has no time.
        values[np.abs(values.astype(np.int64)) < 86_400_000_000] = np.datetime64("NaT", "us")
    latest = np.datetime64((rules.now + CLOCK_SKEW).replace(tzinfo=None), "us")
    sieve.drop(values > (LATEST if ahead else latest), field, column, "datetime_future")
    earliest = np.datetime64(EARLIEST.replace(tzinfo=None), "us")
    sieve.drop(values < earliest, field, column, "datetime_early", earliest=EARLIEST.date())
    return values


def _first(*choices: Any) -> Times:
    """The first of several times that is one, row by row."""
    chosen: Times = choices[0].copy()
    for other in choices[1:]:
        chosen = np.where(np.isnat(chosen), other, chosen)
    return chosen
