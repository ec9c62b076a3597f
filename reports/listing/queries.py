"""Every statement of lists and of single cases as they are read, named by the question it answers."""

from wangge.reports.case.lifecycle import State
from wangge.reports.case.states import ENDED_CASE, LIVE_TASK, OPEN_CASE
from wangge.reports.fields import FIELDS, In

__all__ = [
    "ASSIGNMENTS",
    "CELLS_NAMED",
    "CELLS_WITHIN",
    "COUNTS_BY_TERRITORY",
    "DESK_AT",
    "DESK_OF_CENTRE",
    "EVENTS",
    "FIGURES",
    "HOLDERS",
    "IN_CELL",
    "IN_HAND",
    "IS_CELL",
    "KEYS_AT_HAND",
    "KEYS_BY_WORDS",
    "KEYS_OF_CELLS",
    "KEYS_OF_IDS",
    "KEYS_OF_OPEN_TASKS",
    "KEYS_OF_TASKS",
    "LED",
    "LOAD_OF_DESKS",
    "PARTIES",
    "PLACES",
    "PUBLIC_CASES",
    "PUBLIC_FROM",
    "PUBLIC_ID",
    "PUBLIC_ONES",
    "PUBLIC_PLACE",
    "PUBLIC_REQUESTS",
    "REPORTS",
    "SOME_KEYS",
    "SUMMARY",
    "SUPPORTERS",
    "TASKS",
    "WEEK_OF_DESKS",
    "WORK_BY_LEVEL",
]

_DERIVED = {
    "number": "report.id",
    "cells": "report.cell_id",
    "geom": "ST_X(report.geom) AS lon, ST_Y(report.geom) AS lat",
}
_OF_CELL = frozenset({"edition", "synthetic"})
_OF_POINT = frozenset({"areas"})
_ANSWERED = [
    _DERIVED.get(field.name, f"report.{field.name}")
    for field in FIELDS
    if In.ANSWER in field.places and field.name not in _OF_CELL | _OF_POINT
]
_LISTED = ("report.desk_id", "report.parked_at", "report.returned")

# Reports with the fields of an answer, and what a row of a list shows besides. What their base grid says is found by
# its id (`PLACES`), mostly in memory.
REPORTS = f"""
SELECT {", ".join([*_ANSWERED, *_LISTED])}
FROM {{source}}
WHERE {{where}}
"""  # noqa: S608 - of the description of the fields

# Base grids of any edition, with the cells above them from the top.
PLACES = """
SELECT c.id, e.label AS edition, e.synthetic, e.levels, c.code, c.name, c.path, c.purpose,
       ARRAY(SELECT a.name FROM unnest(c.path[:c.level]) WITH ORDINALITY AS p (code, place)
             JOIN cell a ON a.edition_id = c.edition_id AND a.level = p.place - 1 AND a.code = p.code
             ORDER BY p.place) AS names
FROM cell c JOIN edition e ON e.id = c.edition_id WHERE c.id = ANY (%(cells)s)
"""

# Reports of whatever leads to them, the newest first. Each is looked up in its month when its turn comes (the OFFSET
# keeps it so), so that no more of them are read than a page takes.
LED = """(
    {keys} ORDER BY received_at DESC, id DESC OFFSET 0
) AS led CROSS JOIN LATERAL (
    SELECT * FROM report AS r WHERE r.id = led.id AND r.received_at = led.received_at OFFSET 0
) AS report"""

NEWEST_FIRST = REPORTS + "ORDER BY {order}.received_at DESC, {order}.id DESC LIMIT %(limit)s"

# The first condition is implied by the second, and is what the index and the months' partitions are found by.
AFTER = """report.received_at <= %(last_at)s
    AND (report.received_at < %(last_at)s OR report.received_at = %(last_at)s AND report.id < %(last_id)s)"""

ONE_REPORT = REPORTS.replace("{source}", "report").replace(
    "{where}",
    """{scope} AND report.id = %(id)s AND report.received_at >= %(month)s
    AND report.received_at < %(month)s::timestamptz + interval '1 month'""",
)

# The parts of a list by deadline. The clock of a parked case stands, so that it has none; ended cases come last.
DATED = REPORTS + (
    f"AND report.{OPEN_CASE} AND report.state <> '{State.PARKED}' AND report.due_at IS NOT NULL"
    " ORDER BY report.due_at, report.id LIMIT %(limit)s"
)
UNDATED = REPORTS + (
    f"AND report.{OPEN_CASE} AND (report.due_at IS NULL OR report.state = '{State.PARKED}')"
    " ORDER BY report.received_at, report.id LIMIT %(limit)s"
)
LAST = NEWEST_FIRST.replace("ORDER", f"AND report.{ENDED_CASE} ORDER")
# A row of both columns, so that the index leads to the place at once.
AFTER_DATED = "(report.due_at, report.id) > (%(last_at)s, %(last_id)s::bigint)"
AFTER_UNDATED = """report.received_at >= %(last_at)s
    AND (report.received_at > %(last_at)s OR report.received_at = %(last_at)s AND report.id > %(last_id)s)"""

