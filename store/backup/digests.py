"""How much is in each table, and a sum over its rows: what a database and its copy are compared by."""

from collections.abc import Callable

from psycopg import sql

from wangge.store.backup.manifest import Table
from wangge.store.engine import Connection

__all__ = ["TABLES", "count_tables", "tables_of"]

# What belongs to an extension, such as the table of coordinate systems, comes with the extension.
TABLES = """
SELECT c.relname, pg_table_size(c.oid) FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
# 60 bits of each row's MD5, added up: the order of the rows does not matter, how often each is there does.
COUNT = """
SELECT count(*), coalesce(sum(('x' || left(md5(wangge_row::text), 15))::bit(60)::bigint), 0)::text
FROM ONLY {table} AS wangge_row
"""
# The text of a row must not depend on whom a role is set up for.
PLAIN = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; "
    "SET bytea_output = 'hex'; SET search_path = public; SET statement_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0"
)


def tables_of(connection: Connection) -> dict[str, int]:
    """The program's tables with their bytes; a partitioned table by its parts."""
    return dict(connection.execute(TABLES).fetchall())


def count_tables(connection: Connection, advance: Callable[[float, str], None]) -> dict[str, Table]:
    """Rows and sum of every table, as the connection's transaction sees them."""
    connection.execute(PLAIN)
    sizes = tables_of(connection)
    total, done = sum(sizes.values()) or 1, 0
    found = {}
    for name, size in sizes.items():
        advance(done / total, name)
        row = connection.execute(sql.SQL(COUNT).format(table=sql.Identifier("public", name))).fetchone()
        assert row is not None  # noqa: S101 - an aggregate gives a row
        found[name] = Table(*row)
        done += size
    return found
