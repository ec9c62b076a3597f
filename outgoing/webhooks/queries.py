"""Every statement about webhooks, named by the question it answers or by what it does."""

from wangge.access.queries import GRANTS

__all__ = [
    "ADD",
    "BEHIND",
    "CLAIM",
    "COUNT",
    "DELETE",
    "DELIVERIES",
    "DROP_WAITING",
    "DUE",
    "FAILED",
    "FORGET_SENT",
    "HOOKS",
    "PUT",
    "REST",
    "ROTATE",
    "SUCCEEDED",
    "WEBHOOKS",
]

# With what the owner has now: an account that is disabled and a key that is over have nothing.
HOOKS = """
SELECT w.id, w.territory_code AS territory, w.name, w.moves, a.id AS account,
       CASE WHEN a.disabled_at IS NULL THEN {grants} END AS grants,
       k.rights, k.role, k.territory_code AS key_territory, k.level, k.code, k.organisation_id AS organisation,
       (SELECT count(*) FROM (SELECT FROM delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
                              LIMIT %(most)s) waiting) AS waiting
FROM webhook w
LEFT JOIN account a ON a.id = w.account_id
LEFT JOIN service_key k ON k.id = w.key_id AND k.revoked_at IS NULL AND k.expires_at > now()
ORDER BY w.id
""".replace("{grants}", GRANTS)

# Whoever has lost everything is sent nothing more from that moment on.
OWNED = """(
    EXISTS (SELECT FROM account a WHERE a.id = w.account_id AND a.disabled_at IS NULL)
    OR EXISTS (SELECT FROM service_key k WHERE k.id = w.key_id AND k.revoked_at IS NULL AND k.expires_at > now()))
"""

BEHIND = """
SELECT EXISTS (
    SELECT FROM webhook w JOIN feed_position p ON p.name = 'webhook-' || w.id
    WHERE p.position < coalesce((SELECT max(position) FROM feed_tick), 0)
        AND (SELECT count(*) FROM (SELECT FROM delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
                                   LIMIT %(most)s) waiting) < %(most)s)
"""

# As the API's list of findings has it: those that touch one's cells.
FINDINGS_SEEN = """
SELECT id FROM finding
WHERE id = ANY (%(ids)s) AND territory_code = %(territory)s
    AND (%(cells)s::jsonb IS NULL OR cells && (SELECT scope_leaves(%(territory)s, %(cells)s::jsonb))::bigint[])
"""

# What waits already is not made twice, however often one asks for a replay.
PUT = """
INSERT INTO delivery (territory_code, channel, recipient, language, webhook_id, mark, lane, body, due_at, expires_at)
VALUES (%(territory)s, 'webhook', %(name)s, '', %(webhook)s, %(mark)s, %(lane)s, %(body)s, now(), now() + %(keep)s)
ON CONFLICT (webhook_id, mark) WHERE state = 'waiting' AND channel = 'webhook' DO NOTHING
"""

DUE = """
SELECT w.id, w.url, w.generation, coalesce(w.former_until > now(), false) AS former FROM webhook w
WHERE coalesce(w.rests_until < now(), true) AND {owned} AND EXISTS (
    SELECT FROM delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= now()
        AND coalesce(d.leased_until < now(), true))
""".replace("{owned}", OWNED)

DROP_WAITING = """
UPDATE delivery SET state = 'dropped', done_at = now(), leased_until = NULL, error = 'not for its owner any more'
WHERE webhook_id = %(webhook)s AND state = 'waiting'
"""

# Of a case only the first that waits, so that its events arrive in order; one that is being tried keeps the next back.
CLAIM = """
UPDATE delivery SET leased_until = now() + %(lease)s, attempts = attempts + 1
WHERE id = (
    SELECT d.id FROM delivery d JOIN webhook w ON w.id = d.webhook_id
    WHERE d.webhook_id = %(webhook)s AND d.state = 'waiting' AND d.due_at <= now()
        AND coalesce(d.leased_until < now(), true) AND coalesce(w.rests_until < now(), true)
        AND {owned}
        AND NOT EXISTS (SELECT FROM delivery e WHERE e.webhook_id = d.webhook_id AND e.lane = d.lane
                        AND e.state = 'waiting' AND e.id < d.id)
    ORDER BY d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
)
RETURNING id, mark, body, attempts
""".replace("{owned}", OWNED)

SUCCEEDED = """
UPDATE webhook SET failures = 0, rests_until = NULL, error = NULL WHERE id = %(webhook)s AND failures > 0
"""

FAILED = "UPDATE webhook SET failures = failures + 1, error = %(error)s WHERE id = %(webhook)s RETURNING failures"

REST = "UPDATE webhook SET rests_until = now() + %(rest)s WHERE id = %(webhook)s"

FORGET_SENT = """
DELETE FROM delivery WHERE channel = 'webhook' AND state IN ('sent', 'failed', 'dropped') AND done_at < now() - %(keep)s
"""

COUNT = "SELECT count(*) FROM webhook WHERE territory_code = %(territory)s"

ADD = """
INSERT INTO webhook (territory_code, name, url, moves, account_id, key_id, created_by)
VALUES (%(territory)s, %(name)s, %(url)s, %(moves)s, %(account)s, %(key)s, %(by)s)
RETURNING id
"""

WEBHOOKS = """
SELECT w.id, w.name, w.url, w.moves, w.account_id AS account, w.key_id AS key, w.created_at, w.created_by, w.failures,
       w.rests_until, w.error, w.generation, p.incarnation, p.position,
       count(d.id) FILTER (WHERE d.state = 'waiting') AS waiting,
       count(d.id) FILTER (WHERE d.state = 'failed') AS failed
FROM webhook w
LEFT JOIN feed_position p ON p.name = 'webhook-' || w.id
LEFT JOIN delivery d ON d.webhook_id = w.id AND d.state IN ('waiting', 'failed')
WHERE w.territory_code = %(territory)s AND coalesce(w.id = %(webhook)s, true)
GROUP BY w.id, p.name ORDER BY w.id
"""

ROTATE = """
UPDATE webhook SET generation = generation + 1, former_until = now() + %(lasting)s
WHERE id = %(webhook)s AND territory_code = %(territory)s RETURNING generation
"""

DELETE = "DELETE FROM webhook WHERE id = %(webhook)s AND territory_code = %(territory)s RETURNING name, url"

DELIVERIES = """
SELECT id, mark, state, attempts, due_at, created_at, done_at, error FROM delivery
WHERE webhook_id = %(webhook)s AND (%(state)s::text IS NULL OR state = %(state)s)
    AND coalesce(id < %(before)s, true)
ORDER BY id DESC LIMIT %(limit)s
"""
