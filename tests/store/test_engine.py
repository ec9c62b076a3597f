"""What connections promise: one moment for several statements, and rows in parts."""

import psycopg
import pytest
from psycopg.errors import ReadOnlySqlTransaction

from wangge.store.engine import connect, connect_async, first_value, in_parts, named_rows, snapshot

COUNT = "SELECT count(*) FROM territory"
ADD = "INSERT INTO territory (code, name, timezone) VALUES (%s, '{}', 'UTC')"


async def test_within_a_snapshot_every_statement_reads_the_same_moment(empty_database: str) -> None:
    async with await connect_async(empty_database) as connection:
        async with snapshot(connection):
            assert await first_value(connection, COUNT, {}) == 0
            with connect(empty_database) as other:
                other.execute(ADD, ("a",))
            assert await first_value(connection, COUNT, {}) == 0
        assert await first_value(connection, COUNT, {}) == 1


async def test_a_snapshot_writes_nothing_and_leaves_the_connection_as_it_was(empty_database: str) -> None:
    async with await connect_async(empty_database) as connection:
        with pytest.raises(ReadOnlySqlTransaction):
            async with snapshot(connection):
                await connection.execute(ADD, ("a",))
        await connection.execute(ADD, ("b",))
        assert [row.code for row in await named_rows(connection, "SELECT code FROM territory")] == ["b"]


async def test_a_snapshot_on_a_connection_that_is_lost_says_so(empty_database: str) -> None:
    async with await connect_async(empty_database) as connection:
        lost = snapshot(connection)
        await lost.__aenter__()
        with connect(empty_database, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            await lost.__aexit__(None, None, None)


def test_rows_come_in_parts_of_one_moment(empty_database: str) -> None:
    with connect(empty_database) as connection:
        for n in range(5):
            connection.execute(ADD, (f"t{n}",))
    asked = "SELECT code FROM territory WHERE code <> %(but)s ORDER BY code"
    with in_parts(empty_database, asked, {"but": "t3"}, 2) as parts:
        with connect(empty_database) as connection:
            connection.execute(ADD, ("z",))
        assert list(parts) == [[("t0",), ("t1",)], [("t2",), ("t4",)]]
    with in_parts(empty_database, asked + " LIMIT 0", {"but": ""}, 2) as parts:
        assert list(parts) == []
