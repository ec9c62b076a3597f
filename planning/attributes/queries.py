"""Every statement about attributes, named by the question it answers."""

__all__ = ["ATTRIBUTES", "PUT_ATTRIBUTE", "PUT_VALUE", "VALUES_OF", "VALUES_ON"]

ATTRIBUTES = "SELECT declaration FROM attribute WHERE territory_code = %(territory)s ORDER BY position, key"

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

# In the order of their days.
VALUES_OF = """
SELECT day, key, level, code, number, word FROM attribute_value
WHERE territory_code = %(territory)s AND key = ANY (%(keys)s) ORDER BY day
"""
