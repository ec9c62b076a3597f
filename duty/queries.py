"""Every statement about desks, officers, organisations and routing rules, named by the question it answers."""

# A desk keeps its id, and what was written on it, from edition to edition.
ENSURE_DESKS = """
INSERT INTO desk (territory_code, level, code, name, kind)
SELECT t.code, e.levels -> c.level ->> 'key', c.code,
       (SELECT jsonb_object_agg(language, c.name) FROM unnest(%(languages)s::text[]) AS language),
       c.attributes ->> 'kind'
FROM territory t JOIN edition e ON e.id = t.current_edition_id JOIN cell c ON c.edition_id = e.id
WHERE t.code = %(territory)s
UNION ALL
SELECT code, NULL, '', %(centre)s, NULL FROM territory
WHERE code = %(territory)s AND current_edition_id IS NOT NULL
ON CONFLICT (territory_code, level, code) DO UPDATE
SET name = CASE WHEN desk.level IS NULL THEN desk.name ELSE excluded.name END,
    kind = coalesce(excluded.kind, desk.kind), active = true
"""

# One list taken from the other, whose cost is the same with and without statistics of what was just written: asked desk
# by desk, each would look through the whole edition.
CLOSE_DESKS = """
WITH gone AS (
    SELECT level, code FROM desk WHERE territory_code = %(territory)s AND level IS NOT NULL AND active
    EXCEPT
    SELECT e.levels -> c.level ->> 'key', c.code
    FROM territory t JOIN edition e ON e.id = t.current_edition_id JOIN cell c ON c.edition_id = e.id
    WHERE t.code = %(territory)s
)
UPDATE desk d SET active = false FROM gone
WHERE d.territory_code = %(territory)s AND d.level = gone.level AND d.code = gone.code
"""

CURRENT_RULES = """
SELECT version, rules FROM routing_rules WHERE territory_code = %(territory)s ORDER BY version DESC LIMIT 1
"""

RULES_OF_VERSION = """
SELECT version, rules, actor, note, made_at FROM routing_rules
WHERE territory_code = %(territory)s AND version = %(version)s
"""

VERSIONS_OF_RULES = """
SELECT version, jsonb_array_length(rules), actor, note, made_at FROM routing_rules
WHERE territory_code = %(territory)s ORDER BY version DESC LIMIT %(limit)s
"""

# Of two who write at once, the second finds its version taken.
PUT_RULES = """
INSERT INTO routing_rules (territory_code, version, rules, actor, note)
VALUES (%(territory)s, %(version)s, %(rules)s, %(actor)s, %(note)s)
ON CONFLICT DO NOTHING RETURNING version
"""

# A path of null stands for the whole territory.
ACTIVE_DESKS = "SELECT level, code, id, kind FROM desk WHERE territory_code = %(territory)s AND active"

ACTIVE_BODIES = """
SELECT o.id, o.code, o.type,
       coalesce(jsonb_agg(jsonb_build_array(c.level, c.code)) FILTER (WHERE c.code IS NOT NULL), '[]')
FROM organisation o LEFT JOIN organisation_cell c ON c.organisation_id = o.id
WHERE o.territory_code = %(territory)s AND o.active
GROUP BY o.id
"""

LEVELS_OF_TERRITORY = """
SELECT level ->> 'key' FROM territory t JOIN edition e ON e.id = t.current_edition_id
CROSS JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS of (level, depth)
WHERE t.code = %(territory)s ORDER BY depth
"""

CODES_OF_TERRITORY = """
SELECT (SELECT coalesce(array_agg(DISTINCT code), '{}') FROM desk WHERE territory_code = %(territory)s AND active),
       (SELECT coalesce(array_agg(code), '{}') FROM organisation WHERE territory_code = %(territory)s AND active),
       (SELECT coalesce(array_agg(code), '{}') FROM organisation_type WHERE territory_code = %(territory)s),
       (SELECT coalesce(array_agg(DISTINCT e.key || ':' || a.code), '{}')
        FROM overlay_edition e JOIN overlay_area a ON a.edition_id = e.id WHERE e.territory_code = %(territory)s)
"""

# Two imports of one roster at once would each be checked against what the other is about to change.
LOCK_ROSTER = "SELECT pg_advisory_xact_lock(hashtext('wangge roster'), hashtext(%(territory)s))"

