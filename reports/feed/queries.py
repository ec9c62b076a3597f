"""Every question about the feed, in psycopg's form."""

__all__ = [
    "ADD_POSITION",
    "APPEND",
    "DROP_FEED",
    "DROP_TICKS",
    "EVENTS",
    "FOLLOWERS",
    "FORGET_POSITION",
    "HOLD_POSITION",
    "MOVE_POSITION",
    "OLD",
    "RENEW",
    "STANDING",
    "TOUCHED_MONTHS",
    "WAITING",
    "WRITTEN",
]

# What the feed numbers. Both tables draw their ids from one sequence.
WRITTEN = """(
    SELECT id, report_received_at, report_id, territory_code, xid FROM report_event
    UNION ALL
    SELECT id, NULL::timestamptz, NULL::bigint, territory_code, xid FROM territory_event
) written"""

RENEW = """
INSERT INTO feed_incarnation (incarnation, identity, floor, position)
SELECT incarnation + 1, identity, floor, 0 FROM feed_incarnation ORDER BY incarnation DESC LIMIT 1
RETURNING incarnation
"""

# The incarnation of a position is the last one that begins below it. Where nothing is kept, reading begins at the end.
STANDING = """
WITH ends AS (
    SELECT coalesce((SELECT min(position) - 1 FROM feed), last) AS earliest, last
    FROM (SELECT coalesce((SELECT max(position) FROM feed_tick), 0) AS last) t
)
SELECT (SELECT max(incarnation) FROM feed_incarnation),
       earliest, coalesce((SELECT max(incarnation) FROM feed_incarnation WHERE position < earliest), 0),
       last, coalesce((SELECT max(incarnation) FROM feed_incarnation WHERE position < last), 0),
       coalesce((SELECT max(incarnation) FROM feed_incarnation WHERE position < %(at)s), 0)
FROM ends
"""

# The event is looked up by its key in one month, so that neither the number of months nor that of events matters. One
# that is of no report is the territory's.
EVENTS = """
SELECT (SELECT max(i.incarnation) FROM feed_incarnation i WHERE i.position < f.position), f.position,
       e.id, e.report_id, e.report_received_at, e.territory_code, e.move, e.state, e.at, e.actor, e.account_id, e.note,
       e.version, e.facts
FROM (
    SELECT * FROM feed
    WHERE position > %(after)s AND position <= %(last)s
        AND (%(territory)s::text IS NULL OR territory_code = %(territory)s)
    ORDER BY position LIMIT %(limit)s
) f
CROSS JOIN LATERAL (
    SELECT id, report_id, report_received_at, territory_code, move, state, at, actor, account_id, note, version, facts
    FROM report_event WHERE id = f.event_id AND report_received_at = f.report_received_at
    UNION ALL
    SELECT id, NULL, NULL, territory_code, move, NULL, at, actor, NULL, NULL, NULL, facts
    FROM territory_event WHERE id = f.event_id AND f.report_id IS NULL
    OFFSET 0
) e
ORDER BY f.position
"""

# ---- positions by name

ADD_POSITION = """
INSERT INTO feed_position (name, incarnation, position)
SELECT %(name)s, max(incarnation), %(position)s FROM feed_incarnation
ON CONFLICT DO NOTHING RETURNING position
"""

HOLD_POSITION = "SELECT incarnation, position FROM feed_position WHERE name = %(name)s FOR UPDATE"

# Months (UTC) of the cases to which something happened, each with its territory.
TOUCHED_MONTHS = """
SELECT DISTINCT territory_code, to_char(report_received_at AT TIME ZONE 'UTC', 'YYYY-MM') FROM feed
WHERE position > %(after)s AND position <= %(last)s AND report_id IS NOT NULL
"""

MOVE_POSITION = """
UPDATE feed_position SET incarnation = %(incarnation)s, position = %(position)s, moved_at = now() WHERE name = %(name)s
"""

FORGET_POSITION = "DELETE FROM feed_position WHERE name = %s"

# How long the first event that a follower has not done has had its position.
FOLLOWERS = """
SELECT p.name, p.incarnation, p.position, p.moved_at, s.last - p.position,
       coalesce(extract(epoch FROM now() - (
           SELECT at FROM feed_tick WHERE position > p.position ORDER BY position LIMIT 1
       )), 0)::double precision
FROM feed_position p, (SELECT coalesce(max(position), 0) AS last FROM feed_tick) s
ORDER BY p.name
"""

# What the next tick would number, up to a limit; the very first one goes by the ids alone.
WAITING = f"""
SELECT count(*) FROM (
    SELECT FROM feed_tick t, feed_incarnation i, {WRITTEN.removesuffix("written")} e
    WHERE t.position = (SELECT max(position) FROM feed_tick)
        AND i.incarnation = (SELECT max(incarnation) FROM feed_incarnation)
        AND e.xid >= pg_snapshot_xmin(t.snapshot) AND NOT pg_visible_in_snapshot(e.xid, t.snapshot)
        AND e.id + 0 > i.floor
    UNION ALL
    SELECT FROM {WRITTEN}
    WHERE NOT EXISTS (SELECT FROM feed_tick) AND id > (SELECT max(floor) FROM feed_incarnation)
    LIMIT %(limit)s
) w
"""  # noqa: S608 - of our own

# ---- what is written about a territory

APPEND = "INSERT INTO territory_event (territory_code, move, actor, facts) VALUES (%s, %s, %s, %s)"

# ---- what is dropped in time

# Behind every named follower, and never the last tick, from which the next one goes on.
OLD = """
SELECT least(t.position, (SELECT min(position) FROM feed_position)), (SELECT min(position) FROM feed)
FROM feed_tick t WHERE t.at < now() - %(keep)s::interval ORDER BY t.position DESC LIMIT 1
"""

DROP_FEED = "DELETE FROM feed WHERE position >= %(first)s AND position <= %(last)s"

DROP_TICKS = """
DELETE FROM feed_tick WHERE position <= %(last)s AND position < (SELECT max(position) FROM feed_tick)
"""
