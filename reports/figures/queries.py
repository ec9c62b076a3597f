"""Every statement about figures, in psycopg's form, named by what it does."""

from wangge.store.grids.queries import AREA_CODE, OF_KINDS

__all__ = [
    "CLOSINGS",
    "COMPARE_MONTH",
    "COPY_FRESH",
    "CREATE_FRESH",
    "EVENTS_OF_CLOSINGS",
    "EVENTS_OF_MONTH",
    "EVENT_MONTHS",
    "HOLD_MONTH",
    "IDS_OF_MONTH",
    "LEVELS_OF_TERRITORIES",
    "MEND_MONTH",
    "PICTURES_OF_CLOSINGS",
]

# ---- making anew what is kept (see rebuilding)

LEVELS_OF_TERRITORIES = """
SELECT t.code, array(SELECT l ->> 'key' FROM jsonb_array_elements(e.levels) AS l)
FROM territory t LEFT JOIN edition e ON e.id = t.current_edition_id
"""

EVENT_MONTHS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'report_event'::regclass ORDER BY c.relname
"""

HOLD_MONTH = "LOCK TABLE {report}, {event} IN SHARE ROW EXCLUSIVE MODE"

CREATE_FRESH = """
CREATE TEMPORARY TABLE fresh_version (
    id bigint, received_at timestamptz, since timestamptz, until timestamptz, facts bigint, due_at timestamptz,
    close_due_at timestamptz, organisation_ids bigint[]
) ON COMMIT DROP
"""

COPY_FRESH = "COPY fresh_version FROM STDIN"

IDS_OF_MONTH = "SELECT min(id), max(id) FROM {report}"

EVENTS_OF_MONTH = """
SELECT r.id, r.received_at, r.territory_code, e.move, e.state, e.at, e.facts
FROM {report} r
LEFT JOIN {event} e ON e.report_id = r.id AND e.report_received_at = r.received_at AND e.move = ANY (%(counted)s)
WHERE r.id >= %(first)s AND r.id < %(past)s AND r.campaign IS NULL
ORDER BY r.id, e.id
"""

_FRESH_FACTS = """
SELECT r.id, r.received_at, v.since, v.facts, r.cell_id, v.due_at, v.close_due_at, r.territory_code,
       r.category, v.organisation_ids
FROM {report} r JOIN fresh_version v ON v.id = r.id AND v.received_at = r.received_at AND v.until IS NULL
"""
_FRESH_PAST = """
SELECT id, received_at, since, until, facts, due_at, close_due_at, organisation_ids
FROM fresh_version WHERE until IS NOT NULL
"""

# What is kept and not made anew, or the other way about.
COMPARE_MONTH = """
WITH fresh AS ({fresh_facts}), fresh_past AS ({fresh_past})
SELECT (SELECT count(*) FROM {report}),
    (SELECT count(*) FROM (TABLE {facts} EXCEPT ALL TABLE fresh) AS f)
    + (SELECT count(*) FROM (TABLE fresh EXCEPT ALL TABLE {facts}) AS f)
    + (SELECT count(*) FROM (TABLE {past} EXCEPT ALL TABLE fresh_past) AS p)
    + (SELECT count(*) FROM (TABLE fresh_past EXCEPT ALL TABLE {past}) AS p)
""".replace("{fresh_facts}", _FRESH_FACTS).replace("{fresh_past}", _FRESH_PAST)

MEND_MONTH = (
    "TRUNCATE {facts}, {past}",
    "INSERT INTO {facts} " + _FRESH_FACTS,
    "INSERT INTO {past} " + _FRESH_PAST,
)

# ---- counting (see counting)

# Who was responsible for the base grid on the day when the case was received.
_ON_DUTY = """w.role = 'responsible' AND d.level = %(base)s
    AND w.valid_from <= (f.received_at AT TIME ZONE %(zone)s)::date
    AND coalesce(w.valid_to, 'infinity') > (f.received_at AT TIME ZONE %(zone)s)::date"""

NARROWED = {
    "since": "f.received_at >= %(since)s",
    "until": "f.received_at < %(until)s",
    "category": "f.category = %(category)s",
    "kind": f"""EXISTS (
        SELECT FROM cell k WHERE k.id = f.cell_id AND {OF_KINDS.format(cell="k", kinds="ARRAY[%(kind)s]")})""",
    "organisation": "%(organisation)s = ANY (f.organisation_ids)",
    "officer": """EXISTS (
        SELECT FROM cell c JOIN desk d ON d.code = c.code AND d.territory_code = %(scope_territory)s
        JOIN posting w ON w.desk_id = d.id
        WHERE c.id = f.cell_id AND w.officer_id = %(officer)s AND {on_duty})""".replace("{on_duty}", _ON_DUTY),
    "area": """EXISTS (
        SELECT FROM report r WHERE r.id = f.id AND r.received_at = f.received_at
            AND %(area)s = split_part(%(area)s, ':', 1) || ':' || {code})""".replace(
        "{code}",
        AREA_CODE.format(
            point="r.geom",
            territory="%(scope_territory)s",
            key="split_part(%(area)s, ':', 1)",
            at="f.received_at",
            zone="%(zone)s",
        ),
    ),
    "cell": """f.cell_id = ANY (ARRAY(
        SELECT c.id FROM cell c JOIN edition e ON e.id = c.edition_id
        WHERE e.territory_code = %(territory)s AND c.path @> ARRAY[%(cell)s::text]
            AND c.level = jsonb_array_length(e.levels) - 1
            AND (%(cell_level)s::text IS NULL OR c.path[(
                SELECT l.place FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
                WHERE l.value ->> 'key' = %(cell_level)s::text)] = %(cell)s)))""",
}
"""Conditions on what is kept, by the field of a question."""

_DUE = """
    | CASE WHEN {v}.due_at <= %(moment)s THEN %(due)s::bigint ELSE 0 END
    | CASE WHEN {v}.close_due_at <= %(moment)s THEN %(close_due)s::bigint ELSE 0 END"""

FACTS_NOW = (
    """
