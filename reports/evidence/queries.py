"""Every statement about photos, in psycopg's form, named by what it does."""

__all__ = [
    "ATTACH",
    "COVERED",
    "DOOM_OVERDUE",
    "DOOM_PENDING",
    "ERASE",
    "ERASURES",
    "EXPECT",
    "FREE_KEY",
    "PHOTO",
    "PHOTOS_OF_REPORT",
    "PHOTO_OF_KEY",
    "PHOTO_SEEN",
    "SIGNING_KEY",
    "STORED",
    "TO_GO",
]

EXPECT = """
INSERT INTO photo (id, territory_code, owner, key, width, height, likeness, digest, taken_at, taken)
VALUES (%(id)s, %(territory)s, %(owner)s, %(key)s, %(width)s, %(height)s, %(likeness)s, %(digest)s, %(taken_at)s,
        CASE WHEN %(lon)s::float8 IS NOT NULL THEN ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) END)
ON CONFLICT DO NOTHING RETURNING id
"""

# Whoever sends a photo again under its key has given up the sending that was not finished.
FREE_KEY = """
UPDATE photo SET key = NULL, doomed_at = coalesce(doomed_at, now())
WHERE territory_code = %(territory)s AND owner = %(owner)s AND key = %(key)s
    AND (stored_at IS NULL OR doomed_at IS NOT NULL)
"""

PHOTO_OF_KEY = """
SELECT id, sent_at, taken_at, width, height, ST_X(taken) AS lon, ST_Y(taken) AS lat, digest FROM photo
WHERE territory_code = %(territory)s AND owner = %(owner)s AND key = %(key)s
    AND stored_at IS NOT NULL AND doomed_at IS NULL
"""

STORED = "UPDATE photo SET stored_at = now() WHERE id = %(id)s AND doomed_at IS NULL RETURNING sent_at"

# Those that are somebody's to give, and nobody's yet; whoever gives fewer than were named gives none.
ATTACH = """
UPDATE photo SET report_id = %(report)s, report_received_at = %(received_at)s, version = %(version)s,
                 position = array_position(%(ids)s::uuid[], id)
WHERE id = ANY (%(ids)s::uuid[]) AND territory_code = %(territory)s AND owner IN (%(owner)s, '')
    AND report_id IS NULL AND stored_at IS NOT NULL AND doomed_at IS NULL
RETURNING id
"""

PHOTOS_OF_REPORT = """
SELECT p.id, p.version, p.width, p.height, p.sent_at, p.taken_at, p.covered_at, e.move, e.at, e.actor
FROM photo p
LEFT JOIN LATERAL (
    SELECT move, at, actor FROM report_event
    WHERE report_id = p.report_id AND report_received_at = p.report_received_at AND version = p.version
    ORDER BY id LIMIT 1
) e ON true
WHERE p.report_id = %(id)s AND p.report_received_at = %(received_at)s AND p.doomed_at IS NULL
ORDER BY p.version, p.position
"""

PHOTO = """
SELECT FROM photo
WHERE id = %(id)s AND territory_code = %(territory)s AND stored_at IS NOT NULL AND doomed_at IS NULL
"""

PHOTO_SEEN = """
SELECT FROM photo p JOIN report ON report.id = p.report_id AND report.received_at = p.report_received_at
WHERE p.id = %(id)s AND p.territory_code = %(territory)s AND p.doomed_at IS NULL AND {scope}
"""

COVERED = """
UPDATE photo SET covered_at = now(), covered_by = %(actor)s WHERE id = %(id)s AND doomed_at IS NULL
"""

DOOM_PENDING = """
UPDATE photo SET doomed_at = now() WHERE report_id IS NULL AND doomed_at IS NULL AND sent_at < %(sent_before)s
"""

DOOM_OVERDUE = """
UPDATE photo SET doomed_at = now()
FROM report r
WHERE photo.doomed_at IS NULL AND r.id = photo.report_id AND r.received_at = photo.report_received_at
    AND (r.closed_at < %(closed_before)s OR (r.closed_at IS NULL AND r.received_at < %(received_before)s))
"""

# Of two that run at once, each takes rows that the other does not hold.
TO_GO = """
SELECT id, territory_code FROM photo WHERE doomed_at IS NOT NULL ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

# What goes and the record of it are one statement; what was never a report's is in no record.
ERASE = """
WITH gone AS (
    DELETE FROM photo WHERE id = ANY (%(ids)s::uuid[]) RETURNING territory_code, report_id
)
INSERT INTO photo_erasure (territory_code, count, report_ids)
SELECT territory_code, count(*), array_agg(DISTINCT report_id ORDER BY report_id)
FROM gone WHERE report_id IS NOT NULL GROUP BY territory_code
"""

ERASURES = """
SELECT id, at, count, report_ids FROM photo_erasure
WHERE territory_code = %(territory)s ORDER BY id DESC LIMIT %(limit)s
"""

SIGNING_KEY = "SELECT key FROM signing_key"
