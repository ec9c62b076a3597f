"""Every statement about desks, officers, organisations and routing rules, named by the question it answers."""

# A desk keeps its id, and what was written on it, from edition to edition.
ENSURE_DESKS = """
INSERT INTO desk (territory_code, level, code, name, kind)
SELECT t.code, e.levels -> c.level ->> 'key', c.code, jsonb_build_object('en', c.name, 'zh', c.name),
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

CLOSE_DESKS = """
UPDATE desk d SET active = false
WHERE d.territory_code = %(territory)s AND d.level IS NOT NULL AND d.active AND NOT EXISTS (
    SELECT FROM territory t JOIN edition e ON e.id = t.current_edition_id JOIN cell c ON c.edition_id = e.id
    WHERE t.code = d.territory_code AND c.code = d.code AND e.levels -> c.level ->> 'key' = d.level
)
"""
