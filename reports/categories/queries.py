"""Every statement about the kinds of matter that a territory takes, named by the question it answers."""

CATEGORIES_OF_TERRITORY = "SELECT code, name FROM category WHERE territory_code = %s ORDER BY position, code"

CATEGORY_CODES = "SELECT code FROM category WHERE territory_code = %(territory)s ORDER BY position, code"

PUT_ONE_CATEGORY = """
INSERT INTO category (territory_code, code, name, position)
SELECT %s, %s, %s, coalesce(%s::integer, (SELECT max(position) + 1 FROM category WHERE territory_code = %s), 0)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = coalesce(%s::integer, category.position)
"""

TAKE_CATEGORY = "DELETE FROM category WHERE territory_code = %s AND code = %s"

PUT_CATEGORY = """
INSERT INTO category (territory_code, code, name, position) VALUES (%s, %s, %s, %s)
ON CONFLICT (territory_code, code) DO UPDATE SET name = excluded.name, position = excluded.position
"""

CATEGORIES = """
SELECT c.code, c.name, count(r.id)
FROM category c LEFT JOIN report r ON r.territory_code = c.territory_code AND r.category = c.code
WHERE c.territory_code = %s
GROUP BY c.code, c.name, c.position
ORDER BY c.position, c.code
"""
