"""Puts placed drafts into the database: keys claimed first, then reports, events and contacts by binary COPY."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.geo.grid import Grid
from wangge.reports.bulk import queries
from wangge.reports.bulk.columns.parsing import Drafts
from wangge.reports.bulk.opening import CARRIED, JSONB, Opening
from wangge.reports.bulk.past.events import row_columns
from wangge.reports.bulk.past.loading import append_past, append_restored
from wangge.reports.bulk.past.restoring import assignment, restored_row
from wangge.reports.bulk.placing import Places
from wangge.reports.case.facts import BITS, Fact
from wangge.reports.case.lifecycle import OPENED, OPENING
from wangge.reports.fields import In, columns
from wangge.reports.intake.submitting import Receipt
from wangge.reports.policy.policy import Urgency
from wangge.store.copy import copy_batch, ewkb_points
from wangge.store.engine import AsyncConnection

__all__ = ["Loaded", "ensure_months", "load"]

ACTOR = "wangge"
UTC_TIME = pa.timestamp("us", "UTC")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the rows that were to be stored: their ids, and those that were there before."""

    rows: Rows
    ids: Rows
    known: Mapping[int, Receipt] = field(default_factory=dict)

    @property
    def stored(self) -> int:
        """Number of reports that are new."""
        return len(self.rows) - len(self.known)


async def ensure_months(connection: AsyncConnection, received_at: NDArray[np.datetime64]) -> None:
    """Partitions exist for the months of these times."""
    months = np.unique(received_at.astype("datetime64[M]")).astype("datetime64[D]")
    await connection.execute(queries.ENSURE_MONTHS, (months.tolist(),))


async def load(
    connection: AsyncConnection,
    grid: Grid,
    drafts: Drafts,
    places: Places,
    rows: Rows,
    keys: pa.Array,
    source: str,
    opening: Opening | None = None,
    *,
    owner: str = "",
) -> Loaded:
    """Store the drafts in `rows`, in the connection's transaction, which the caller commits.

    Parameters
    ----------
    keys : for each of `rows` the external key under which it is stored once; null for none.
    source : the way they came, for instance "import".
    owner : whose the keys are; empty for the operator's own imports.
    opening : for cases that somebody is to carry; None for history, which has no desk and no clock.
    """
    if not len(rows):
        return Loaded(rows, rows)
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(queries.PLAN_ONCE)
        ids = drafts.standing.ids[rows] if drafts.standing else await _reserve(cursor, len(rows))
        known = await _claim(cursor, (grid.territory, owner), drafts, rows, ids, keys)
        fresh = np.array([row not in known for row in rows.tolist()]) if known else np.ones(len(rows), np.bool_)
        if fresh.any():
            await _append(cursor, grid, drafts, places, rows[fresh], ids[fresh], source, opening)
            await cursor.execute(queries.BUMP_REVISION, (grid.territory,))
    return Loaded(rows, ids, known)


async def _reserve(cursor: psycopg.AsyncCursor[Any], count: int) -> Rows:
    ((reserved,),) = await (await cursor.execute(queries.RESERVE_REPORT_IDS, (count,))).fetchall()
    return np.array(reserved, dtype=np.int64)


async def _claim(
    cursor: psycopg.AsyncCursor[Any], whose: tuple[str, str], drafts: Drafts, rows: Rows, ids: Rows, keys: pa.Array
) -> dict[int, Receipt]:
    """Rows whose key was taken before, each with the report that has it; the other keys are now theirs."""
    keyed = np.array(pc.is_valid(keys).to_numpy(zero_copy_only=False), dtype=np.bool_)
    if not keyed.any():
        return {}
    theirs: dict[str, Any] = {"territory": whose[0], "owner": whose[1]}
    await cursor.execute(queries.CREATE_INCOMING_KEYS)
    await cursor.execute("TRUNCATE incoming_key")
    incoming = {
        "key": keys.filter(pa.array(keyed)),
        "report_id": pa.array(ids[keyed]),
        "received_at": pa.array(drafts.received_at[rows[keyed]], UTC_TIME),
    }
    await copy_batch(cursor, "incoming_key", _batch(incoming))
    taken = await (await cursor.execute(queries.CLAIM_INCOMING_KEYS, theirs)).fetchall()
    if not taken:
        return {}
    found = await (
        await cursor.execute(queries.REPORTS_OF_KEYS, theirs | {"keys": [key for key, _ in taken]})
    ).fetchall()
    receipts = {key: Receipt(report_id, received_at, known=True) for key, report_id, received_at in found}
    row_of = dict(zip(ids.tolist(), rows.tolist(), strict=True))
    return {row_of[report_id]: receipts[key] for key, report_id in taken}


