"""Every statement about the kinds of matter that a territory takes, named by the question it answers."""

CATEGORIES_OF_TERRITORY = """
SELECT code, name, group_code, public, words, photos, questions, position, version FROM category
WHERE territory_code = %s AND campaign IS NULL ORDER BY position, code
"""

CATEGORY = """
SELECT name, position, group_code, public, photos, words, questions, version FROM category
WHERE territory_code = %(territory)s AND code = %(code)s AND campaign IS NULL
"""

GROUPS_OF_TERRITORY = "SELECT code, name FROM category_group WHERE territory_code = %s ORDER BY position, code"

PHOTOS_ASKED = "SELECT code, photos FROM category WHERE territory_code = %(territory)s AND photos <> 'none'"

CATEGORY_CODES = """
SELECT code FROM category WHERE territory_code = %(territory)s AND campaign IS NULL ORDER BY position, code
"""

CAMPAIGN_CODES = "SELECT code FROM category WHERE territory_code = %(territory)s AND campaign IS NOT NULL"

EVERY_CODE = "SELECT code FROM category WHERE territory_code = %(territory)s ORDER BY position, code"

LEAST_URGENCY = "SELECT urgency FROM category WHERE territory_code = %(territory)s AND code = %(category)s"

# Those that a case of a category may have instead: a case of a campaign stays in it, and any other outside.
CODES_BESIDE = """
SELECT o.code FROM category k JOIN category o ON o.territory_code = k.territory_code
    AND o.campaign IS NOT DISTINCT FROM k.campaign
WHERE k.territory_code = %(territory)s AND k.code = %(category)s ORDER BY o.position, o.code
"""

# Of an expected version (0: that there is none yet) nothing is stored where another stands.
PUT_ONE_CATEGORY = """
INSERT INTO category AS c (territory_code, code, name, position, group_code, public, photos, words, questions)
SELECT %(territory)s, %(code)s, %(name)s,
    coalesce(%(position)s::integer, (SELECT max(position) + 1 FROM category WHERE territory_code = %(territory)s), 0),
    %(group)s, coalesce(%(public)s, 'counts'), coalesce(%(photos)s, 'none'),
    coalesce(%(words)s::text[], '{}'), coalesce(%(questions)s::jsonb, '[]')
WHERE coalesce(%(expected)s::integer, 0) = 0
    OR EXISTS (SELECT FROM category WHERE territory_code = %(territory)s AND code = %(code)s)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = coalesce(%(position)s::integer, c.position),
    group_code = coalesce(%(group)s, c.group_code), public = coalesce(%(public)s, c.public),
    photos = coalesce(%(photos)s, c.photos), words = coalesce(%(words)s::text[], c.words),
    questions = coalesce(%(questions)s::jsonb, c.questions), version = c.version + 1
WHERE coalesce(c.version = %(expected)s, true) AND c.campaign IS NULL
"""

TAKE_CATEGORY = """
DELETE FROM category WHERE territory_code = %(territory)s AND code = %(code)s
    AND coalesce(version = %(expected)s, true) AND campaign IS NULL
"""

PUT_CATEGORY = """
INSERT INTO category AS c (territory_code, code, name, position, group_code, public, words, photos, questions)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = excluded.position, group_code = excluded.group_code, public = excluded.public,
    words = excluded.words, photos = excluded.photos, questions = excluded.questions, version = c.version + 1
WHERE c.campaign IS NULL
"""

PUT_GROUP = """
INSERT INTO category_group (territory_code, code, name, position) VALUES (%s, %s, %s, %s)
ON CONFLICT (territory_code, code) DO UPDATE SET name = excluded.name, position = excluded.position
"""

CATEGORIES = """
SELECT c.code, c.name, c.group_code, c.public, c.words, c.photos, c.questions, count(r.id)
FROM category c LEFT JOIN counted_report r ON r.territory_code = c.territory_code AND r.category = c.code
WHERE c.territory_code = %s AND c.campaign IS NULL
GROUP BY c.code, c.name, c.group_code, c.public, c.words, c.photos, c.questions, c.position
ORDER BY c.position, c.code
"""

CLASSES = "SELECT category, major, minor FROM category_class WHERE territory_code = %(territory)s ORDER BY category"

CLASSES_IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('wangge_classes'), hashtext(%(territory)s))"

DROP_CLASSES = "DELETE FROM category_class WHERE territory_code = %(territory)s"

ADD_CLASSES = """
INSERT INTO category_class (territory_code, category, major, minor)
SELECT %(territory)s, c.category, c.major, c.minor
FROM jsonb_to_recordset(%(classes)s::jsonb) AS c (category text, major text, minor text)
"""
