"""Rows by COPY become the same columns as psycopg's, whatever stands in them."""

import math
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from wangge.store.copied import copied
from wangge.store.engine import connect

SCHEMA = pa.schema(
    [
        ("n", pa.int64()),
        ("told", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("flag", pa.bool_()),
        ("size", pa.float64()),
        ("raw", pa.binary()),
    ]
)
TEXTS = ("", None, '"', "a,b", "一\n二\r\n三", "\\N", "NULL", "t", "'; --", "\\.", " x ", "𠮷")
TIMES = ("0001-01-01", "1969-12-31 23:59:59.999999", None, "2026-12-01 05:53:06.94", "9999-12-31 23:59:59.999999")
ROWS = """
SELECT n, (%(texts)s::text[])[n], (%(times)s::timestamptz[])[n], CASE n % 3 WHEN 0 THEN n % 2 = 0 END,
       (ARRAY[0.1::float8, '-0', 1e308, 5e-324, NULL, 1/3.0::float8, 'NaN'])[n],
       CASE WHEN n % 4 <> 0 THEN decode(repeat('00ff5c', n % 4 - 1), 'hex') END
FROM generate_series(1, 12) n ORDER BY n
""".replace(" % ", " %% ")
GERMAN = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = German', current_database()); END $$"


def test_copied_rows_are_what_the_driver_reads(empty_database: str) -> None:
    asked: dict[str, Any] = {"texts": list(TEXTS), "times": list(TIMES)}
    with connect(empty_database) as connection:
        expected = [list(row) for row in connection.execute(ROWS, asked, binary=True)]
        connection.execute(GERMAN)
    with copied(empty_database, ROWS, asked, SCHEMA, size=5) as parts:
        batches = list(parts)
    assert [batch.num_rows for batch in batches] == [5, 5, 2]
    got = [list(row.values()) for batch in batches for row in batch.to_pylist()]
    assert math.isnan(got[6].pop(4))
    assert math.isnan(expected[6].pop(4))
    assert got == expected
    assert math.copysign(1, got[1][4]) == -1
    assert got[0][2] == datetime(1, 1, 1, tzinfo=UTC)


def test_no_rows_are_no_batches_and_a_reader_may_leave_early(empty_database: str) -> None:
    schema = pa.schema([("n", pa.int64())])
    with copied(empty_database, "SELECT 1 WHERE false", {}, schema) as parts:
        assert list(parts) == []
    with copied(empty_database, "SELECT n FROM generate_series(1, 300000) n", {}, schema) as parts:
        assert next(parts).num_rows == 5_000


def test_all_is_of_one_moment(empty_database: str) -> None:
    query = "SELECT count(*) FROM pg_class, generate_series(1, 3) n WHERE relname = 'made' GROUP BY n"
    schema = pa.schema([("n", pa.int64())])
    with copied(empty_database, query, {}, schema) as parts:
        with connect(empty_database) as connection:
            connection.execute("CREATE TABLE made ()")
        assert list(parts) == []


def test_a_broken_query_says_so(empty_database: str) -> None:
    with pytest.raises(Exception, match="division by zero"):  # noqa: SIM117
        with copied(empty_database, "SELECT 1 / 0", {}, pa.schema([("n", pa.int64())])) as parts:
            list(parts)
