"""Every statement about the kinds of matter that a territory takes, named by the question it answers."""

CATEGORIES_OF_TERRITORY = """
SELECT code, name, group_code, public FROM category WHERE territory_code = %s ORDER BY position, code
"""

CATEGORY = """
SELECT name, position, group_code, public FROM category WHERE territory_code = %(territory)s AND code = %(code)s
"""

GROUPS_OF_TERRITORY = "SELECT code, name FROM category_group WHERE territory_code = %s ORDER BY position, code"

CATEGORY_CODES = "SELECT code FROM category WHERE territory_code = %(territory)s ORDER BY position, code"

PUT_ONE_CATEGORY = """
INSERT INTO category (territory_code, code, name, position, group_code, public)
SELECT %(territory)s, %(code)s, %(name)s,
    coalesce(%(position)s::integer, (SELECT max(position) + 1 FROM category WHERE territory_code = %(territory)s), 0),
    %(group)s, coalesce(%(public)s, 'counts')
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = coalesce(%(position)s::integer, category.position),
    group_code = coalesce(%(group)s, category.group_code), public = coalesce(%(public)s, category.public)
"""

TAKE_CATEGORY = "DELETE FROM category WHERE territory_code = %s AND code = %s"

PUT_CATEGORY = """
INSERT INTO category (territory_code, code, name, position, group_code, public) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = excluded.position, group_code = excluded.group_code, public = excluded.public
"""

PUT_GROUP = """
INSERT INTO category_group (territory_code, code, name, position) VALUES (%s, %s, %s, %s)
ON CONFLICT (territory_code, code) DO UPDATE SET name = excluded.name, position = excluded.position
"""

CATEGORIES = """
SELECT c.code, c.name, c.group_code, c.public, count(r.id)
FROM category c LEFT JOIN report r ON r.territory_code = c.territory_code AND r.category = c.code
WHERE c.territory_code = %s
GROUP BY c.code, c.name, c.group_code, c.public, c.position
ORDER BY c.position, c.code
"""
