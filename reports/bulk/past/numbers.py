"""Keeps the numbers of cases that are restored from an export: they are taken before others can be given them."""

from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from wangge.reports.bulk import queries
from wangge.reports.bulk.columns.sieve import BadValue, Sieve
from wangge.reports.bulk.columns.standing import Standing
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection

__all__ = ["take_numbers"]

FINENESS = np.timedelta64(1, "ms")
"""Of the times in a GeoPackage."""


async def take_numbers(
    connection: AsyncConnection,
    territory: str,
    stands: Standing,
    received_at: NDArray[np.datetime64],
    sieve: Sieve,
) -> NDArray[np.bool_]:
    """Which of n cases are there already, under their own numbers; those whose number another has fall.

    No report that comes in later is given a number of theirs. In the caller's transaction.
    """
    here = np.zeros(len(stands.ids), np.bool_)
    rows = np.flatnonzero(sieve.standing)
    if not len(rows):
        return here
    _, first = np.unique(stands.ids[rows], return_index=True)
    twice = sieve.standing.copy()
    twice[rows[first]] = False
    for row in sieve.falling(twice):
        _refuse(row, stands, received_at, sieve)
    ids = stands.ids[rows[first]]
    await connection.execute(queries.HOLD_REPORT_IDS)
    ((given,),) = await (await connection.execute(queries.LAST_REPORT_ID)).fetchall()
    await connection.execute(queries.SKIP_REPORT_IDS, {"to": int(ids.max())})
    taken = await connection.execute(queries.REPORTS_OF_IDS, (ids[ids <= given].tolist(),))
    row_of = dict(zip(ids.tolist(), rows[first].tolist(), strict=True))
    for report_id, at, where in await taken.fetchall():
        row = row_of[report_id]
        if where == territory and abs(np.datetime64(at.replace(tzinfo=None), "us") - received_at[row]) < FINENESS:
            here[row] = True
        else:
            _refuse(row, stands, received_at, sieve)
    return here


def _refuse(row: int, stands: Standing, received_at: NDArray[np.datetime64], sieve: Sieve) -> None:
    at = received_at[row].astype("datetime64[us]").item().replace(tzinfo=UTC)
    number = format_number(at, int(stands.ids[row]))
    sieve.refuse(row, "number", number, BadValue(field="number", reason="number_taken"))
