"""Counting in the database: the same questions as the columns are asked, and what both need to know first."""

__all__ = ["BY", "CASES", "CASES_OF_SCOPE", "FEED_AFTER", "HAS_CAMPAIGNS", "LEAVES", "REPORTS"]

# Ids of the base grids, of every edition, that lie in cells.
LEAVES = "SELECT unnest(scope_leaves(%(territory)s, %(cells)s::jsonb))"

# The cases that a scope admits by its tasks and desks; when some of them were received.
CASES_OF_SCOPE = "SELECT scope_cases(%(territory)s, %(seen)s::jsonb)"
CASES = """
SELECT r.id, r.received_at FROM counted_report r
WHERE r.territory_code = %(territory)s AND r.id = ANY (%(ids)s::bigint[])
"""

HAS_CAMPAIGNS = "SELECT EXISTS (SELECT FROM category WHERE territory_code = %(territory)s AND campaign IS NOT NULL)"

# For how long, if at all, an event after a position has had its place.
FEED_AFTER = """
SELECT coalesce(extract(epoch FROM now() - (
    SELECT at FROM feed_tick WHERE position > %(position)s ORDER BY position LIMIT 1
)), 0)::double precision
"""

# The bounds on the time of receipt are a little wide, for the index; the local day decides.
REPORTS = """
WITH filtered AS MATERIALIZED (
    SELECT r.cell_id, r.edition_id, r.category, r.state, r.geom, r.received_at AT TIME ZONE %(zone)s AS local
    FROM counted_report r
    WHERE {scope}
        AND (%(since)s::date IS NULL OR
             r.received_at >= %(since)s::timestamp AT TIME ZONE %(zone)s - interval '6 hours'
             AND (r.received_at AT TIME ZONE %(zone)s)::date >= %(since)s)
        AND (%(until)s::date IS NULL OR
             r.received_at < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s + interval '6 hours'
             AND (r.received_at AT TIME ZONE %(zone)s)::date <= %(until)s)
        AND (%(categories)s::text[] IS NULL OR r.category = ANY (%(categories)s))
        AND (%(states)s::text[] IS NULL OR r.state = ANY (%(states)s))
        AND (%(urgencies)s::text[] IS NULL OR r.urgency = ANY (%(urgencies)s))
        AND (%(sources)s::text[] IS NULL OR r.source = ANY (%(sources)s))
        AND (%(hours)s::integer[] IS NULL OR
             (extract(isodow FROM r.received_at AT TIME ZONE %(zone)s)::integer - 1) * 24
             + extract(hour FROM r.received_at AT TIME ZONE %(zone)s)::integer = ANY (%(hours)s))
        AND (%(leaves)s::bigint[] IS NULL OR r.cell_id = ANY (%(leaves)s))
        AND (%(area)s::bytea IS NULL OR ST_Intersects(r.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), 4326)))
)
{questions}
"""

BY = {
    "total": "SELECT 'total', NULL::text, NULL::bigint, count(*) FROM filtered",
    "cell": """
SELECT 'cell', NULL::text, cell, sum(n)::bigint FROM (
    SELECT cell_id AS cell, count(*) AS n FROM filtered WHERE edition_id = %(edition)s GROUP BY cell_id
    UNION ALL
    SELECT (
        SELECT c.id FROM cell c WHERE c.edition_id = %(edition)s AND c.level = %(leaf)s AND ST_Covers(c.geom, f.geom)
        ORDER BY c.code COLLATE "C" LIMIT 1
    ), 1 FROM filtered f WHERE edition_id <> %(edition)s
) c WHERE cell IS NOT NULL GROUP BY cell
""",
    "day": "SELECT 'day', local::date::text, NULL::bigint, count(*) FROM filtered GROUP BY local::date",
    "category": "SELECT 'category', category, NULL::bigint, count(*) FROM filtered GROUP BY category",
    "state": "SELECT 'state', state, NULL::bigint, count(*) FROM filtered GROUP BY state",
    "hour": """
SELECT 'hour', NULL::text, hour, count(*) FROM (
    SELECT (extract(isodow FROM local)::bigint - 1) * 24 + extract(hour FROM local)::bigint AS hour FROM filtered
) h GROUP BY hour
""",
    "bin": """
SELECT 'bin', y::text, x, count(*) FROM (
    SELECT floor((ST_X(geom) + 180) / 360 * %(scale)s)::bigint AS x,
           floor((0.5 - ln(tan(pi() / 4 + radians(ST_Y(geom)) / 2)) / (2 * pi())) * %(scale)s)::bigint AS y
    FROM filtered
) b GROUP BY x, y LIMIT %(most_bins)s
""",
}
"""Each gives rows of (what, text, number, count)."""
