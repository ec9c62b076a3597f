"""Every statement about what is to be sent, named by what it does."""

__all__ = ["CLAIM", "DROP", "EXPIRE", "FAIL", "PUT_OFF", "SENT", "WAITING"]

WAITING = """
SELECT EXISTS (SELECT FROM delivery WHERE channel = %(channel)s AND state = 'waiting' AND due_at <= now()
    AND coalesce(leased_until < now(), true))
"""

# A row that the feed's follower holds to add to it, or another sender to claim it, is passed over.
CLAIM = """
UPDATE delivery SET leased_until = now() + %(lease)s, attempts = attempts + 1
WHERE id = (
    SELECT id FROM delivery
    WHERE channel = %(channel)s AND state = 'waiting' AND due_at <= now() AND coalesce(leased_until < now(), true)
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, territory_code, channel, recipient, language, account_id, attempts, created_at
"""

# Whatever another sender thinks of it meanwhile: it was taken.
SENT = """
UPDATE delivery SET state = 'sent', done_at = now(), leased_until = NULL, error = NULL
WHERE id = %(id)s AND state <> 'sent'
"""

FAIL = """
UPDATE delivery SET state = 'failed', done_at = now(), leased_until = NULL, error = %(error)s
WHERE id = %(id)s AND state = 'waiting' AND attempts = %(attempts)s
"""

DROP = """
UPDATE delivery SET state = 'dropped', done_at = now(), leased_until = NULL, error = %(error)s
WHERE id = %(id)s AND state = 'waiting' AND attempts = %(attempts)s
"""

PUT_OFF = """
UPDATE delivery SET due_at = %(due)s, leased_until = NULL, error = %(error)s
WHERE id = %(id)s AND state = 'waiting' AND attempts = %(attempts)s
"""

EXPIRE = """
UPDATE delivery SET state = 'failed', done_at = now(), leased_until = NULL, error = coalesce(error, %(error)s)
WHERE channel = %(channel)s AND state = 'waiting' AND expires_at < now()
    AND coalesce(leased_until < now(), true)
"""
