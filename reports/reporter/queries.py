"""Every statement about what reporters follow, named by the question it answers."""

from wangge.reports.case.states import OPEN_CASE
from wangge.reports.listing.queries import PUBLIC_PLACE, SUPPORTERS

__all__ = [
    "ACTOR",
    "EVENTS",
    "GENERATION",
    "GENERATION_OF_KEY",
    "OWN_WORDS",
    "REPLACE",
    "SIMILAR",
    "SUPPORT",
    "SUPPORTABLE",
    "SUPPORTS",
]

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

OF_ASSET = "(k.public = 'exact' AND r.asset = %(asset)s::text)"

# Distances are to the place that anybody may know, which lies in or on the base grid: two kilometres off at most.
# Of what is about the same asset is told where everybody may know the place as it is.
SIMILAR = f"""
SELECT r.id, r.received_at, r.state, d.metres, {SUPPORTERS.format(id="r.id", at="r.received_at")} AS supports,
       coalesce({OF_ASSET}, false) AS same_asset
FROM category k
JOIN report r ON r.territory_code = k.territory_code AND r.category = k.code{PUBLIC_PLACE}
CROSS JOIN LATERAL (
    SELECT ST_Distance(p.place::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS metres
) d
WHERE k.territory_code = %(territory)s AND k.code = %(category)s AND k.public <> 'counts' AND r.{OPEN_CASE}
    AND (r.geom && ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 0.02) AND d.metres <= %(metres)s
        OR {OF_ASSET})
ORDER BY same_asset DESC, d.metres, r.id LIMIT %(limit)s
"""  # noqa: S608 - conditions of ours

SUPPORTABLE = f"""
SELECT r.id, r.received_at
FROM report r JOIN category k ON k.territory_code = r.territory_code AND k.code = r.category AND k.public <> 'counts'
WHERE r.territory_code = %(territory)s AND r.id = %(id)s AND r.{OPEN_CASE}
    AND r.received_at >= %(month)s AND r.received_at < %(month)s::timestamptz + interval '1 month'
"""  # noqa: S608 - a condition of ours

# A device that supports a case already has the same row.
SUPPORT = """
INSERT INTO report_support AS s (report_id, report_received_at, device) VALUES (%(id)s, %(at)s, %(device)s)
ON CONFLICT (report_id, report_received_at, device) DO UPDATE SET device = s.device
RETURNING s.id
"""

SUPPORTS = f"SELECT {SUPPORTERS.format(id='%(id)s::bigint', at='%(at)s::timestamptz')}"
