"""Every statement about other servers and their requests, named by what it does."""

from wangge.reports.case.states import OPEN_CASE

__all__ = [
    "ADD",
    "CASE",
    "CATEGORIES",
    "COUNT",
    "COUNTS",
    "DECLARED",
    "DECLARE_ANEW",
    "DUE",
    "END",
    "GATHER",
    "HOLD",
    "IN_STEP",
    "IN_TURN",
    "KEY",
    "KNOWN",
    "LET_GO",
    "MARKED",
    "MOVED",
    "NOTE_CHANGES",
    "OPEN_THERE",
    "OUT_OF_STEP",
    "PAIR",
    "PEERS",
    "PUT_OFF",
    "REACHED",
    "REDEEM",
    "REFUSED",
    "SENDING",
    "SINCE",
    "TAKEN",
    "TOLD",
    "TO_TELL",
    "TO_TRY",
    "UNANSWERED",
    "UNANSWERED_SERVICES",
    "UNTAKEN",
    "UNTAKEN_HERE",
]

_OPEN = OPEN_CASE.replace("state", "r.state")

CATEGORIES = "SELECT code FROM category WHERE territory_code = %s AND campaign IS NULL"

ADD = """
INSERT INTO peer (territory_code, name, document, since, created_by, key, from_settings)
VALUES (%(territory)s, %(name)s, %(document)s, %(since)s, %(by)s, %(key)s, %(from_settings)s) RETURNING id
"""

# Since when it is looked at stays, unless another time is declared. A key goes only where it was given for.
DECLARE_ANEW = """
UPDATE peer SET document = %(document)s, error = NULL, version = version + 1, ended_at = NULL,
    since = CASE WHEN %(document)s::jsonb ? 'since' THEN %(since)s ELSE since END,
    key = CASE WHEN %(rekeyed)s THEN %(key)s WHEN %(moved)s THEN NULL ELSE key END,
    from_settings = %(from_settings)s OR from_settings AND NOT %(rekeyed)s AND NOT %(moved)s
WHERE id = %(peer)s RETURNING id
"""

DECLARED = """
SELECT id, document, version, ended_at IS NOT NULL AS ended FROM peer
WHERE territory_code = %(territory)s AND name = %(name)s FOR UPDATE
"""

# Whoever declares servers does so in turn, so that there are never more than there may be.
IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('wangge_peers'), hashtext(%(territory)s))"

COUNT = "SELECT count(*) FROM peer WHERE territory_code = %(territory)s AND ended_at IS NULL"

KEY = "SELECT key, from_settings FROM peer WHERE id = %(peer)s AND version = %(version)s"

PEERS = """
SELECT id, territory_code AS territory, name, document, since, reached, looked_at, error, last, version,
       key IS NOT NULL AS keyed, created_at, created_by FROM peer
WHERE coalesce(territory_code = %(territory)s, true) AND ended_at IS NULL ORDER BY territory_code, name
"""

SINCE = "SELECT since FROM peer WHERE id = %(peer)s"

# What is not over with a request is: it is begun anew where the server is declared again.
END = "UPDATE peer SET ended_at = now(), key = NULL, error = NULL, last = NULL, reached = NULL WHERE id = %(peer)s"

HOLD = "SELECT pg_try_advisory_xact_lock(hashtext('wangge_peer'), %(peer)s::int)"

REACHED = "UPDATE peer SET reached = greatest(reached, %(reached)s) WHERE id = %(peer)s"

IN_STEP = "UPDATE peer SET looked_at = now(), error = NULL, last = %(last)s WHERE id = %(peer)s"

OUT_OF_STEP = "UPDATE peer SET error = %(error)s WHERE id = %(peer)s"