ROSTER = """
SELECT o.number, o.name, o.phone, o.active, o.id, o.version, p.postings, l.leave
FROM officer o
LEFT JOIN (
    SELECT p.officer_id, jsonb_agg(jsonb_build_array(d.level, d.code, p.role, p.valid_from, p.valid_to)
                                   ORDER BY d.level, d.code, p.valid_from) AS postings
    FROM posting p JOIN desk d ON d.id = p.desk_id WHERE p.territory_code = %(territory)s GROUP BY p.officer_id
) p ON p.officer_id = o.id
LEFT JOIN (
    SELECT l.officer_id, jsonb_agg(jsonb_build_array(l.away_from, l.back_on, s.number) ORDER BY l.away_from) AS leave
    FROM officer_leave l LEFT JOIN officer s ON s.id = l.substitute_id
    WHERE l.territory_code = %(territory)s GROUP BY l.officer_id
) l ON l.officer_id = o.id
WHERE o.territory_code = %(territory)s AND (%(numbers)s::text[] IS NULL OR o.number = ANY (%(numbers)s))
ORDER BY o.number
"""

PUT_OFFICERS = """
INSERT INTO officer (territory_code, number, name, phone, active)
SELECT %(territory)s, e.number, e.name, e.phone, e.active
FROM jsonb_to_recordset(%(officers)s) AS e (number text, name text, phone text, active boolean)
ON CONFLICT (territory_code, number) DO UPDATE
SET name = excluded.name, phone = excluded.phone, active = excluded.active, version = officer.version + 1
"""

CLEAR_POSTINGS = """
DELETE FROM posting WHERE officer_id IN (
    SELECT id FROM officer WHERE territory_code = %(territory)s AND number = ANY (%(numbers)s)
)
"""

CLEAR_LEAVE = """
DELETE FROM officer_leave WHERE officer_id IN (
    SELECT id FROM officer WHERE territory_code = %(territory)s AND number = ANY (%(numbers)s)
)
"""

PUT_POSTINGS = """
INSERT INTO posting (territory_code, desk_id, officer_id, role, valid_from, valid_to)
SELECT %(territory)s, d.id, o.id, e.role, e.valid_from, e.valid_to
FROM jsonb_to_recordset(%(postings)s)
    AS e (number text, level text, code text, role text, valid_from date, valid_to date)
JOIN officer o ON o.territory_code = %(territory)s AND o.number = e.number
JOIN desk d ON d.territory_code = %(territory)s AND d.level = e.level AND d.code = e.code
"""

PUT_LEAVE = """
INSERT INTO officer_leave (territory_code, officer_id, away_from, back_on, substitute_id)
SELECT %(territory)s, o.id, e.away_from, e.back_on, s.id
FROM jsonb_to_recordset(%(leave)s) AS e (number text, away_from date, back_on date, substitute text)
JOIN officer o ON o.territory_code = %(territory)s AND o.number = e.number
LEFT JOIN officer s ON s.territory_code = %(territory)s AND s.number = e.substitute
"""

PLACES = """
SELECT level, code FROM desk WHERE territory_code = %(territory)s AND active AND level IS NOT NULL
"""

TYPES = """
SELECT code, name FROM organisation_type WHERE territory_code = %(territory)s ORDER BY position, code
"""

PUT_TYPES = """
INSERT INTO organisation_type (territory_code, code, name, position)
SELECT %(territory)s, e.code, e.name, e.position
FROM jsonb_to_recordset(%(types)s) AS e (code text, name jsonb, position integer)
ON CONFLICT (territory_code, code) DO UPDATE SET name = excluded.name
"""

# Those that ship give way to a name that the territory has given.
ENSURE_TYPES = PUT_TYPES.replace("DO UPDATE SET name = excluded.name", "DO NOTHING")

LOCK_ORGANISATIONS = "SELECT pg_advisory_xact_lock(hashtext('wangge organisations'), hashtext(%(territory)s))"

ORGANISATIONS = """
SELECT o.code, o.name, o.type, p.code, o.phone, o.active, o.id, o.version,
       (SELECT jsonb_agg(jsonb_build_array(c.level, c.code) ORDER BY c.level, c.code)
        FROM organisation_cell c WHERE c.organisation_id = o.id)
FROM organisation o LEFT JOIN organisation p ON p.id = o.parent_id
WHERE o.territory_code = %(territory)s AND (%(codes)s::text[] IS NULL OR o.code = ANY (%(codes)s))
ORDER BY o.code
"""

