"""Every statement about drafts, named by the question it answers."""

__all__ = [
    "ADD_CELL",
    "BEGIN",
    "CELL",
    "CELLS",
    "CHANGE_CELL",
    "COPY_CELLS",
    "DISCARD",
    "DRAFT",
    "DRAFTS",
    "LOCK",
    "MAY_BEGIN",
    "PARENTS",
    "REMOVE_CELL",
    "SHAPES_ABOVE",
    "STATE",
    "STATE_HELD",
    "WHOLE_HELD",
]

DRAFTS = """
SELECT d.id, d.label, d.valid_from, e.label AS edition, d.begun_by, d.begun_at, n.cells, n.changed, n.changed_at,
       n.versions, n.last
FROM draft d
JOIN edition e ON e.id = d.edition_id
CROSS JOIN LATERAL (
    SELECT count(*) AS cells, count(*) FILTER (WHERE c.changed_at IS NOT NULL) AS changed,
           max(c.changed_at) AS changed_at, coalesce(sum(c.version), 0)::bigint AS versions,
           coalesce(max(c.id), 0) AS last
    FROM draft_cell c WHERE c.draft_id = d.id) n
WHERE d.territory_code = %(territory)s ORDER BY d.begun_at DESC, d.id DESC
"""

DRAFT = """
SELECT d.id, d.label, d.valid_from, e.label, e.levels, e.source, e.licence, e.synthetic, t.name, t.timezone,
       d.edition_id
FROM draft d JOIN edition e ON e.id = d.edition_id JOIN territory t ON t.code = d.territory_code
WHERE d.territory_code = %(territory)s AND d.label = %(label)s
"""

# Of two who begin at once, the second sees what the first did.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('drafts'), hashtext(%(territory)s))"

MAY_BEGIN = """
SELECT (SELECT count(*) FROM draft WHERE territory_code = %(territory)s),
       EXISTS (SELECT FROM edition WHERE territory_code = %(territory)s AND label = %(label)s)
       OR EXISTS (SELECT FROM draft WHERE territory_code = %(territory)s AND label = %(label)s)
"""

BEGIN = """
INSERT INTO draft (territory_code, label, edition_id, valid_from, begun_by)
VALUES (%(territory)s, %(label)s, %(edition)s, %(valid_from)s, %(by)s) RETURNING id
"""

COPY_CELLS = """
INSERT INTO draft_cell (draft_id, code, name, parent, attributes, geom, purpose)
SELECT %(draft)s, c.code, c.name, CASE WHEN c.level > 0 THEN c.path[c.level] END, c.attributes, c.geom, c.purpose
FROM cell c JOIN edition e ON e.id = c.edition_id
WHERE c.edition_id = %(edition)s AND c.level = jsonb_array_length(e.levels) - 1 ORDER BY c.code
"""

DISCARD = "DELETE FROM draft WHERE territory_code = %(territory)s AND label = %(label)s RETURNING valid_from"

# Whatever is drawn, changed or taken away, one of these is another number afterwards.
STATE = """
SELECT count(*), coalesce(sum(version), 0)::bigint, coalesce(max(id), 0) FROM draft_cell WHERE draft_id = %(draft)s
"""

# The same, kept from others until the end of the transaction; before it the draft, so that nothing is drawn meanwhile.
WHOLE_HELD = "SELECT FROM draft WHERE id = %(draft)s FOR UPDATE"
STATE_HELD = """
SELECT count(*), coalesce(sum(version), 0)::bigint, coalesce(max(id), 0)
FROM (SELECT id, version FROM draft_cell WHERE draft_id = %(draft)s FOR UPDATE) c
"""

CELLS = """
SELECT code, name, parent, attributes, ST_AsBinary(geom), purpose
FROM draft_cell WHERE draft_id = %(draft)s ORDER BY code
"""

# Cells above the base grids of the edition that a draft was begun from; their shapes are made of the base grids.
SHAPES_ABOVE = """
SELECT level, code, name, CASE WHEN level > 0 THEN path[level] END, attributes
FROM cell WHERE edition_id = %(edition)s AND level < %(base)s ORDER BY level, code
"""

# Whether a code is that of a cell right above the base grids; null where there is no such level.
PARENTS = """
SELECT CASE WHEN jsonb_array_length(e.levels) > 1 THEN EXISTS (
    SELECT FROM cell c WHERE c.edition_id = e.id AND c.level = jsonb_array_length(e.levels) - 2
        AND c.code = %(parent)s) END
FROM edition e WHERE e.id = %(edition)s
"""

CELL = """
SELECT c.code, c.name, c.parent, c.attributes,
       (SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each_text(c.attributes) a) AS told,
       c.version, c.purpose
FROM draft_cell c WHERE c.draft_id = %(draft)s AND c.id = %(id)s FOR UPDATE
"""

ADD_CELL = """
INSERT INTO draft_cell (draft_id, code, name, parent, purpose, attributes, geom, changed_by, changed_at)
SELECT %(draft)s, %(code)s, %(name)s, %(parent)s, %(purpose)s, %(attributes)s,
       ST_Multi(ST_GeomFromWKB(%(shape)s, 4326)), %(by)s, now()
WHERE (SELECT count(*) FROM draft_cell WHERE draft_id = %(draft)s) < %(most)s
RETURNING id, version
"""

CHANGE_CELL = """
UPDATE draft_cell
SET code = %(code)s, name = %(name)s, parent = %(parent)s, purpose = %(purpose)s, attributes = %(attributes)s,
    geom = coalesce(ST_Multi(ST_GeomFromWKB(%(shape)s, 4326)), geom), version = version + 1,
    changed_by = %(by)s, changed_at = now()
WHERE draft_id = %(draft)s AND id = %(id)s RETURNING version
"""

REMOVE_CELL = "DELETE FROM draft_cell WHERE draft_id = %(draft)s AND id = %(id)s"
