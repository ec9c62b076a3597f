"""Case numbers of many reports at once, as `reports.number` makes them one by one."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from stdnum import damm

__all__ = ["case_numbers"]

DAMM = np.array(damm._operation_table, dtype=np.uint8)
TENS = 10 ** np.arange(18, -1, -1, dtype=np.int64)


def case_numbers(received_at: pa.Array, ids: pa.Array) -> pa.Array:
    """`format_number` of n times (in UTC) and ids; null where the id is."""
    at = received_at.cast(pa.timestamp("us"))  # without a zone, which a machine need not know
    years, months = (part(at).cast(pa.int64()) for part in (pc.year, pc.month))
    month = pc.add(pc.multiply(years, 100), months)
    spelled = pc.utf8_lpad(month.cast(pa.string()), 6, "0")
    running = pc.utf8_lpad(ids.cast(pa.string()), 6, "0")
    checks = pa.array(_checks(_integers(month), _integers(ids)), pa.uint8()).cast(pa.string())
    return pc.binary_join_element_wise(spelled, running, checks, "-")


def _integers(column: pa.Array) -> NDArray[np.int64]:
    found: NDArray[np.int64] = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    return found


def _checks(months: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Damm's digit of a month, 6 digits, and a running number of at least 6, after one another."""
    check = np.zeros(len(ids), dtype=np.uint8)
    for ten in TENS[-6:]:
        check = DAMM[check, months // ten % 10]
    for ten in TENS[max(int(ids.max(initial=0)), TENS[-6]) >= TENS]:
        there = (ids >= ten) | (ten <= TENS[-6])
        check = np.where(there, DAMM[check, ids // ten % 10], check)
    return check
