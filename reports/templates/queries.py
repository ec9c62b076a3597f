"""Every statement about the texts of moves, named by what it does."""

__all__ = ["DELETE", "PUT", "TEMPLATES"]

# Those of a category go before those of all.
TEMPLATES = """
SELECT code, move, category, field, name, text, position, version FROM move_template
WHERE territory_code = %(territory)s AND coalesce(move = %(move)s, true)
    AND (%(category)s::text IS NULL OR category IS NULL OR category = %(category)s)
ORDER BY move, category NULLS LAST, position, code
"""

# Of an expected version (0: that there is none yet) nothing is stored where another stands.
PUT = """
INSERT INTO move_template AS t (territory_code, code, move, category, field, name, text, position)
SELECT %(territory)s, %(code)s, %(move)s, %(category)s, %(field)s, %(name)s, %(text)s, %(position)s
WHERE coalesce(%(expected)s::integer, 0) = 0
    OR EXISTS (SELECT FROM move_template WHERE territory_code = %(territory)s AND code = %(code)s)
ON CONFLICT (territory_code, code) DO UPDATE SET move = excluded.move, category = excluded.category,
    field = excluded.field, name = excluded.name, text = excluded.text, position = excluded.position,
    version = t.version + 1
WHERE coalesce(t.version = %(expected)s, true)
RETURNING version
"""

DELETE = """
DELETE FROM move_template WHERE territory_code = %(territory)s AND code = %(code)s
    AND coalesce(version = %(expected)s, true)
"""