async def _append(
    cursor: psycopg.AsyncCursor[Any],
    grid: Grid,
    drafts: Drafts,
    places: Places,
    rows: Rows,
    ids: Rows,
    source: str,
    opening: Opening | None,
) -> None:
    received = pa.array(drafts.received_at[rows], UTC_TIME)
    past = drafts.past.take(rows) if drafts.past else None
    stands = drafts.standing.take(rows) if drafts.standing else None
    version = np.ones(len(ids), dtype=np.int32)
    begun = row_columns(past) if past else {}
    if stands is not None:
        begun = restored_row(stands)
        told, version = assignment(stands, drafts.urgency[rows].tolist())
    elif opening is not None and past is None:
        begun, told = opening.columns(drafts, places, rows)
    else:
        told = _told_of_urgency(drafts.urgency[rows])
    await copy_batch(cursor, "report", _reports(grid, drafts, places, rows, ids, received, source, begun))
    # One move after the other, so that ids of events follow the order of what happened.
    await copy_batch(cursor, "report_event", _events(grid, ids, received, "receive"))
    await copy_batch(cursor, "report_event", _events(grid, ids, received, "assign", told, version))
    facts = _facts(grid, drafts, places, rows, ids, received)
    if stands is not None:
        await append_restored(cursor, grid.territory, ids, drafts.received_at[rows], stands, facts)
    elif past is not None:
        await append_past(cursor, grid.territory, ids, drafts.received_at[rows], past, facts)
    else:
        await copy_batch(cursor, "report_facts", facts)
    contacts = _contacts(drafts, rows, ids, received)
    if contacts is not None:
        await copy_batch(cursor, "report_contact", contacts)


def _reports(
    grid: Grid,
    drafts: Drafts,
    places: Places,
    rows: Rows,
    ids: Rows,
    received: pa.Array,
    source: str,
    begun: Mapping[str, pa.Array],
) -> pa.RecordBatch:
    count = len(rows)
    picked = pa.array(rows)
    accuracy = drafts.accuracy[rows]
    made = {
        "id": pa.array(ids),
        "received_at": received,
        "territory_code": _same(grid.territory, count),
        "edition_id": pa.array(np.full(count, grid.edition_id, dtype=np.int32)),
        "cell_id": pa.array(grid.leaf_ids[places.position[rows]]),
        "state": _same(OPENED.value, count),
        "category": drafts.category.take(picked),
        "description": drafts.description.take(picked),
        "urgency": pa.array(drafts.urgency[rows].tolist(), pa.string()),
        "occurred_at": pa.array(drafts.occurred_at[rows], UTC_TIME),
        "source": _same(source, count),
        "on_edge": pa.array(places.on_edge[rows]),
        "ambiguous": pa.array(places.ambiguous[rows]),
        "accuracy_m": pa.array(accuracy, mask=np.isnan(accuracy)),
        "raw_lon": pa.array(drafts.lon[rows]),
        "raw_lat": pa.array(drafts.lat[rows]),
        "datum": pa.array(drafts.datum[rows].tolist(), pa.string()),
        "external_id": drafts.external_id.take(picked),
        "asset": drafts.asset.take(picked),
        "campaign": pa.nulls(count, pa.string()),
        "geom": ewkb_points(places.lon[rows], places.lat[rows]),
    }
    return _batch({name: made[name] for name in columns(In.INTAKE) if name not in CARRIED} | dict(begun))


def _told_of_urgency(urgency: NDArray[np.str_]) -> pa.Array | None:
    """Facts of reports of which nothing else is told: which are urgent. None where none is."""
    pressing = urgency != Urgency.NORMAL
    if not pressing.any():
        return None
    facts = ({"urgency": word} if it else {} for word, it in zip(urgency.tolist(), pressing.tolist(), strict=True))
    return pa.array([JSONB + orjson.dumps(each) for each in facts])


def _events(
    grid: Grid,
    ids: Rows,
    received: pa.Array,
    move: str,
    facts: pa.Array | None = None,
    version: NDArray[np.int32] | None = None,
) -> pa.RecordBatch:
    told = {} if facts is None else {"facts": facts}
    return _batch(
        told
        | {
            "report_id": pa.array(ids),
            "report_received_at": received,
            "territory_code": _same(grid.territory, len(ids)),
            "state": _same(OPENING[move].value, len(ids)),
            "at": received,
            "actor": _same(ACTOR, len(ids)),
            "move": _same(move, len(ids)),
            "version": pa.array(np.ones(len(ids), dtype=np.int32) if version is None else version),
        }
    )


def _facts(grid: Grid, drafts: Drafts, places: Places, rows: Rows, ids: Rows, received: pa.Array) -> pa.RecordBatch:
    """What the figures keep of reports to which nothing has happened yet."""
    return _batch(
        {
            "id": pa.array(ids),
            "received_at": received,
            "since": received,
            "facts": pa.array(np.full(len(rows), BITS[Fact.RECEIVED], dtype=np.int64)),
            "cell_id": pa.array(grid.leaf_ids[places.position[rows]]),
            "territory_code": _same(grid.territory, len(rows)),
            "category": drafts.category.take(pa.array(rows)),
        }
    )


def _contacts(drafts: Drafts, rows: Rows, ids: Rows, received: pa.Array) -> pa.RecordBatch | None:
    """Contacts of the reports that have one; None when none has."""
    if not drafts.contact:
        return None
    said = {name: column.take(pa.array(rows)) for name, column in drafts.contact.items()}
    batch = _batch({"report_id": pa.array(ids), "report_received_at": received, **said})
    there = np.zeros(len(rows), np.bool_)
    for column in said.values():
        there |= np.array(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return batch.filter(pa.array(there)) if there.any() else None


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _batch(columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