HOLDERS = "SELECT id, level, code, name FROM desk WHERE id = ANY (%(desks)s)"

# Base grids of every edition whose own name, or that of a cell above, has a word; by the places of the words.
CELLS_NAMED = """
WITH word AS (SELECT * FROM unnest(%(words)s::text[]) WITH ORDINALITY AS w (pattern, n)), named AS (
    SELECT w.n, c.edition_id, c.level, c.code, jsonb_array_length(e.levels) - 1 AS lowest
    FROM edition e JOIN cell c ON c.edition_id = e.id
    JOIN word w ON words_folded(c.name) LIKE words_folded(w.pattern)
    WHERE e.territory_code = %(territory)s
)
SELECT n.n, array_agg(DISTINCT c.id)
FROM named n JOIN cell c ON c.edition_id = n.edition_id AND c.level = n.lowest AND c.path[n.level + 1] = n.code
GROUP BY n.n
"""

# Desks of some cells (level and code empty for the centre's); the cases in which they, or organisations, have a task.
IN_HAND = f"""
WITH mine AS (
    SELECT d.id FROM desk d WHERE d.territory_code = %(territory)s AND (coalesce(d.level, ''), d.code) IN (
        SELECT * FROM unnest(%(levels)s::text[], %(codes)s::text[]))
)
SELECT ARRAY(SELECT id FROM mine), ARRAY(
    SELECT t.report_id FROM report_task t
    WHERE t.{LIVE_TASK}
        AND (t.organisation_id = ANY (%(organisations)s::bigint[]) OR t.desk_id IN (SELECT id FROM mine)))
"""  # noqa: S608 - of the states of the table of moves

# Keys of the reports that a word may mean; what they say is read again.
KEYS_BY_WORDS = "SELECT report_id AS id, received_at FROM report_words WHERE {words} AND {span}"
KEYS_OF_CELLS = "SELECT id, received_at FROM report WHERE cell_id = ANY (%(lead_cells)s) AND {span}"
SOME_KEYS = "SELECT * FROM ({keys}) AS k LIMIT %(most)s"
KEYS_OF_IDS = "SELECT id, received_at FROM report WHERE id = ANY (%(lead_ids)s) AND {span}"
KEYS_AT_HAND = "SELECT id, received_at FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[]) AS k (id, received_at)"

# Of one organisation, in the order of their index.
KEYS_OF_TASKS = """SELECT DISTINCT t.report_received_at AS received_at, t.report_id AS id
    FROM report_task t WHERE t.organisation_id = %(organisation)s AND {span}"""
KEYS_OF_OPEN_TASKS = f"""SELECT o.id, o.received_at FROM report o
    WHERE o.territory_code = %(territory)s AND o.{OPEN_CASE}
        AND o.id IN (SELECT t.report_id FROM report_task t WHERE t.organisation_id = %(organisation)s)"""  # noqa: S608 - of the states of the table of moves

IS_CELL = """
SELECT EXISTS (SELECT FROM cell c JOIN edition e ON e.id = c.edition_id
    WHERE e.territory_code = %(territory)s AND c.code = %(code)s
        AND coalesce(e.levels -> c.level::integer ->> 'key' = %(level)s, true))
"""

# With who did it as people know them: the name, and the role and the place of the grant by which they acted then.
EVENTS = """
SELECT e.move, e.state, e.at, e.actor, e.note, e.facts, e.version,
       a.name AS actor_name, g.role AS actor_role, coalesce(o.name, d.name) AS actor_place
FROM report_event e
LEFT JOIN account a ON a.id = e.account_id
LEFT JOIN LATERAL (
    SELECT role, level, code, organisation_id FROM account_grant
    WHERE account_id = e.account_id AND coalesce(territory_code = e.territory_code, true)
        AND valid_from <= e.at AND coalesce(e.at < valid_to, true)
    ORDER BY territory_code IS NULL, id LIMIT 1) g ON true
LEFT JOIN organisation o ON o.id = g.organisation_id
LEFT JOIN desk d ON d.territory_code = e.territory_code AND d.level = g.level AND d.code = g.code
WHERE e.report_id = %(id)s AND e.report_received_at = %(received_at)s ORDER BY e.id
"""

ASSIGNMENTS = """
SELECT e.levels -> -1 ->> 'key' AS level, c.code, c.name, e.label AS edition, a.assigned_until AS until
FROM report_assignment a JOIN cell c ON c.id = a.cell_id JOIN edition e ON e.id = a.edition_id
WHERE a.report_id = %(id)s AND a.report_received_at = %(received_at)s ORDER BY a.assigned_until
"""

