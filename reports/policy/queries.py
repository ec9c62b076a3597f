"""Every statement about limits and single days, named by the question it answers."""

POLICY_OF = """
SELECT t.timezone, p.document, coalesce(p.revision, 0),
       coalesce((SELECT jsonb_object_agg(d.day, d.work) FROM calendar_day d WHERE d.territory_code = t.code), '{}')
FROM territory t LEFT JOIN policy p ON p.territory_code = t.code
WHERE t.code = %(territory)s
"""

HAS_POLICY = "SELECT FROM policy WHERE territory_code = %(territory)s AND document IS NOT NULL"

# Names that a policy may use: the territory's categories, and the levels of the edition that it brought last.
KNOWN_NAMES = """
SELECT ARRAY(SELECT code FROM category WHERE territory_code = t.code ORDER BY position, code),
       (SELECT ARRAY(SELECT level ->> 'key' FROM jsonb_array_elements(e.levels) AS level)
        FROM edition e WHERE e.territory_code = t.code
        ORDER BY e.id = t.current_edition_id DESC NULLS LAST, e.id DESC LIMIT 1)
FROM territory t WHERE t.code = %(territory)s
"""

# The revision tells running servers, and the sweep, that something changed: the limits or a single day.
PUT_POLICY = """
INSERT INTO policy AS p (territory_code, document, revision, changed_by) VALUES (%(territory)s, %(document)s, 1, %(by)s)
ON CONFLICT (territory_code) DO UPDATE
    SET document = excluded.document, revision = p.revision + 1, changed_at = now(), changed_by = excluded.changed_by
RETURNING revision
"""

LOCK_POLICY = "SELECT revision FROM policy WHERE territory_code = %(territory)s FOR UPDATE"

TOUCH_POLICY = """
INSERT INTO policy AS p (territory_code, document, revision, changed_by) VALUES (%(territory)s, NULL, 1, %(by)s)
ON CONFLICT (territory_code) DO UPDATE
    SET revision = p.revision + 1, changed_at = now(), changed_by = excluded.changed_by
RETURNING revision
"""

DAYS_OF = """
SELECT day, work, name FROM calendar_day
WHERE territory_code = %(territory)s AND day BETWEEN %(since)s AND %(until)s ORDER BY day
"""

PUT_DAY = """
INSERT INTO calendar_day (territory_code, day, work, name) VALUES (%(territory)s, %(day)s, %(work)s, %(name)s)
ON CONFLICT (territory_code, day) DO UPDATE SET work = excluded.work, name = excluded.name
"""

TAKE_DAY = "DELETE FROM calendar_day WHERE territory_code = %(territory)s AND day = %(day)s RETURNING day"

FORGET_DAYS = "DELETE FROM calendar_day WHERE territory_code = %(territory)s"
