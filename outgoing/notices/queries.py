"""Every statement about notices, named by the question it answers or by what it does."""

from wangge.access.queries import GRANTS

__all__ = [
    "ADD_NOTICES",
    "AGREE",
    "BEGIN",
    "CATEGORIES",
    "CONTACTS",
    "DESKS_OF_CASES",
    "DEVICE",
    "HAS_DEVICE",
    "LAST_TO",
    "NOTICES_OF",
    "PUT_DEVICE",
    "RECORDS",
    "REFUSE",
    "REFUSED",
    "REMOVE_DEVICE",
    "REMOVE_GONE",
    "STAFF",
    "TRY_AGAIN",
    "USE_TEMPLATE",
    "WANT_AGAIN",
    "ZONES",
]

CONTACTS = """
SELECT c.report_id, c.phone, c.email, c.openid, c.templates, c.language, r.category
FROM unnest(%(ids)s::bigint[], %(received)s::timestamptz[]) AS w (id, received_at)
CROSS JOIN LATERAL (SELECT category FROM report WHERE id = w.id AND received_at = w.received_at OFFSET 0) r
JOIN report_contact c ON c.report_id = w.id AND c.report_received_at = w.received_at
WHERE coalesce(c.phone, c.email, c.openid) IS NOT NULL
"""

# Whoever is somebody else now has agreed to nothing yet; the oldest agreements go, where there are many.
AGREE = """
INSERT INTO report_contact AS c (report_id, report_received_at, language, openid, templates)
VALUES (%(id)s, %(received_at)s, %(language)s, %(openid)s, %(templates)s)
ON CONFLICT (report_id) DO UPDATE SET openid = excluded.openid, language = coalesce(c.language, excluded.language),
    templates = (excluded.templates || CASE WHEN c.openid = excluded.openid THEN c.templates ELSE '{}' END)[:%(most)s]
"""

# One agreement is for one message.
USE_TEMPLATE = """
UPDATE report_contact SET templates = templates[:array_position(templates, %(template)s) - 1]
    || templates[array_position(templates, %(template)s) + 1:]
WHERE report_id = %(report)s AND %(template)s = ANY (templates)
"""

# As they stand now: who has a case now hears of it, not who had it.
DESKS_OF_CASES = """
SELECT r.id, r.category, d.level, d.code,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(t.organisation_id, p.level, p.code, t.state)), '[]')
        FROM report_task t LEFT JOIN desk p ON p.id = t.desk_id
        WHERE t.report_id = r.id AND t.state <> 'cancelled') AS tasks
FROM unnest(%(ids)s::bigint[], %(received)s::timestamptz[]) AS w (id, received_at)
CROSS JOIN LATERAL (SELECT * FROM report WHERE id = w.id AND received_at = w.received_at OFFSET 0) r
LEFT JOIN desk d ON d.id = r.desk_id
"""

STAFF = """
SELECT a.id, CASE WHEN a.notices IS NOT NULL THEN a.email END AS email, a.notices, {grants} AS grants,
       coalesce(d.devices, '[]') AS devices
FROM account a
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(d.id, d.language)) AS devices
    FROM account_session s JOIN push_device d ON d.session_hash = s.hash
    WHERE s.account_id = a.id AND s.expires_at > now()
) d ON %(push)s
WHERE a.disabled_at IS NULL AND (d.devices IS NOT NULL OR (a.notices IS NOT NULL AND a.email IS NOT NULL AND %(mail)s))
""".replace("{grants}", GRANTS)

# A browser is one person's: whoever signed in on it before is no longer told there.
PUT_DEVICE = """
WITH other AS (DELETE FROM push_device WHERE endpoint = %(endpoint)s AND session_hash <> %(session)s)
INSERT INTO push_device (session_hash, endpoint, key, auth, language)
VALUES (%(session)s, %(endpoint)s, %(key)s, %(auth)s, %(language)s)
ON CONFLICT (session_hash) DO UPDATE
SET endpoint = excluded.endpoint, key = excluded.key, auth = excluded.auth, language = excluded.language
"""

REMOVE_DEVICE = "DELETE FROM push_device WHERE session_hash = %(session)s"

REMOVE_GONE = "DELETE FROM push_device WHERE id = %(device)s"

HAS_DEVICE = "SELECT FROM push_device WHERE session_hash = %(session)s"

DEVICE = """
SELECT d.endpoint, d.key, d.auth FROM push_device d JOIN account_session s ON s.hash = d.session_hash
WHERE d.id = %(device)s AND s.expires_at > now()
"""

ZONES = "SELECT code, timezone FROM territory WHERE code = ANY (%(territories)s)"

LAST_TO = """
SELECT recipient, max(done_at) FROM delivery
WHERE recipient = ANY (%(recipients)s) AND state = 'sent' GROUP BY recipient
"""

# A message to the same address that nobody has tried to send yet takes up what is to be told now.
BEGIN = """
INSERT INTO delivery AS d (territory_code, channel, recipient, language, account_id, due_at, expires_at)
VALUES (%(territory)s, %(channel)s, %(recipient)s, %(language)s, %(account)s, %(due)s, %(due)s + %(keep)s::interval)
ON CONFLICT (territory_code, channel, recipient, language)
    WHERE state = 'waiting' AND attempts = 0 AND channel <> 'webhook'
DO UPDATE SET due_at = d.due_at
RETURNING id
"""

ADD_NOTICES = """
INSERT INTO notice
    (delivery_id, kind, report_id, report_received_at, contact_report_id, category, state, mark, at)
VALUES (%(delivery)s, %(kind)s, %(report)s, %(received_at)s, %(contact)s, %(category)s, %(state)s, %(mark)s, %(at)s)
"""

NOTICES_OF = """
SELECT kind, report_id, report_received_at, category, state, contact_report_id IS NULL AS staff
FROM notice WHERE delivery_id = %(delivery)s ORDER BY id
"""

CATEGORIES = "SELECT code, name FROM category WHERE territory_code = %(territory)s AND code = ANY (%(codes)s)"

REFUSE = "INSERT INTO notice_refusal (recipient) VALUES (%(recipient)s) ON CONFLICT DO NOTHING"

WANT_AGAIN = "DELETE FROM notice_refusal WHERE recipient = %(recipient)s"

REFUSED = "SELECT recipient FROM notice_refusal WHERE recipient = ANY (%(recipients)s)"

RECORDS = """
SELECT d.id, d.channel, coalesce(s.email, d.recipient) AS recipient, d.language,
       d.account_id IS NOT NULL AS staff, d.state, d.attempts, d.due_at, d.created_at, d.done_at, d.error,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(n.kind, n.report_id, n.report_received_at) ORDER BY n.id), '[]')
        FROM notice n WHERE n.delivery_id = d.id) AS told
FROM delivery d LEFT JOIN area_subscription s ON s.id = d.subscription_id
WHERE d.territory_code = %(territory)s AND d.channel <> 'webhook' AND coalesce(d.id < %(before)s, true)
    AND (%(state)s::text IS NULL OR d.state = %(state)s)
ORDER BY d.id DESC LIMIT %(limit)s
"""

# Beside it another message to the same address may be waiting for its first try: this one has had some.
TRY_AGAIN = """
UPDATE delivery SET state = 'waiting', done_at = NULL, due_at = now(), attempts = greatest(attempts, 1),
    expires_at = now() + (expires_at - created_at)
WHERE id = %(id)s AND territory_code = %(territory)s AND state = 'failed' AND channel <> 'webhook'
"""
