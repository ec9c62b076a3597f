"""Every statement about what reporters follow, named by the question it answers."""

__all__ = ["ACTOR", "EVENTS", "GENERATION", "GENERATION_OF_KEY", "OWN_WORDS", "REPLACE"]

ACTOR = "reporter"
"""What events call whoever reported the case."""

GENERATION = """
SELECT r.id, r.received_at, coalesce(s.generation, 0)
FROM report r LEFT JOIN report_secret s ON s.report_id = r.id AND s.report_received_at = r.received_at
WHERE r.territory_code = %(territory)s AND r.id = %(id)s
    AND r.received_at >= %(month)s AND r.received_at < %(month)s::timestamptz + interval '1 month'
"""

GENERATION_OF_KEY = "SELECT generation FROM report_secret WHERE report_id = %(id)s AND report_received_at = %(at)s"

# Of two who replace the same secret, the second has none any more.
REPLACE = """
INSERT INTO report_secret AS s (report_id, report_received_at, generation) VALUES (%(id)s, %(at)s, 1)
ON CONFLICT (report_id, report_received_at) DO UPDATE SET generation = s.generation + 1
WHERE s.generation = %(generation)s
RETURNING generation
"""

OWN_WORDS = """
SELECT category, description, occurred_at, accuracy_m, cell_id, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM report WHERE id = %(id)s AND received_at = %(at)s
"""

# The reporter has no account; a member of staff whose login is the same has.
EVENTS = f"""
SELECT move, state, at, note, facts, version, actor = '{ACTOR}' AND account_id IS NULL AS own
FROM report_event WHERE report_id = %(id)s AND report_received_at = %(at)s ORDER BY id
"""  # noqa: S608 - a name of ours
