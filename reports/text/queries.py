"""Every statement about the words of reports, named by the question it answers."""

from wangge.reports.case.states import CLOSED_CASE, OPEN_CASE

__all__ = ["AROUND", "ARRAYS", "CORRECTED", "LIKENESSES", "MEASURED", "PUT_MODEL", "TERMS", "TEXTS", "TRAINED_AT"]

# The newest ones, the oldest of them first.
TEXTS = f"""
SELECT description, category FROM (
    SELECT description, category, received_at, id FROM counted_report
    WHERE territory_code = %(territory)s AND {CLOSED_CASE} AND description <> ''
    ORDER BY received_at DESC, id DESC LIMIT %(most)s
) r ORDER BY received_at, id
"""  # noqa: S608 - a condition of ours

TERMS = """
SELECT code, name, words FROM category WHERE territory_code = %(territory)s AND campaign IS NULL
ORDER BY position, code
"""

TRAINED_AT = "SELECT trained_at FROM category_model WHERE territory_code = %(territory)s"

ARRAYS = "SELECT trained_at, arrays, digest FROM category_model WHERE territory_code = %(territory)s"

MEASURED = "SELECT trained_at, cases, measured FROM category_model WHERE territory_code = %(territory)s"

PUT_MODEL = """
INSERT INTO category_model (territory_code, cases, digest, arrays, measured)
VALUES (%(territory)s, %(cases)s, %(digest)s, %(arrays)s, %(measured)s)
ON CONFLICT (territory_code) DO UPDATE SET trained_at = now(), cases = excluded.cases, digest = excluded.digest,
    arrays = excluded.arrays, measured = excluded.measured
"""

# As they were filed, and as they are now.
CORRECTED = """
SELECT e.facts->>'category' AS filed, r.category AS now, count(*) AS cases
FROM counted_report r JOIN report_event e ON e.report_id = r.id AND e.report_received_at = r.received_at
    AND e.move = 'assign' AND e.version = 1
WHERE r.territory_code = %(territory)s AND e.facts->>'category' <> r.category
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(limit)s
"""

# Open cases of the category and of its group around a case, itself left out; how far, when, and what was said.
AROUND = f"""
SELECT report.id, report.received_at, report.occurred_at, report.category = k.code AS same_category, report.description,
       report.accuracy_m, report.state, report.version, report.asset, d.metres
FROM category k
JOIN category o ON o.territory_code = k.territory_code
    AND (o.code = k.code OR o.group_code = k.group_code AND o.group_code IS NOT NULL)
JOIN report ON report.territory_code = o.territory_code AND report.category = o.code
CROSS JOIN LATERAL (
    SELECT ST_Distance(report.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS metres
) d
WHERE {{scope}} AND k.territory_code = %(territory)s AND k.code = %(category)s AND report.{OPEN_CASE}
    AND report.id <> %(id)s
    AND (d.metres <= %(metres)s
            AND report.geom && ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(degrees)s)
        OR report.asset = %(asset)s::text)
ORDER BY coalesce(report.asset = %(asset)s::text, false) DESC, d.metres, report.id LIMIT %(limit)s
"""  # noqa: S608 - a condition of ours

# How many bits differ between the photos that came with two reports, where they are least.
LIKENESSES = """
SELECT o.report_id, min(bit_count((p.likeness # o.likeness)::bit(64)))::integer AS differ
FROM photo p JOIN photo o ON o.report_id = ANY (%(others)s) AND o.doomed_at IS NULL AND o.version = 1
WHERE p.report_id = %(id)s AND p.version = 1 AND p.doomed_at IS NULL
GROUP BY o.report_id
"""
