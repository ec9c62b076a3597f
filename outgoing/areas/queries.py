"""Every statement about subscriptions to areas, named by the question it answers or by what it does."""

__all__ = [
    "ADD",
    "ASK_TO_CONFIRM",
    "CHANGED",
    "CLAIM",
    "CONFIRM",
    "DIGEST",
    "END",
    "ERASE_EQUAL",
    "ERASE_OF",
    "ERASE_UNCONFIRMED",
    "ERASE_UNREACHED",
    "HELD",
    "HOLD",
    "IS_OPEN",
    "MOVE_ON",
    "NAME_OF_CELL",
    "NAME_OF_TERRITORY",
    "NEWS",
    "SUBSCRIPTION",
]

COLUMNS = """s.id, s.territory_code AS territory, s.email, s.language, s.cell, s.level, s.lon, s.lat, s.metres,
    s.categories, s.created_at, s.confirmed_at, s.position,
    (SELECT timezone FROM territory t WHERE t.code = s.territory_code) AS zone"""

IS_OPEN = "SELECT EXISTS (SELECT FROM category WHERE territory_code = %(territory)s AND public = 'exact')"

# Whoever asks for the same address at the same time waits, so that no more is asked of it than is allowed.
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('area_subscription ' || %(email)s, 0))"

HELD = """
SELECT count(*) FILTER (WHERE confirmed_at IS NULL), count(*) FILTER (WHERE confirmed_at IS NOT NULL)
FROM area_subscription WHERE email = %(email)s
"""

ADD = """
INSERT INTO area_subscription (territory_code, email, language, cell, level, lon, lat, metres, categories)
VALUES (%(territory)s, %(email)s, %(language)s, %(cell)s, %(level)s, %(lon)s, %(lat)s, %(metres)s, %(categories)s)
RETURNING id
"""

ASK_TO_CONFIRM = """
INSERT INTO delivery (territory_code, channel, recipient, language, subscription_id, due_at, expires_at)
VALUES (%(territory)s, 'area', %(id)s::text, %(language)s, %(id)s, now(), now() + %(lasting)s::interval)
"""

# One that nobody has confirmed in time is not there any more, also before it is erased.
SUBSCRIPTION = f"""
SELECT {COLUMNS} FROM area_subscription s
WHERE id = %(id)s AND (confirmed_at IS NOT NULL OR created_at > now() - %(lasting)s::interval)
"""  # noqa: S608 - columns of ours

CONFIRM = """
UPDATE area_subscription SET confirmed_at = now(), due_at = %(due)s,
    position = (SELECT coalesce(max(position), 0) FROM feed_tick)
WHERE id = %(id)s AND confirmed_at IS NULL
"""

# The same area asked for twice is told once.
ERASE_EQUAL = """
DELETE FROM area_subscription o USING area_subscription s
WHERE s.id = %(id)s AND o.id <> s.id AND o.email = s.email AND o.confirmed_at IS NOT NULL
    AND (o.territory_code, o.categories) = (s.territory_code, s.categories)
    AND (o.cell, o.level, o.lon, o.lat, o.metres) IS NOT DISTINCT FROM (s.cell, s.level, s.lon, s.lat, s.metres)
"""

END = "DELETE FROM area_subscription WHERE id = %(id)s"

ERASE_OF = "DELETE FROM area_subscription WHERE email = %(email)s"

ERASE_UNCONFIRMED = """
DELETE FROM area_subscription WHERE confirmed_at IS NULL AND created_at <= now() - %(lasting)s::interval
"""

# Nobody is there any more: its last messages could not be delivered.
ERASE_UNREACHED = """
DELETE FROM area_subscription s WHERE due_at <= now() AND %(tries)s = (
    SELECT count(*) FROM (
        SELECT state FROM delivery d WHERE d.subscription_id = s.id AND d.news IS NOT NULL
            AND d.state IN ('sent', 'failed')
        ORDER BY d.id DESC LIMIT %(tries)s
    ) lately WHERE state = 'failed')
"""

CLAIM = f"""
SELECT {COLUMNS} FROM area_subscription s WHERE due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - columns of ours

MOVE_ON = "UPDATE area_subscription SET position = %(position)s, due_at = %(due)s WHERE id = %(id)s"

# Reports of categories that are told exactly to which something happened that everybody may see, by positions in the
# feed; what is told late is no news.
CHANGED = """
SELECT DISTINCT f.report_id FROM feed f
JOIN report_event e ON e.id = f.event_id AND e.report_received_at = f.report_received_at
JOIN report r ON r.id = f.report_id AND r.received_at = f.report_received_at
JOIN category k ON k.territory_code = r.territory_code AND k.code = r.category AND k.public = 'exact'
WHERE f.position > %(after)s AND f.position <= %(last)s AND f.territory_code = %(territory)s
    AND e.move = ANY (%(moves)s) AND e.at > %(since)s
"""

# What nobody has tried to send yet takes up what is to be told now.
DIGEST = """
INSERT INTO delivery AS d (territory_code, channel, recipient, language, subscription_id, news, due_at, expires_at)
VALUES (%(territory)s, 'area', %(id)s::text, %(language)s, %(id)s, int8range(%(after)s, %(last)s, '(]'), %(due)s,
        %(due)s + %(keep)s::interval)
ON CONFLICT (territory_code, channel, recipient, language)
    WHERE state = 'waiting' AND attempts = 0 AND channel <> 'webhook'
DO UPDATE SET news = range_merge(d.news, excluded.news)
"""

# The range is kept with its lower end in it and its upper end not.
NEWS = "SELECT lower(news) - 1, upper(news) - 1 FROM delivery WHERE id = %(id)s AND news IS NOT NULL"

NAME_OF_CELL = """
SELECT c.name FROM cell c JOIN edition e ON e.id = c.edition_id
WHERE e.territory_code = %(territory)s AND c.code = %(cell)s
    AND coalesce(e.levels -> c.level::integer ->> 'key' = %(level)s, true)
ORDER BY e.valid_from DESC, c.level LIMIT 1
"""

NAME_OF_TERRITORY = "SELECT name FROM territory WHERE code = %(territory)s"