TASKS = """
SELECT t.id, t.organisation_id, t.desk_id, t.state, t.needed, t.dispatched_at, t.accepted_at, t.due_at, t.asked_until,
       t.reported_at, t.handler, t.note, t.evidence, d.level AS desk_level, d.code AS desk_code, d.name AS desk_name,
       o.code AS organisation_code, o.name AS organisation_name
FROM report_task t LEFT JOIN desk d ON d.id = t.desk_id LEFT JOIN organisation o ON o.id = t.organisation_id
WHERE t.report_id = %(id)s ORDER BY t.id
"""

# Desks of some cells and the centre's, then the organisations that are attached to those cells, or to none.
PARTIES = """
WITH place AS (SELECT * FROM unnest(%(levels)s::text[], %(codes)s::text[]) AS p (level, code))
SELECT NULL::bigint AS organisation, id AS desk, level, code, name FROM desk
WHERE territory_code = %(territory)s AND active AND (level IS NULL OR (level, code) IN (SELECT level, code FROM place))
UNION ALL
SELECT id, NULL, NULL, code, name FROM organisation
WHERE territory_code = %(territory)s AND active
    AND (id IN (SELECT a.organisation_id FROM organisation_cell a JOIN place USING (level, code))
        OR NOT EXISTS (SELECT FROM organisation_cell a WHERE a.organisation_id = organisation.id))
ORDER BY desk, code
"""

DESK_AT = "SELECT id FROM desk WHERE territory_code = %(territory)s AND level = %(level)s AND code = %(code)s"
DESK_OF_CENTRE = "SELECT id FROM desk WHERE territory_code = %(territory)s AND level IS NULL"

LOAD_OF_DESKS = f"""
SELECT desk_id, count(*) FILTER (WHERE state <> 'parked'), count(*) FILTER (WHERE nearly_due AND NOT overdue),
       count(*) FILTER (WHERE overdue), count(*) FILTER (WHERE state = 'parked')
FROM report r WHERE desk_id = ANY (%(desks)s) AND {OPEN_CASE} AND {{scope}} GROUP BY desk_id
"""  # noqa: S608 - the condition is made of the states of the table of moves

# Where the desk has no level, the case lies with the centre.
WORK_BY_LEVEL = f"""
SELECT territory_code, coalesce(level, 'centre'), count(*), count(*) FILTER (WHERE nearly_due AND NOT overdue),
       count(*) FILTER (WHERE overdue), extract(epoch FROM now() - min(received_at))::double precision
FROM report WHERE {OPEN_CASE} GROUP BY 1, 2
"""  # noqa: S608 - the condition is made of the states of the table of moves

# Of the categories that a territory declared public; asked for by the place that is told, not by the one reported.
# Whether anything happened to a report since a moment.
MOVED_SINCE = """EXISTS (
    SELECT FROM report_event e
    WHERE e.report_id = report.id AND e.report_received_at = report.received_at AND e.at >= %(updated_since)s)"""

# In every edition, for an old report keeps the one that it was assigned under.
CELLS_WITHIN = """
        SELECT c.id FROM cell c JOIN edition e ON e.id = c.edition_id
        WHERE e.territory_code = %(territory)s AND c.path @> ARRAY[%(cell)s::text]
            AND (%(level)s::text IS NULL OR c.path[(
                SELECT l.place FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
                WHERE l.value ->> 'key' = %(level)s)] = %(cell)s)"""
IN_CELL = f"report.cell_id IN ({CELLS_WITHIN})"

# Where anybody may know that a case is: `k` is its category, `r` the report.
PUBLIC_PLACE = """
CROSS JOIN LATERAL (
    SELECT CASE k.public WHEN 'exact' THEN r.geom ELSE (
        SELECT ST_ClosestPoint(ST_Boundary(c.geom), r.geom) FROM cell c WHERE c.id = r.cell_id
    ) END AS place
) p"""

# The cases themselves, where they are told to be, and under which condition anybody may know of them.
PUBLIC_FROM = f"category k JOIN report r ON r.territory_code = k.territory_code AND r.category = k.code{PUBLIC_PLACE}"
PUBLIC_ONES = f"""k.territory_code = %(territory)s AND k.public <> 'counts'
    AND (r.{OPEN_CASE} OR r.closed_at > now() - make_interval(days => %(days)s))"""

# What such a case is called where it has to be called something: neither its number nor when it came can be read off.
PUBLIC_ID = """(
    SELECT left(encode(sha256(seed || convert_to('public case ' || r.id::text, 'UTF8')), 'hex'), 24) FROM release_seed
)"""