SELECT f.id, f.received_at, f.cell_id, f.category, f.organisation_ids, f.facts"""
    + _DUE.replace("{v}", "f")
    + """ AS facts
FROM report_facts f WHERE {where}
"""
)

# What holds now held then, unless it came later; of a case to which something happened since, what held at that time.
FACTS_AS_OF = (
    FACTS_NOW
    + """ AND f.since <= %(moment)s
UNION ALL
SELECT f.id, f.received_at, f.cell_id, f.category, p.organisation_ids, p.facts"""
    + _DUE.replace("{v}", "p")
    + """ AS facts
FROM report_facts f JOIN report_facts_past p ON p.id = f.id AND p.received_at = f.received_at
WHERE {where_before} AND f.since > %(moment)s AND p.since <= %(moment)s AND p.until > %(moment)s
"""
)

BODIES = "CROSS JOIN LATERAL unnest(f.organisation_ids) AS o (id)"

OFFICERS = """
JOIN cell c ON c.id = f.cell_id
JOIN desk d ON d.code = c.code AND d.territory_code = %(scope_territory)s
JOIN posting w ON w.desk_id = d.id AND {on_duty}
""".replace("{on_duty}", _ON_DUTY)

# Where a case lies, which its facts do not say, and in which area of an overlay that is.
PLACES = " JOIN report r ON r.id = f.id AND r.received_at = f.received_at"
AREA_OF_CASE = AREA_CODE.format(
    point="r.geom", territory="%(scope_territory)s", key="%(overlay)s", at="f.received_at", zone="%(zone)s"
)

COUNT_FACTS = "SELECT {keys}f.facts, count(*) FROM ({cases}) AS f {joined} GROUP BY {grouped}"

CODES_ABOVE = """
SELECT c.id, c.path[(
    SELECT l.place FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
    WHERE l.value ->> 'key' = %(level)s)]
FROM cell c JOIN edition e ON e.id = c.edition_id
WHERE c.id = ANY (%(ids)s)
"""

# ---- what territories declare (see declared)

OWN_DECLARATIONS = "SELECT declaration FROM indicator WHERE territory_code = %s ORDER BY position, key"

PUT_DECLARATION = """
INSERT INTO indicator (territory_code, key, declaration, position)
SELECT %s, %s, %s, coalesce(max(position), 0) + 1 FROM indicator WHERE territory_code = %s
ON CONFLICT (territory_code, key) DO UPDATE SET declaration = excluded.declaration, changed_at = now()
"""

DROP_DECLARATION = "DELETE FROM indicator WHERE territory_code = %s AND key = %s"

# ---- names of what cases are counted by

ORGANISATION_NAMES = "SELECT id, code, name FROM organisation WHERE id = ANY (%s)"

OFFICER_NAMES = "SELECT id, number, name FROM officer WHERE id = ANY (%s)"

CATEGORY_NAMES = (
    "SELECT code, name FROM category WHERE territory_code = %s AND campaign IS NULL ORDER BY position, code"
)

FIRST_RECEIVED = "SELECT min(received_at) FROM counted_report WHERE territory_code = %s"

# ---- the cases behind a figure (see cases)

CASES_BEHIND = """
SELECT f.id, f.received_at, f.category, r.state, f.facts, e.levels -> -1 ->> 'key', c.code, c.name
FROM (
    SELECT f.id, f.received_at, f.category, f.facts FROM ({cases}) AS f WHERE {where}
    ORDER BY f.received_at DESC, f.id DESC LIMIT %(limit)s
) f
JOIN report r ON r.id = f.id AND r.received_at = f.received_at
JOIN cell c ON c.edition_id = r.edition_id AND c.id = r.cell_id
JOIN edition e ON e.id = r.edition_id
ORDER BY f.received_at DESC, f.id DESC
"""

# ---- integrity (see reports.integrity): id, received_at, at and actor of each finding among the cases

_EVENTS = "JOIN report_event e ON e.report_id = f.id AND e.report_received_at = f.received_at AND e.at <= %(moment)s"

INTEGRITY = {
    "closed-then-reopened": """
