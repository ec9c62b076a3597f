"""Every statement about the texts of moves, named by what it does."""

__all__ = ["DELETE", "PUT", "TEMPLATES"]

# Those of a category go before those of all.
TEMPLATES = """
SELECT code, move, category, field, name, text, position FROM move_template
WHERE territory_code = %(territory)s AND coalesce(move = %(move)s, true)
    AND (%(category)s::text IS NULL OR category IS NULL OR category = %(category)s)
ORDER BY move, category NULLS LAST, position, code
"""

PUT = """
INSERT INTO move_template (territory_code, code, move, category, field, name, text, position)
VALUES (%(territory)s, %(code)s, %(move)s, %(category)s, %(field)s, %(name)s, %(text)s, %(position)s)
ON CONFLICT (territory_code, code) DO UPDATE SET move = excluded.move, category = excluded.category,
    field = excluded.field, name = excluded.name, text = excluded.text, position = excluded.position
"""

DELETE = "DELETE FROM move_template WHERE territory_code = %s AND code = %s"
