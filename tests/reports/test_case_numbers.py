"""Case numbers of many reports at once are those of each alone."""

from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from wangge.reports.bulk.export.numbers import case_numbers
from wangge.reports.number import format_number

TIMES = st.datetimes(timezones=st.just(UTC))
IDS = st.none() | st.integers(1, 2_000_000) | st.integers(1, 2**63 - 1)


@given(st.lists(st.tuples(TIMES, IDS), max_size=8))
def test_case_numbers(cases: list[tuple[datetime, int | None]]) -> None:
    times, ids = (
        pa.array([at for at, _ in cases], pa.timestamp("us", "UTC")),
        pa.array([n for _, n in cases], pa.int64()),
    )
    assert case_numbers(times, ids).to_pylist() == [None if n is None else format_number(at, n) for at, n in cases]