PUT_ORGANISATIONS = """
INSERT INTO organisation (territory_code, code, name, type, phone, active)
SELECT %(territory)s, e.code, e.name, e.type, e.phone, e.active
FROM jsonb_to_recordset(%(organisations)s) AS e (code text, name jsonb, type text, phone text, active boolean)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, type = excluded.type, phone = excluded.phone, active = excluded.active,
    version = organisation.version + 1
"""

SET_PARENTS = """
UPDATE organisation o SET parent_id = p.id
FROM jsonb_to_recordset(%(organisations)s) AS e (code text, parent text)
LEFT JOIN organisation p ON p.territory_code = %(territory)s AND p.code = e.parent
WHERE o.territory_code = %(territory)s AND o.code = e.code AND o.parent_id IS DISTINCT FROM p.id
"""

CLEAR_ORGANISATION_CELLS = """
DELETE FROM organisation_cell WHERE organisation_id IN (
    SELECT id FROM organisation WHERE territory_code = %(territory)s AND code = ANY (%(codes)s)
)
"""

PUT_ORGANISATION_CELLS = """
INSERT INTO organisation_cell (organisation_id, level, code)
SELECT o.id, e.level, e.cell
FROM jsonb_to_recordset(%(cells)s) AS e (code text, level text, cell text)
JOIN organisation o ON o.territory_code = %(territory)s AND o.code = e.code
"""

DESKS_AT = """
SELECT level, code, name FROM desk
WHERE territory_code = %(territory)s AND active AND level = %(level)s
  AND (%(codes)s::text[] IS NULL OR code = ANY (%(codes)s))
ORDER BY code
"""

SET_KINDS = """
UPDATE desk SET kind = %(kind)s, version = version + 1
WHERE territory_code = %(territory)s AND level = %(level)s AND code = ANY (%(codes)s) AND kind IS DISTINCT FROM %(kind)s
"""

DESK_NAMES = "SELECT id, name FROM desk WHERE territory_code = %(territory)s"

DESKS = """
SELECT id, level, code, name, kind, phone, active, version FROM desk
WHERE territory_code = %(territory)s
  AND (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(level)s::text IS NULL OR level = %(level)s)
  AND (%(code)s::text IS NULL OR code = %(code)s)
  AND (active OR %(all)s)
ORDER BY level NULLS FIRST, code
"""

CHANGE_DESK = """
UPDATE desk SET name = coalesce(%(name)s::jsonb, name), kind = %(kind)s, phone = %(phone)s, version = version + 1
WHERE territory_code = %(territory)s AND id = %(id)s AND (%(expected)s::integer IS NULL OR version = %(expected)s)
RETURNING version
"""

# Days are the territory's. Who is away is told all the same: the cell remains theirs.
ON_DUTY = """
SELECT d.desk_id, o.number, o.name, o.phone, d.role, s.number, l.back_on
FROM officer_duty d
JOIN territory t ON t.code = d.territory_code
CROSS JOIN LATERAL (SELECT (%(at)s::timestamptz AT TIME ZONE t.timezone)::date AS today) n
JOIN officer o ON o.id = d.officer_id
LEFT JOIN officer s ON s.id = d.stands_in_for
LEFT JOIN officer_leave l ON l.officer_id = d.officer_id AND l.away_from <= n.today AND l.back_on > n.today
WHERE d.territory_code = %(territory)s AND (%(desks)s::bigint[] IS NULL OR d.desk_id = ANY (%(desks)s))
  AND d.valid_from <= n.today AND coalesce(d.valid_to > n.today, true)
ORDER BY d.desk_id, d.role DESC, d.stands_in_for NULLS FIRST, o.number
"""

ORGANISATIONS_AT = """
SELECT o.code, o.name, o.type, o.phone, c.level, c.code
FROM organisation o JOIN organisation_cell c ON c.organisation_id = o.id
WHERE o.territory_code = %(territory)s AND o.active
  AND (c.level, c.code) IN (SELECT * FROM unnest(%(levels)s::text[], %(codes)s::text[]))
ORDER BY o.type, o.code
"""
