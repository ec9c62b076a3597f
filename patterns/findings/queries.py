"""Every statement about findings, named by the question it answers."""

# Whoever reported is known by what they may be answered at, and here only as a number that says nothing.
REPORTS_OF_A_YEAR = """
SELECT r.id, extract(epoch FROM r.received_at)::float8,
       %(last)s::date - (r.received_at AT TIME ZONE %(zone)s)::date,
       array_position(%(leaves)s::bigint[], r.cell_id) - 1, array_position(%(categories)s::text[], r.category) - 1,
       (r.source = 'patrol')::int, ST_X(r.geom), ST_Y(r.geom),
       coalesce(hashtextextended(coalesce(nullif(c.phone, ''), nullif(c.email, ''), c.openid), 0)
                & 281474976710655, -1)
FROM counted_report r LEFT JOIN report_contact c ON c.report_id = r.id
WHERE r.territory_code = %(territory)s AND r.state <> 'voided' AND r.cell_id = ANY (%(leaves)s::bigint[])
  AND r.received_at >= (%(last)s::date - %(days)s::int + 1)::timestamp AT TIME ZONE %(zone)s
  AND r.received_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
ORDER BY r.received_at, r.id
"""

RUN_OF = "SELECT 1 FROM finding_run WHERE territory_code = %(territory)s AND day = %(day)s"

LAST_RUN = """
SELECT day, ran_at, seed, reports, sessions, tests, unseen FROM finding_run
WHERE territory_code = %(territory)s AND day >= coalesce(%(since)s::date, '-infinity')
  AND day <= coalesce(%(until)s::date, 'infinity')
ORDER BY day DESC LIMIT 1
"""

EMERGING = """
SELECT day, emerging FROM finding_run
WHERE territory_code = %(territory)s AND emerging IS NOT NULL AND day <= coalesce(%(until)s::date, 'infinity')
ORDER BY day DESC LIMIT 1
"""

PUT_RUN = """
INSERT INTO finding_run (territory_code, day, seed, reports, sessions, tests, unseen, emerging)
VALUES (%(territory)s, %(day)s, %(seed)s, %(reports)s, %(sessions)s, %(tests)s, %(unseen)s, %(emerging)s)
ON CONFLICT (territory_code, day) DO UPDATE SET ran_at = now(), seed = excluded.seed, reports = excluded.reports,
    sessions = excluded.sessions, tests = excluded.tests, unseen = excluded.unseen, emerging = excluded.emerging
"""

LOCK = "SELECT pg_advisory_xact_lock(hashtext('findings'), hashtext(%(territory)s))"

# The same matter as last night: of the same kind, sharing cells and days.
SAME_FINDING = """
SELECT id FROM finding
WHERE territory_code = %(territory)s AND kind = %(kind)s AND against = %(against)s AND patrols = %(patrols)s
  AND category = %(category)s AND edition_id = %(edition)s AND cells && %(cells)s::bigint[]
  AND last_day >= %(first_day)s::date - 1 AND seen_on >= %(day)s::date - 7 AND seen_on <= %(day)s
ORDER BY seen_on DESC, id LIMIT 1
"""

_NAMES = (
    "territory_code, edition_id, kind, against, patrols, category, first_day, last_day, found_on, seen_on, centre,"
    " cells, observed, expected, p, tests, reports, reporters, unknown, gap_s"
)

INSERT_FINDING = f"""
INSERT INTO finding ({_NAMES})
VALUES (%(territory)s, %(edition)s, %(kind)s, %(against)s, %(patrols)s, %(category)s, %(first_day)s, %(last_day)s,
        %(day)s, %(day)s, %(centre)s, %(cells)s, %(observed)s, %(expected)s, %(p)s, %(tests)s, %(reports)s,
        %(reporters)s, %(unknown)s, %(gap_s)s)
RETURNING id
"""  # noqa: S608 - names of columns

UPDATE_FINDING = """
UPDATE finding SET first_day = %(first_day)s, last_day = %(last_day)s, seen_on = %(day)s, centre = %(centre)s,
    cells = %(cells)s, observed = %(observed)s, expected = %(expected)s, p = %(p)s, tests = %(tests)s,
    reports = %(reports)s, reporters = %(reporters)s, unknown = %(unknown)s, gap_s = %(gap_s)s
WHERE id = %(id)s
"""

DROP_CASES = "DELETE FROM finding_case WHERE finding_id = %(id)s"

PUT_CASES = """
INSERT INTO finding_case (finding_id, report_id, report_received_at)
SELECT %(id)s, r.id, r.received_at FROM counted_report r
WHERE r.id = ANY (%(cases)s::bigint[]) AND r.received_at >= %(since)s AND r.received_at <= %(until)s
"""

# Findings with their centre, their category, and the codes and the area of their cells.
FOUND = """finding f
JOIN cell c ON c.id = f.centre
JOIN category k ON k.territory_code = f.territory_code AND k.code = f.category
CROSS JOIN LATERAL (
    SELECT array_agg(code ORDER BY code) AS codes,
           CASE WHEN %(shapes)s THEN ST_Multi(ST_UnaryUnion(ST_Collect(geom))) END AS shape
    FROM cell WHERE id = ANY (f.cells)
) l"""

# %(seen)s is the scope of whoever asks, null for the whole territory: findings that touch one's cells.
SEEN = """f.territory_code = %(territory)s
  AND (%(seen)s::jsonb IS NULL OR f.cells && (SELECT scope_leaves(%(territory)s, %(seen)s::jsonb))::bigint[])"""

FINDINGS = f"""
SELECT f.id, {", ".join("f." + name.strip() for name in _NAMES.split(","))}, l.codes,
       c.code AS centre_code, c.name AS centre_name, k.name AS category_name, ST_AsGeoJSON(l.shape, 7) AS geometry
FROM {FOUND}
WHERE {SEEN} AND (%(id)s::bigint IS NULL OR f.id = %(id)s)
  AND (%(since)s::date IS NULL OR f.seen_on >= %(since)s) AND (%(until)s::date IS NULL OR f.found_on <= %(until)s)
ORDER BY f.seen_on DESC, f.kind, f.p, f.id LIMIT %(limit)s
"""  # noqa: S608 - names of columns

CASES = """
SELECT report.id, report.received_at, report.category, report.state
FROM finding_case JOIN counted_report AS report ON report.id = finding_case.report_id
    AND report.received_at = finding_case.report_received_at
WHERE finding_case.finding_id = %(id)s AND {condition}
ORDER BY report.received_at DESC, report.id DESC LIMIT %(limit)s
"""
