"""Every question that building and following the columns asks."""

__all__ = [
    "EXTENT",
    "FLAGS",
    "LEAF",
    "MONTHS",
    "PENDING",
    "REPORTS_EXTENT",
    "ROWS_OF_MONTH",
    "ROWS_OF_REPORTS",
    "TERRITORY",
]

# What columns are made for. Regrids change cells without events, and are counted in slots of their own (RevisionRow).
TERRITORY = """
SELECT e.id, e.hash, t.timezone,
       (SELECT coalesce(sum(n), 0)::bigint FROM report_revision v WHERE v.territory_code = t.code AND v.slot >= 16),
       ARRAY(SELECT code FROM category c WHERE c.territory_code = t.code AND c.campaign IS NULL
             ORDER BY c.position, c.code)
FROM territory t JOIN edition e ON e.id = t.current_edition_id
WHERE t.code = %(territory)s
"""

# All editions: a report of an earlier one lies in its cell.
EXTENT = """
SELECT ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box) FROM (
    SELECT ST_Extent(c.geom) AS box FROM edition e JOIN cell c ON c.edition_id = e.id AND c.level = 0
    WHERE e.territory_code = %(territory)s
) b
"""

REPORTS_EXTENT = """
SELECT ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box) FROM (
    SELECT ST_Extent(geom) AS box FROM counted_report WHERE territory_code = %(territory)s
) b
"""

LEAF = "SELECT jsonb_array_length(levels) - 1 FROM edition WHERE id = %(edition)s"

FLAGS = "SELECT DISTINCT state, urgency, source FROM counted_report WHERE territory_code = %(territory)s"

MONTHS = """
SELECT m::date FROM (
    SELECT min(received_at AT TIME ZONE %(zone)s) AS first, max(received_at AT TIME ZONE %(zone)s) AS last
    FROM counted_report WHERE territory_code = %(territory)s
) r, generate_series(date_trunc('month', r.first), r.last, '1 month') AS m
ORDER BY m
"""

# One row of arrays, which numpy reads as they come. Place and local time are the database's, as every other count takes
# them; a report of another edition lies where the present one has it: the lowest code that covers it.
_COLUMNS = """
SELECT array_agg(r.id), array_agg(r.received_at AT TIME ZONE %(zone)s), array_agg(r.cell_id),
       array_agg(CASE WHEN r.edition_id = %(edition)s THEN r.cell_id ELSE coalesce((
           SELECT c.id FROM cell c WHERE c.edition_id = %(edition)s AND c.level = %(leaf)s AND ST_Covers(c.geom, r.geom)
           ORDER BY c.code COLLATE "C" LIMIT 1
       ), 0) END),
       array_agg(coalesce(k.code, -1)), array_agg(coalesce(f.code, -1)),
       array_agg(floor((ST_X(r.geom) + 180) / 360 * 16777216)::integer),
       array_agg(floor(
           (0.5 - ln(tan(pi() / 4 + radians(ST_Y(r.geom)) / 2)) / (2 * pi())) * 16777216
       )::integer),
       array_agg(ST_X(r.geom)), array_agg(ST_Y(r.geom))
"""

_CODES = """
LEFT JOIN (
    SELECT category, (nr - 1)::smallint AS code FROM unnest(%(categories)s::text[]) WITH ORDINALITY AS u(category, nr)
) k USING (category)
LEFT JOIN (
    SELECT state, urgency, source, (nr - 1)::smallint AS code
    FROM unnest(%(states)s::text[], %(urgencies)s::text[], %(sources)s::text[])
        WITH ORDINALITY AS u(state, urgency, source, nr)
) f USING (state, urgency, source)
WHERE r.territory_code = %(territory)s
"""

# Some hours more than the month, where the clock is set back at its end.
ROWS_OF_MONTH = f"""{_COLUMNS} FROM counted_report r {_CODES}
    AND r.received_at >= %(month)s::timestamp AT TIME ZONE %(zone)s - interval '6 hours'
    AND r.received_at < (%(month)s::timestamp + interval '1 month') AT TIME ZONE %(zone)s + interval '6 hours'
    AND date_trunc('month', r.received_at AT TIME ZONE %(zone)s) = %(month)s::timestamp
"""

ROWS_OF_REPORTS = f"""{_COLUMNS} FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[]) AS w(id, received_at)
JOIN counted_report r ON r.id = w.id AND r.received_at = w.received_at {_CODES}
"""

# The reports of events up to a position, and of those that are committed and have none yet: what has changed, as a
# snapshot sees it. An event that is numbered later comes again and changes nothing.
PENDING = """
SELECT DISTINCT report_id, report_received_at FROM (
    SELECT f.report_id, f.report_received_at FROM feed f
    WHERE f.position > %(after)s AND f.position <= %(last)s AND f.territory_code = %(territory)s
        AND f.report_id IS NOT NULL
    UNION ALL
    SELECT e.report_id, e.report_received_at FROM feed_tick t, feed_incarnation i, report_event e
    WHERE t.position = (SELECT max(position) FROM feed_tick)
        AND i.incarnation = (SELECT max(incarnation) FROM feed_incarnation)
        AND e.xid >= pg_snapshot_xmin(t.snapshot) AND NOT pg_visible_in_snapshot(e.xid, t.snapshot)
        AND e.id + 0 > i.floor AND e.territory_code = %(territory)s
    UNION ALL -- before the first tick, all that the feed is to tell
    SELECT e.report_id, e.report_received_at FROM feed_incarnation i, report_event e
    WHERE NOT EXISTS (SELECT FROM feed_tick) AND i.incarnation = (SELECT max(incarnation) FROM feed_incarnation)
        AND e.id + 0 > i.floor AND e.territory_code = %(territory)s
) p
"""
