"""Bulk intake: many reports at once, by the same rules as one. The command line and the HTTP batch both use it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import Transformer

from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import GEOMETRY, MalformedJson
from wangge.geo.files.jsonrecords import flattened, table_of
from wangge.geo.grid import Grid
from wangge.reports.bulk.columns.fields import FIELDS
from wangge.reports.bulk.columns.history import HISTORY
from wangge.reports.bulk.columns.parsing import Drafts, Rules, drafts
from wangge.reports.bulk.columns.sieve import BadValue, Sieve
from wangge.reports.bulk.loading import Loaded, ensure_months, load
from wangge.reports.bulk.naming import name_assets
from wangge.reports.bulk.opening import open_cases
from wangge.reports.bulk.placing import Placer, Places
from wangge.reports.categories.categories import category_codes
from wangge.reports.errors import UnknownCategory
from wangge.reports.intake.submitting import Receipt
from wangge.store.engine import AsyncConnection

__all__ = ["BatchAnswer", "Prepared", "prepare", "submit_batch"]

NAMED = 12
_NO_RECORD = {
    "no-object": ("body", "model_type"),
    "no-properties": ("properties", "dict_type"),
    "own-crs": ("crs", "crs"),
}
# Over HTTP, a report is received when it comes, and has no past.
SENT = tuple(field for field in FIELDS if field not in {"received_at", *HISTORY})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that is ready to be stored: its drafts, their places, and which rows stand."""

    drafts: Drafts
    places: Places
    sieve: Sieve

    @property
    def rows(self) -> NDArray[np.int64]:
        """Rows that are to be stored."""
        return np.flatnonzero(self.sieve.standing)


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of one record: a receipt and its base grid's code, or the error."""

    receipt: Receipt | None
    cell: str | None
    error: WanggeError | None


def prepare(
    table: pa.RecordBatch,
    mapping: Mapping[str, str],
    rules: Rules,
    placer: Placer,
    known: Sequence[str] | None,
    barred: Sequence[str] = (),
) -> Prepared:
    """Read, check and place the records of a batch; nothing is stored.

    Parameters
    ----------
    mapping : the column of each field (see `columns_by_field`).
    known : codes of the categories that the territory takes; None takes any but those that are `barred`.
    """
    sieve = Sieve.of(table.num_rows)
    read = drafts(table, mapping, rules, sieve)
    if known is not None:
        _check_categories(read.category, known, ~_among(read.category, known), sieve)
    elif barred:
        _check_categories(read.category, (), _among(read.category, barred), sieve)
    return Prepared(read, placer.place(read, sieve, read.standing), sieve)


def _among(column: pa.Array, codes: Sequence[str]) -> NDArray[np.bool_]:
    return np.array(pc.is_in(column, pa.array(codes, pa.string())).to_numpy(zero_copy_only=False), np.bool_)


def _check_categories(column: pa.Array, known: Sequence[str], strange: NDArray[np.bool_], sieve: Sieve) -> None:
    said = [*known[:NAMED], "…"] if len(known) > NAMED else list(known)
    for row in sieve.falling(strange):
        category = column[row].as_py()
        sieve.refuse(row, "category", category, UnknownCategory(category=category, known=said))


async def submit_batch(
    connection: AsyncConnection,
    grid: Grid,
    records: Sequence[Any],
    *,
    owner: str = "",
    source: str = "api",
    now: datetime | None = None,
    to_wgs84: Transformer | None = None,
) -> list[BatchAnswer]:
    """Store many reports in the connection's transaction, which the caller commits; one answer for each record.

    Parameters
    ----------
    records : objects with the fields of a report, or GeoJSON Features whose properties are those fields. A Feature
        may have other properties; a plain object may not.
    owner : whose their ids are; nobody else's are in their way.
    to_wgs84 : of the geometries of Features, where their collection names a CRS.
    """
    answers: list[BatchAnswer | None] = [None] * len(records)
    flat: list[dict[str, Any]] = []
    position: list[int] = []
    for i, record in enumerate(records):
        try:
            flat.append(_fields_of(record))
            position.append(i)
        except BadValue as error:
            answers[i] = BatchAnswer(None, None, error)
    if flat:
        for i, answer in zip(
            position, await _submit(connection, grid, flat, owner, source, now, to_wgs84), strict=True
        ):
            answers[i] = answer
    return [answer for answer in answers if answer is not None]


def _fields_of(record: Any) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise BadValue(field="body", reason="model_type")
    try:
        flat = flattened(record)
    except MalformedJson as error:
        field, reason = _NO_RECORD.get(error.facts["reason"], ("body", "too_deep"))
        raise BadValue(field=field, reason=reason) from None
    if flat.get("contact", True) is None:
        del flat["contact"]
    if record.get("type") == "Feature":
        return {name: value for name, value in flat.items() if name in SENT}
    strange = next((name for name in flat if name not in SENT), None)
    if strange is not None:
        raise BadValue(field=strange.replace("contact_", "contact.", 1), reason="extra_forbidden")
    return flat


async def _submit(
    connection: AsyncConnection,
    grid: Grid,
    records: list[dict[str, Any]],
    owner: str,
    source: str,
    now: datetime | None,
    to_wgs84: Transformer | None,
) -> list[BatchAnswer]:
    table = table_of([dict.fromkeys(("category", GEOMETRY)) | record for record in records], to_wgs84)
    known = await category_codes(connection, grid.territory)
    rules = Rules(Datum.WGS84, None, now or datetime.now(UTC))
    mapping = {name: name for name in table.schema.names}
    ready = await asyncio.to_thread(prepare, table, mapping, rules, Placer(grid), known)
    await name_assets(connection, grid.territory, ready.drafts, ready.places, ready.sieve)
    ready.drafts.received_at[:] = np.datetime64(rules.now.replace(tzinfo=None), "us")
    await ensure_months(connection, ready.drafts.received_at[:1])
    opening = await open_cases(connection, grid)
    loaded = await load(
        connection, grid, ready.drafts, ready.places, ready.rows, _keys(ready), source, opening, owner=owner
    )
    return _answers(grid, ready, loaded, rules.now)


def _keys(ready: Prepared) -> pa.Array:
    return ready.drafts.external_id.take(pa.array(ready.rows))


def _answers(grid: Grid, ready: Prepared, loaded: Loaded, received_at: datetime) -> list[BatchAnswer]:
    ids = dict(zip(loaded.rows.tolist(), loaded.ids.tolist(), strict=True))
    errors = {refusal.row: refusal.error for refusal in ready.sieve.refusals}
    answers = []
    for row, position in enumerate(ready.places.position.tolist()):
        if row in errors:
            answers.append(BatchAnswer(None, None, errors[row]))
            continue
        receipt = loaded.known.get(row) or Receipt(ids[row], received_at)
        answers.append(BatchAnswer(receipt, grid.leaves[position].code, None))
    return answers