COUNTS = """
SELECT peer_id AS peer, count(*) FILTER (WHERE state = 'paired' AND origin = 'theirs') AS taken,
       count(*) FILTER (WHERE state = 'paired' AND origin = 'ours') AS sent,
       count(*) FILTER (WHERE state IN ('due', 'sending', 'token')) AS waiting,
       count(*) FILTER (WHERE state = 'refused') AS refused
FROM peer_request WHERE peer_id = ANY(%(peers)s) GROUP BY peer_id
"""

KNOWN = """
SELECT id, origin, state, report_id, report_received_at, their_status FROM peer_request
WHERE peer_id = %(peer)s AND theirs = %(theirs)s FOR UPDATE
"""

# The case that a mark names, if it is posted to the peer at all; `unanswered` where it was and no answer came.
MARKED = """
SELECT id, state IN ('sending', 'token') AS unanswered FROM peer_request
WHERE peer_id = %(peer)s AND report_id = %(report)s AND origin = 'ours' FOR UPDATE
"""

# A request that was on the list turns out to be a case that was posted from here.
LET_GO = """
DELETE FROM peer_request
WHERE peer_id = %(peer)s AND theirs = %(theirs)s AND origin = 'theirs' AND state = 'refused'
"""

TAKEN = """
INSERT INTO peer_request (peer_id, origin, state, theirs, report_id, report_received_at, their_status)
VALUES (%(peer)s, 'theirs', 'paired', %(theirs)s, %(report)s, %(received_at)s, %(status)s)
ON CONFLICT (peer_id, theirs) DO UPDATE SET state = 'paired', report_id = excluded.report_id,
    report_received_at = excluded.report_received_at, their_status = excluded.their_status,
    reason = NULL, facts = NULL, body = NULL
"""

UNTAKEN = """
INSERT INTO peer_request (peer_id, origin, state, theirs, reason, facts, body, tries, tried_at)
VALUES (%(peer)s, 'theirs', 'refused', %(theirs)s, %(reason)s, %(facts)s, %(body)s, 1, now())
ON CONFLICT (peer_id, theirs) DO UPDATE SET reason = excluded.reason, facts = excluded.facts, body = excluded.body,
    tries = peer_request.tries + 1, tried_at = now()
"""

TO_TRY = """
SELECT theirs, body FROM peer_request
WHERE peer_id = %(peer)s AND origin = 'theirs' AND state = 'refused' AND (tried_at < %(before)s OR tried_at IS NULL)
ORDER BY tried_at, id LIMIT 1000
"""

UNTAKEN_HERE = """
SELECT p.id, p.origin, p.theirs, p.report_id, p.report_received_at, p.reason, p.facts, p.tries, p.tried_at
FROM peer_request p WHERE p.peer_id = %(peer)s AND p.state = 'refused'
ORDER BY p.tried_at DESC, p.id DESC LIMIT %(limit)s
"""

OPEN_THERE = """
SELECT theirs FROM peer_request
WHERE peer_id = %(peer)s AND state = 'paired' AND their_status = 'open' ORDER BY id
"""

# What they know of a case of ours is what was told, whatever they say of it.
MOVED = """
UPDATE peer_request SET their_status = %(status)s,
    told_open = CASE origin WHEN 'theirs' THEN %(open)s ELSE told_open END, to_tell = to_tell AND origin = 'ours'
WHERE id = %(id)s
"""

