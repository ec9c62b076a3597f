"""Every statement about campaigns, named by the question it answers."""

from wangge.reports.case.states import CLOSED_CASE, OPEN_CASE

__all__ = [
    "ANSWER",
    "CAMPAIGNS",
    "CASES_BY_CELL",
    "CASES_BY_DAY",
    "CASES_BY_STATE",
    "CATEGORIES",
    "DROP_CATEGORIES",
    "END",
    "ERASE_TEXTS",
    "FOUND",
    "LOOKED_AT_BY_DAY",
    "OF_CATEGORY",
    "PUT",
    "PUT_CATEGORY",
]

CAMPAIGNS = """
SELECT code, name, since, until, ended_at, cells, version,
       CASE WHEN %(on)s::date IS NULL THEN checklists ELSE '[]' END AS checklists, ARRAY(
           SELECT jsonb_build_object('code', k.code, 'name', k.name, 'urgency', k.urgency) FROM category k
           WHERE k.territory_code = c.territory_code AND k.campaign = c.code ORDER BY k.position, k.code) AS categories
FROM campaign c WHERE territory_code = %(territory)s AND coalesce(code = %(code)s, true)
    AND (%(on)s::date IS NULL OR ended_at IS NULL AND %(on)s::date BETWEEN since AND until)
ORDER BY since DESC, code
"""

OF_CATEGORY = """
SELECT c.code, c.since, c.until, c.ended_at, c.cells, k.urgency
FROM category k JOIN campaign c ON c.territory_code = k.territory_code AND c.code = k.campaign
WHERE k.territory_code = %(territory)s AND k.code = %(category)s
"""

# Of an expected version (0: that there is none yet) nothing is stored where another stands.
PUT = """
INSERT INTO campaign AS c (territory_code, code, name, since, until, cells, checklists)
SELECT %(territory)s, %(code)s, %(name)s, %(since)s, %(until)s, %(cells)s, %(checklists)s
WHERE coalesce(%(expected)s::integer, 0) = 0
    OR EXISTS (SELECT FROM campaign WHERE territory_code = %(territory)s AND code = %(code)s)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, since = excluded.since, until = excluded.until, cells = excluded.cells,
    checklists = excluded.checklists, version = c.version + 1
WHERE coalesce(c.version = %(expected)s, true) AND c.ended_at IS NULL
"""

END = """
UPDATE campaign SET ended_at = now(), version = version + 1
WHERE territory_code = %(territory)s AND code = %(code)s AND ended_at IS NULL
"""

# One that is no campaign's is left as it is, and no row comes back.
PUT_CATEGORY = """
INSERT INTO category AS c (territory_code, code, name, position, campaign, urgency)
VALUES (%(territory)s, %(category)s, %(name)s, %(position)s, %(code)s, %(urgency)s)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = excluded.position, urgency = excluded.urgency, version = c.version + 1
WHERE c.campaign = excluded.campaign
RETURNING code
"""

CATEGORIES = "SELECT code FROM category WHERE territory_code = %(territory)s AND campaign = %(code)s"

DROP_CATEGORIES = """
DELETE FROM category WHERE territory_code = %(territory)s AND campaign = %(code)s AND NOT code = ANY (%(categories)s)
"""

ANSWER = """
INSERT INTO campaign_answer (territory_code, campaign, id, checklist, place, at, answers)
VALUES (%(territory)s, %(code)s, %(id)s, %(checklist)s, %(place)s, %(at)s, %(answers)s) ON CONFLICT DO NOTHING
"""

# What people wrote; yes and no are counted for good.
ERASE_TEXTS = """
UPDATE campaign_answer a SET answers = (
    SELECT coalesce(jsonb_object_agg(e.key, e.value) FILTER (WHERE jsonb_typeof(e.value) <> 'string'), '{}')
    FROM jsonb_each(a.answers) e)
FROM campaign c
WHERE c.territory_code = a.territory_code AND c.code = a.campaign
    AND least(c.ended_at, c.until + 1) < %(ended_before)s AND a.answers @? '$.* ? (@.type() == "string")'
"""

# What was seen at each place last.
FOUND = """
SELECT DISTINCT ON (checklist, place) checklist, place, at, answers
FROM campaign_answer WHERE territory_code = %(territory)s AND campaign = %(code)s
ORDER BY checklist, place, at DESC, id
"""

LOOKED_AT_BY_DAY = """
SELECT (at AT TIME ZONE %(zone)s)::date, array_agg(DISTINCT ARRAY[checklist, place]) FROM campaign_answer
WHERE territory_code = %(territory)s AND campaign = %(code)s GROUP BY 1 ORDER BY 1
"""

_CASES = """
FROM report WHERE report.territory_code = %(territory)s AND report.campaign = %(code)s AND {scope}
"""

CASES_BY_STATE = f"SELECT state, count(*), count(*) FILTER (WHERE overdue) {_CASES} GROUP BY state"

CASES_BY_DAY = f"""
SELECT day, sum(received)::integer, sum(closed)::integer FROM (
    SELECT (received_at AT TIME ZONE %(zone)s)::date AS day, 1 AS received, 0 AS closed {_CASES}
    UNION ALL
    SELECT (closed_at AT TIME ZONE %(zone)s)::date, 0, 1 {_CASES} AND report.{CLOSED_CASE}
) d GROUP BY day ORDER BY day
"""  # noqa: S608 - conditions of ours

# Of those that are of an earlier edition each with its place.
CASES_BY_CELL = f"""
SELECT cell_id, ST_X(place), ST_Y(place),
       count(*), count(*) FILTER (WHERE {OPEN_CASE}), count(*) FILTER (WHERE overdue)
FROM (SELECT cell_id, state, overdue, CASE WHEN edition_id <> %(edition)s THEN geom END AS place {_CASES}) AS report
GROUP BY cell_id, place
"""  # noqa: S608 - conditions of ours