SELECT f.id, f.received_at, e.at, e.actor FROM ({cases}) AS f {events} AND e.move = 'reopen'
WHERE EXISTS (
    SELECT FROM report_event c
    WHERE c.report_id = f.id AND c.report_received_at = f.received_at AND c.move = 'close' AND c.id < e.id
        AND e.at <= c.at + make_interval(days => %(days)s))""",
    # One who closes many within minutes, each just before its own limit: the windows end with each closing.
    "closed-in-bulk": """
SELECT DISTINCT w.id, w.received_at, w.at, w.actor
FROM (
    SELECT f.id, f.received_at, e.at, e.actor, count(*) OVER (
        PARTITION BY e.actor ORDER BY e.at RANGE BETWEEN make_interval(mins => %(minutes)s) PRECEDING
            AND make_interval(mins => %(minutes)s) FOLLOWING) AS near
    FROM ({cases}) AS f JOIN report_facts k ON k.id = f.id AND k.received_at = f.received_at
    {events} AND e.move = 'close'
    WHERE e.at <= k.close_due_at AND e.at >= k.close_due_at - make_interval(mins => %(before_due_minutes)s)
) w WHERE w.near >= %(least)s""",
    "closed-without-evidence": """
SELECT f.id, f.received_at, e.at, e.actor FROM ({cases}) AS f {events} AND e.move = 'close'
WHERE NOT EXISTS (
    SELECT FROM report_event p
    WHERE p.report_id = f.id AND p.report_received_at = f.received_at AND p.id <= e.id
        AND (jsonb_typeof(p.facts -> 'evidence') = 'array' AND p.facts -> 'evidence' <> '[]'
            OR jsonb_typeof(p.facts -> 'photos') = 'array' AND p.move <> 'receive'))""",
    "deadline-moved-late": """
SELECT f.id, f.received_at, e.at, e.actor FROM ({cases}) AS f {events} AND e.move = 'grant-extension'
CROSS JOIN LATERAL (
    SELECT (p.facts ->> 'due_at')::timestamptz AS due_at FROM report_event p
    WHERE p.report_id = f.id AND p.report_received_at = f.received_at AND p.id < e.id AND p.facts ? 'due_at'
    ORDER BY p.id DESC LIMIT 1
) before WHERE before.due_at < e.at""",
    "count": "SELECT count(DISTINCT id) FROM ({found}) AS s",
    "page": """
SELECT f.id, f.received_at, r.category, r.state, g.levels -> -1 ->> 'key', c.code, c.name, f.at, f.actor
FROM (
    SELECT DISTINCT ON (s.received_at, s.id) s.id, s.received_at, s.at, s.actor FROM ({found}) AS s
    WHERE %(after_at)s::timestamptz IS NULL OR (s.received_at, s.id) < (%(after_at)s, %(after_id)s)
    ORDER BY s.received_at DESC, s.id DESC, s.at LIMIT %(limit)s
) f
JOIN report r ON r.id = f.id AND r.received_at = f.received_at
JOIN cell c ON c.edition_id = r.edition_id AND c.id = r.cell_id
JOIN edition g ON g.id = r.edition_id
ORDER BY f.received_at DESC, f.id DESC""",
}
INTEGRITY = {name: sql.replace("{events}", _EVENTS) for name, sql in INTEGRITY.items()}

# ---- how odd closings are (see closings)

# The newest that stand closed, of those that a question is about.
CLOSINGS = """
SELECT f.id, f.received_at, r.category, r.state, ST_X(r.geom), ST_Y(r.geom), coalesce(r.accuracy_m, 0),
       k.close_due_at, g.levels -> -1 ->> 'key', c.code, c.name
FROM ({cases}) AS f JOIN report_facts k ON k.id = f.id AND k.received_at = f.received_at
JOIN report r ON r.id = f.id AND r.received_at = f.received_at
JOIN cell c ON c.edition_id = r.edition_id AND c.id = r.cell_id
JOIN edition g ON g.id = r.edition_id
WHERE f.facts & %(closed)s::bigint <> 0
ORDER BY f.received_at DESC, f.id DESC LIMIT %(limit)s
"""

_THESE = "unnest(%(ids)s::bigint[], %(times)s::timestamptz[]) AS f (id, received_at)"

EVENTS_OF_CLOSINGS = """
SELECT e.report_id, e.version, e.move, e.at, e.actor, e.note, e.facts -> 'evidence', e.facts -> 'photos'
FROM {these} JOIN report_event e ON e.report_id = f.id AND e.report_received_at = f.received_at
WHERE e.at <= %(moment)s AND e.move IN ('dispatch', 'report-back', 'verify', 'close', 'note')
ORDER BY e.report_id, e.id
""".replace("{these}", _THESE)

PICTURES_OF_CLOSINGS = """
SELECT p.report_id, p.version, p.likeness, p.digest, p.taken_at, ST_X(p.taken), ST_Y(p.taken)
FROM {these} JOIN photo p ON p.report_id = f.id AND p.report_received_at = f.received_at
WHERE p.doomed_at IS NULL ORDER BY p.report_id, p.version, p.position
""".replace("{these}", _THESE)
