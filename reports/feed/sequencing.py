"""Gives committed events their positions: a tick takes what the last snapshot did not see and the present one does.

An event's id is drawn before its transaction commits, so ids do not say what is there to be read. A snapshot does: the
events that are new since the last one are those of transactions that began after it, and of those that were under way
in it and are over now. They are numbered by their ids, so that what commits late is numbered later and nobody waits.
"""

import asyncio

from wangge.reports.feed import queries
from wangge.store.engine import AsyncConnection

__all__ = ["CHANNEL", "SEQUENCE", "number_all", "renew", "tick"]

CHANNEL = "wangge_feed"
"""Where a tick that numbered something says up to which position."""

ANOTHER_S = 0.1
"""Between two looks whether another process has done with its tick."""

LOCK_WAIT = "200ms"
"""How long writers may stand behind a feed that begins anew and waits for one of them; it tries again later."""

_IDENTITY = """
-- The server, the database and the timeline: what changes when the database goes on elsewhere.
CREATE OR REPLACE FUNCTION feed_identity() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                     (SELECT oid FROM pg_database WHERE datname = current_database()),
                     left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))
$$;
"""

# The ids of transactions are those of one server, so after a restore they say nothing of what is new. What has no
# position then is found by what the last tick left behind: events above its highest id, and those below that its
# snapshot did not see, which were written on the same server as the tick. Under the lock every other event up to the
# floor is known to have its position, and from there on transactions are the new server's.
_BEGIN = """
CREATE OR REPLACE FUNCTION feed_begin(identity text, last feed_tick, was feed_incarnation) RETURNS integer
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET lock_timeout = '{lock_wait}' AS $$
DECLARE
    highest CONSTANT bigint := coalesce(last.highest_id, was.floor);
    ends CONSTANT bigint := coalesce(last.position, was.position);
    moved CONSTANT boolean := split_part(was.identity, '/', 1) <> split_part(identity, '/', 1)
        OR split_part(was.identity, '/', 2) <> split_part(identity, '/', 2) OR last.position IS NULL;
    floor bigint := was.floor;
    numbered integer := 0;
BEGIN
    IF moved THEN
        LOCK TABLE report_event, territory_event IN SHARE MODE;
        SELECT greatest(highest, CASE WHEN is_called THEN last_value ELSE 0 END) INTO floor FROM report_event_id_seq;
        WITH fresh AS (
            SELECT id, report_received_at, report_id, territory_code FROM {written} WHERE id > highest
            UNION ALL
            SELECT id, report_received_at, report_id, territory_code FROM {written}
            WHERE xid >= pg_snapshot_xmin(last.snapshot) AND NOT pg_visible_in_snapshot(xid, last.snapshot)
                AND id + 0 > was.floor AND id + 0 <= highest
        ), placed AS (
            INSERT INTO feed (position, event_id, report_received_at, report_id, territory_code)
            SELECT ends + row_number() OVER (ORDER BY id), id, report_received_at, report_id, territory_code FROM fresh
            RETURNING 1
        ), counted AS (
            SELECT count(*) AS n FROM placed
        ), ticked AS (
            INSERT INTO feed_tick AS t (position, highest_id, snapshot)
            SELECT ends + n, floor, pg_current_snapshot() FROM counted
            ON CONFLICT ON CONSTRAINT pk_feed_tick DO UPDATE
                SET highest_id = excluded.highest_id, snapshot = excluded.snapshot
        )
        SELECT n INTO numbered FROM counted;
    END IF;
    INSERT INTO feed_incarnation (incarnation, identity, floor, position)
    VALUES (was.incarnation + 1, identity, floor, ends);
    RETURN numbered;
END $$;
"""

# In a function each statement has a snapshot of its own, and the one that follows the lock sees what the last tick
# committed. FOR UPDATE in its place would use up the id of a transaction every time. What an idle tick does is read.
_TICK = """
CREATE OR REPLACE FUNCTION feed_tick() RETURNS integer LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    identity CONSTANT text := feed_identity();
    last feed_tick;
    was feed_incarnation;
    numbered integer;
    ends bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a tick reads what was committed after it began' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtext('feed_tick')) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO was FROM feed_incarnation ORDER BY incarnation DESC LIMIT 1;
    SELECT * INTO last FROM feed_tick ORDER BY position DESC LIMIT 1;
    IF was.identity <> identity OR last.position IS NULL THEN
        numbered := feed_begin(identity, last, was);
        PERFORM pg_notify('{channel}', '');
        RETURN numbered;
    END IF;
    WITH fresh AS (
        SELECT id, report_received_at, report_id, territory_code FROM {written}
        WHERE xid >= pg_snapshot_xmax(last.snapshot) AND xid < pg_snapshot_xmax(pg_current_snapshot())
            AND id + 0 > was.floor
        UNION ALL
        SELECT id, report_received_at, report_id, territory_code FROM {written}
        WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(last.snapshot))) AND id + 0 > was.floor
    ), placed AS (
        INSERT INTO feed (position, event_id, report_received_at, report_id, territory_code)
        SELECT last.position + row_number() OVER (ORDER BY id), id, report_received_at, report_id, territory_code
        FROM fresh
        RETURNING position, event_id
    ), ticked AS (
        INSERT INTO feed_tick (position, highest_id, snapshot)
        SELECT max(position), greatest(last.highest_id, max(event_id)), pg_current_snapshot() FROM placed
        HAVING count(*) > 0
    )
    SELECT count(*), max(position) INTO numbered, ends FROM placed;
    IF numbered > 0 THEN
        PERFORM pg_notify('{channel}', ends::text);
    END IF;
    RETURN numbered;
END $$;
"""

SEQUENCE = (_IDENTITY + _BEGIN + _TICK).replace("{lock_wait}", LOCK_WAIT).replace("{channel}", CHANNEL)
SEQUENCE = SEQUENCE.replace("{written}", queries.WRITTEN)
"""The functions of the feed, made anew at every upgrade."""


async def tick(connection: AsyncConnection) -> int | None:
    """Number what has been committed since the last tick; how many events, or None while another process does.

    Any number of processes may call it, as often as they like. After a restore or a failover it begins a new
    incarnation of the feed instead, and numbers what the former one had not.

    Parameters
    ----------
    connection : in autocommit, so that nobody waits for the tick longer than it takes.
    """
    row = await (await connection.execute("SELECT feed_tick()")).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM gives a row
    numbered: int | None = row[0]
    return numbered


async def number_all(connection: AsyncConnection) -> None:
    """Number everything that was committed before, waiting for another process's tick. `connection` as for `tick`."""
    while await tick(connection) is None:
        await asyncio.sleep(ANOTHER_S)


async def renew(connection: AsyncConnection) -> int:
    """Begin a new incarnation in which no mark of a former one counts; its number.

    For what the database cannot see by itself: it was put back to an earlier state as a whole, on the same timeline.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('feed_tick'))")
        row = await (await connection.execute(queries.RENEW)).fetchone()
    assert row is not None  # noqa: S101 - there is an incarnation from the migration on
    incarnation: int = row[0]
    return incarnation
