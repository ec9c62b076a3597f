"""Every statement about attributes, named by the question it answers."""

__all__ = ["ATTRIBUTES", "KINDS", "LOCK", "PUT_ATTRIBUTE", "PUT_VALUE", "VALUES_OF", "VALUES_ON"]

ATTRIBUTES = "SELECT declaration FROM attribute WHERE territory_code = %(territory)s ORDER BY position, key"

# Of two who declare at once, the second sees what the first did.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('attributes'), hashtext(%(territory)s))"

# Whether an attribute's values are numbers, for those that have any.
KINDS = """
SELECT key, bool_or(number IS NOT NULL) FROM attribute_value
WHERE territory_code = %(territory)s AND key = ANY (%(keys)s) GROUP BY key
"""

PUT_ATTRIBUTE = """
INSERT INTO attribute (territory_code, key, declaration, position)
SELECT %(territory)s, %(key)s, %(declaration)s, coalesce(max(position), 0) + 1
FROM attribute WHERE territory_code = %(territory)s
ON CONFLICT (territory_code, key) DO UPDATE SET declaration = excluded.declaration
"""

PUT_VALUE = """
INSERT INTO attribute_value (territory_code, key, level, code, day, number, word, actor)
VALUES (%(territory)s, %(key)s, %(level)s, %(code)s, %(day)s, %(number)s, %(word)s, %(actor)s)
ON CONFLICT (territory_code, key, level, code, day) DO UPDATE
SET number = excluded.number, word = excluded.word, actor = excluded.actor, stored_at = now()
"""

# The latest of each cell that is not after a day.
VALUES_ON = """
SELECT DISTINCT ON (key, level, code) key, level, code, number, word
FROM attribute_value WHERE territory_code = %(territory)s AND day <= %(day)s
ORDER BY key, level, code, day DESC
"""

# Of the latest days, in their order; what stood before the first of them comes with it.
VALUES_OF = """
WITH begun AS (
    SELECT * FROM attribute_value WHERE territory_code = %(territory)s AND key = ANY (%(keys)s)
), first AS (
    SELECT min(day) AS day FROM (SELECT DISTINCT day FROM begun ORDER BY day DESC LIMIT %(days)s) AS latest
), stood AS (
    SELECT DISTINCT ON (key, level, code) first.day, key, level, code, number, word
    FROM begun, first WHERE begun.day <= first.day
    ORDER BY key, level, code, begun.day DESC
)
SELECT day, key, level, code, number, word FROM stood
UNION ALL
SELECT begun.day, key, level, code, number, word FROM begun, first WHERE begun.day > first.day
ORDER BY day
"""