# Who else has the matter of a case: who supports it, and who reported the same or supports that, merged into it.
SUPPORTERS = """(
    WITH RECURSIVE one AS (
        SELECT {id} AS id, {at} AS at
        UNION SELECT m.id, m.received_at FROM one JOIN report m ON m.merged_into = one.id
    )
    SELECT count(*) - 1 + (SELECT count(*) FROM report_support s JOIN one o
                           ON s.report_id = o.id AND s.report_received_at = o.at) FROM one
)"""

# With number and times only of categories whose place is told as it is: from those a place could be told apart.
PUBLIC_CASES = f"""
SELECT r.category, r.state, ST_X(p.place) AS lon, ST_Y(p.place) AS lat,
       k.public = 'exact' AS exact, r.id, r.received_at,
       {SUPPORTERS.format(id="r.id", at="r.received_at")} AS supports
FROM {PUBLIC_FROM}
WHERE {PUBLIC_ONES} AND coalesce(k.code = %(category)s, true)
    AND (NOT %(boxed)s OR ST_Within(p.place, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)))
ORDER BY 3, 4, 1, 2, CASE WHEN k.public = 'exact' THEN r.id END LIMIT %(limit)s
"""  # noqa: S608 - the condition is made of the states of the table of moves

PUBLIC_REQUESTS = f"""
SELECT r.id, r.received_at, r.occurred_at, r.category, r.state, r.cell_id, '' AS description,
       ST_X(r.geom) AS lon, ST_Y(r.geom) AS lat
FROM category k JOIN report r ON r.territory_code = k.territory_code AND r.category = k.code
WHERE k.territory_code = %(territory)s AND k.public = 'exact'
    AND (r.{OPEN_CASE} OR r.closed_at > now() - make_interval(days => %(days)s))
    AND coalesce(k.code = ANY (%(categories)s), true) AND coalesce(r.id = ANY (%(ids)s), true)
    AND coalesce(r.received_at >= %(since)s, true) AND coalesce(r.received_at < %(until)s, true)
    AND coalesce((r.{OPEN_CASE}) = %(is_open)s, true)
    AND (NOT %(boxed)s OR ST_Within(r.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)))
    AND (%(updated_since)s::timestamptz IS NULL OR {MOVED_SINCE.replace("report.", "r.")})
    AND (%(cell)s::text IS NULL OR {IN_CELL.replace("report.", "r.")})
    AND (%(metres)s::float8 IS NULL OR r.geom && ST_Expand(
            ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4326),
            %(metres)s::float8 / 110000 / greatest(cos(radians(%(lat)s::float8)), 0.001), %(metres)s::float8 / 110000)
        AND ST_DWithin(r.geom::geography,
            ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4326)::geography, %(metres)s::float8))
ORDER BY r.received_at DESC, r.id DESC LIMIT %(limit)s
"""  # noqa: S608 - the conditions are made of the states of the table of moves

LAST_EVENTS = """
SELECT report_id, max(at) FROM report_event WHERE report_id = ANY (%(ids)s)
    AND report_received_at BETWEEN %(first)s AND %(last)s GROUP BY report_id
"""

COUNTS_BY_TERRITORY = """
SELECT territory_code, count(*), max(received_at) FROM counted_report AS report WHERE {where}
GROUP BY territory_code
"""

SUMMARY = """
SELECT state, category, count(*) AS cases, count(*) FILTER (WHERE overdue) AS overdue,
       count(*) FILTER (WHERE nearly_due AND NOT overdue) AS nearly_due, count(*) FILTER (WHERE returned) AS returned
FROM {source} WHERE {where} GROUP BY state, category
"""

FIGURES = """
SELECT category, "group", state, month, count(*) AS reports
FROM (SELECT report.category, coalesce(k.group_code, '') AS "group", state,
             to_char(received_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month
      FROM counted_report AS report
      LEFT JOIN category k ON k.territory_code = report.territory_code AND k.code = report.category
      WHERE {where}) AS counted
GROUP BY GROUPING SETS (category, "group", state, month, ())
"""

# Of every desk of a level, those without tasks too. Whoever finds something and sees to it has a task for no time.
WEEK_OF_DESKS = """
SELECT d.code,
       count(*) FILTER (WHERE t.dispatched_at >= %(since)s),
       count(*) FILTER (WHERE t.reported_at >= %(since)s AND t.state = 'reported'),
       count(*) FILTER (WHERE {live})
FROM desk d LEFT JOIN report_task t ON t.desk_id = d.id AND t.state <> 'cancelled'
    AND t.reported_at IS DISTINCT FROM t.dispatched_at
    AND (greatest(t.dispatched_at, t.reported_at) >= %(since)s OR {live})
    AND EXISTS (
        SELECT FROM counted_report r WHERE r.id = t.report_id AND r.received_at = t.report_received_at)
WHERE d.territory_code = %(territory)s AND d.level = %(level)s
GROUP BY d.id, d.code
""".replace("{live}", LIVE_TASK.replace("state", "t.state"))
