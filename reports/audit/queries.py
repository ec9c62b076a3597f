"""Every statement about audits, in psycopg's form, named by what it does."""

__all__ = [
    "AUDITS",
    "CLOSED_CASES",
    "DRAWN_CASES",
    "HOLD_CASE",
    "JUDGE",
    "JUDGEMENTS",
    "PUT_AUDIT",
    "PUT_CASES",
    "VERDICTS",
]

# Its cases come from figures.counting.selected, which takes a scope.
CLOSED_CASES = """
SELECT f.id, f.received_at, c.path[(
    SELECT l.place FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
    WHERE l.value ->> 'key' = %(level)s)], f.category, coalesce(f.organisation_ids, '{{}}')
FROM ({cases}) AS f JOIN cell c ON c.id = f.cell_id JOIN edition e ON e.id = c.edition_id
WHERE f.facts & %(closed)s::bigint <> 0
"""

PUT_AUDIT = """
INSERT INTO audit (territory_code, as_of, actor, since, until, strata_by, level, size, seed, strata)
VALUES (%(territory)s, %(as_of)s, %(actor)s, %(since)s, %(until)s, %(by)s, %(level)s, %(size)s, %(seed)s, %(strata)s)
RETURNING id
"""

PUT_CASES = """
INSERT INTO audit_case (audit_id, report_id, report_received_at, place, stratum, cell, category, organisation_ids)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""

AUDITS = """
SELECT a.id, a.territory_code, a.as_of, a.actor, a.since, a.until, a.strata_by, a.level, a.size, a.seed, a.strata,
       count(*) AS drawn, count(j.verdict) AS judged, count(*) FILTER (WHERE j.verdict = 'cannot-tell') AS unclear
FROM audit a JOIN audit_case c ON c.audit_id = a.id
LEFT JOIN LATERAL (
    SELECT verdict FROM audit_judgement WHERE audit_id = c.audit_id AND report_id = c.report_id
    ORDER BY id DESC LIMIT 1
) j ON true
WHERE a.territory_code = %(territory)s AND (%(audit)s::bigint IS NULL OR a.id = %(audit)s)
GROUP BY a.id ORDER BY a.id DESC LIMIT %(limit)s
"""

# Which cases, and what one judge said of them: nobody is shown what the others said.
DRAWN_CASES = """
SELECT c.report_id, c.report_received_at, c.cell, c.category, j.judge IS NOT NULL AS judged,
       j.verdict, j.means, j.note, coalesce(j.judge = %(judge)s, false) AS own
FROM audit_case c
LEFT JOIN LATERAL (
    SELECT judge, verdict, means, note FROM audit_judgement WHERE audit_id = c.audit_id AND report_id = c.report_id
    ORDER BY id DESC LIMIT 1
) j ON true
WHERE c.audit_id = %(audit)s ORDER BY c.place
"""

VERDICTS = """
SELECT c.stratum, c.cell, c.category, c.organisation_ids, j.verdict
FROM audit_case c
JOIN LATERAL (
    SELECT verdict FROM audit_judgement WHERE audit_id = c.audit_id AND report_id = c.report_id
    ORDER BY id DESC LIMIT 1
) j ON true
WHERE c.audit_id = %(audit)s
"""

# Of two who judge a case at the same moment the second waits, and is told.
HOLD_CASE = """
SELECT FROM audit_case WHERE audit_id = %(audit)s AND report_id = %(report)s
    AND report_received_at >= %(first)s AND report_received_at < %(past)s
FOR UPDATE
"""

JUDGE = """
INSERT INTO audit_judgement (audit_id, report_id, judge, actor, verdict, means, note)
SELECT %(audit)s, %(report)s, %(judge)s, %(actor)s, %(verdict)s, %(means)s, %(note)s
WHERE NOT EXISTS (
    SELECT FROM audit_judgement WHERE audit_id = %(audit)s AND report_id = %(report)s AND judge <> %(judge)s)
RETURNING id
"""

JUDGEMENTS = """
SELECT j.at, j.report_id, c.report_received_at, j.actor, j.verdict, j.means, j.note
FROM audit_judgement j JOIN audit_case c ON c.audit_id = j.audit_id AND c.report_id = j.report_id
WHERE j.audit_id = %(audit)s ORDER BY j.id
"""