# What came from another server goes to none, nor what was split off it, nor what bears another server's mark.
GATHER = """
INSERT INTO peer_request (peer_id, origin, state, report_id, report_received_at)
SELECT %(peer)s, 'ours', 'due', r.id, r.received_at FROM report r
WHERE r.territory_code = %(territory)s AND (%(reports)s::bigint[] IS NULL OR r.id = ANY(%(reports)s))
    AND r.received_at >= %(since)s AND r.category = ANY(%(categories)s) AND OPEN_CASE_R
    AND (%(states)s::text[] IS NULL OR r.state = ANY(%(states)s))
    AND (%(cells)s::jsonb IS NULL
        OR r.cell_id = ANY (CAST((SELECT scope_leaves(%(territory)s, %(cells)s)) AS bigint[])))
    AND r.description !~ '\\[[^][ ]+ [0-9]{6}-[0-9]{6,}-[0-9]\\]$'
    AND NOT EXISTS (
        WITH RECURSIVE line (id, parent) AS (
            SELECT r.id, r.parent_id
            UNION SELECT above.id, above.parent_id FROM report above JOIN line ON above.id = line.parent)
        SELECT FROM line JOIN peer_request p ON p.report_id = line.id AND p.origin = 'theirs')
ORDER BY r.id
ON CONFLICT DO NOTHING
""".replace("OPEN_CASE_R", _OPEN)

NOTE_CHANGES = """
UPDATE peer_request p SET to_tell = (OPEN_CASE_R) <> p.told_open FROM report r
WHERE p.peer_id = %(peer)s AND p.report_id = ANY(%(reports)s) AND p.state = 'paired'
    AND r.id = p.report_id AND r.received_at = p.report_received_at
    AND p.to_tell <> ((OPEN_CASE_R) <> p.told_open)
""".replace("OPEN_CASE_R", _OPEN)

DUE = """
SELECT id, peer_id, state, report_id, report_received_at, token, body, tries, first_tried_at, tried_at FROM peer_request
WHERE peer_id = %(peer)s AND origin = 'ours' AND state = ANY(%(states)s) AND due_at <= now() AND id > %(after)s
ORDER BY id LIMIT 100
"""

CASE = """
SELECT category, description, occurred_at, accuracy_m, ST_X(geom) AS lon, ST_Y(geom) AS lat, state FROM report
WHERE id = %(id)s AND received_at = %(received_at)s
"""

SENDING = """
UPDATE peer_request SET state = 'sending', body = %(body)s, tries = tries + 1, tried_at = now(),
    first_tried_at = coalesce(first_tried_at, now())
WHERE id = %(id)s
"""

# Services of cases that were posted and of which no answer came.
UNANSWERED_SERVICES = """
SELECT DISTINCT body ->> 'service_code' AS service FROM peer_request
WHERE peer_id = %(peer)s AND origin = 'ours' AND state IN ('sending', 'token') AND body IS NOT NULL
"""

PUT_OFF = "UPDATE peer_request SET due_at = now() + %(wait)s WHERE id = %(id)s"

UNANSWERED = """
UPDATE peer_request SET due_at = now() + %(wait)s, tries = tries + (state = 'token')::integer WHERE id = %(id)s
"""

REFUSED = """
UPDATE peer_request SET state = 'refused', reason = 'refused-there', facts = %(facts)s, due_at = now() + %(wait)s
WHERE id = %(id)s
"""

REDEEM = "UPDATE peer_request SET state = 'token', token = %(token)s, due_at = now() + %(wait)s WHERE id = %(id)s"

PAIR = """
UPDATE peer_request p SET state = 'paired', theirs = %(theirs)s, their_status = 'open',
    to_tell = EXISTS (
        SELECT FROM report r WHERE r.id = p.report_id AND r.received_at = p.report_received_at AND NOT (OPEN_CASE_R)),
    body = NULL, reason = NULL, facts = NULL
WHERE id = %(id)s
""".replace("OPEN_CASE_R", _OPEN)

TO_TELL = """
SELECT p.id, p.theirs, p.told, p.report_id, p.report_received_at, r.state, OPEN_CASE_R AS open
FROM peer_request p JOIN report r ON r.id = p.report_id AND r.received_at = p.report_received_at
WHERE p.peer_id = %(peer)s AND p.to_tell AND p.due_at <= now() ORDER BY p.id LIMIT 1000
""".replace("OPEN_CASE_R", _OPEN)

TOLD = "UPDATE peer_request SET told_open = %(open)s, told = told + 1, to_tell = false WHERE id = %(id)s"
