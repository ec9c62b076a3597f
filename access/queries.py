"""Every statement of the access room, in psycopg's form, named by what it does."""

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_OF_LOGIN",
    "ACCOUNT_OF_SUBJECT",
    "ADD_ACCOUNT",
    "ADD_BEARER",
    "ADD_FAMILY",
    "ADD_GRANT",
    "ADD_KEY",
    "ADD_SESSION",
    "CHANGES",
    "CLAIM_ATTEMPT",
    "CLAIM_REFRESH",
    "END_GRANT",
    "END_SESSION",
    "END_SESSIONS",
    "FORGET_ATTEMPTS",
    "FORGET_EXPIRED",
    "FORGET_LIST",
    "IS_PLACE",
    "KEYS",
    "LOCKED_FOR",
    "LOCK_ACCOUNT",
    "PERSON_OF_ACCESS",
    "PERSON_OF_KEY",
    "PERSON_OF_SESSION",
    "REVOKE_FAMILIES",
    "REVOKE_FAMILY",
    "REVOKE_KEY",
    "SAVED_LISTS",
    "SAVE_LIST",
    "SEE_SESSION",
    "SET_ACCOUNT",
    "SIGNED_IN_FROM",
    "SUCCEED_SIGN_IN",
    "TERRITORY_OF_OFFICER",
    "TIE_SUBJECT",
    "USE_BEARER",
    "USE_TOTP_STEP",
]

# ---- who asks

# What an account was given, as far as it is valid now. An officer has besides the base grids of the roster: the own
# ones, and those of whoever is away and is stood in for; days are those of the territory.
GRANTS = """
(SELECT coalesce(jsonb_agg(jsonb_build_array(g.role, g.territory_code, g.level, g.code, g.organisation_id)), '[]')
 FROM (
    SELECT role, territory_code, level, code, organisation_id FROM account_grant
    WHERE account_id = a.id AND valid_from <= now() AND coalesce(valid_to > now(), true)
    UNION
    SELECT CASE p.role WHEN 'responsible' THEN 'officer' ELSE 'assistant' END, p.territory_code, d.level, d.code, NULL
    FROM officer o
    JOIN territory t ON t.code = o.territory_code
    CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE t.timezone)::date AS today) n
    JOIN posting p ON p.officer_id = o.id OR p.officer_id IN (
        SELECT l.officer_id FROM officer_leave l
        WHERE l.substitute_id = o.id AND l.away_from <= n.today AND n.today < l.back_on)
    JOIN desk d ON d.id = p.desk_id
    WHERE o.id = a.officer_id AND o.active AND d.active AND d.level IS NOT NULL
      AND p.valid_from <= n.today AND coalesce(p.valid_to > n.today, true)
 ) g)
"""

PERSON_OF_SESSION = """
SELECT a.id, a.login, {grants}, a.name, a.password_hash IS NOT NULL, s.expires_at, s.seen_at
FROM account_session s JOIN account a ON a.id = s.account_id
WHERE s.hash = %(hash)s AND s.expires_at > now() AND s.seen_at > now() - %(idle)s::interval AND a.disabled_at IS NULL
""".replace("{grants}", GRANTS)

SEE_SESSION = "UPDATE account_session SET seen_at = now() WHERE hash = %(hash)s"

PERSON_OF_ACCESS = """
SELECT a.id, a.login, {grants}
FROM token t JOIN token_family f ON f.id = t.family_id JOIN account a ON a.id = f.account_id
WHERE t.hash = %(hash)s AND t.kind = 'access' AND t.expires_at > now() AND f.revoked_at IS NULL
  AND a.disabled_at IS NULL
""".replace("{grants}", GRANTS)

PERSON_OF_KEY = """
SELECT id, name, rights, role, territory_code, level, code, organisation_id FROM service_key
WHERE hash = %(hash)s AND revoked_at IS NULL AND expires_at > now()
"""

# ---- signing in and out

ACCOUNT_OF_LOGIN = """
SELECT id, password_hash, totp_secret FROM account WHERE login = %(login)s AND disabled_at IS NULL
"""

# From where an account signed in within the last months, guesses of others from elsewhere do not lock it.
SIGNED_IN_FROM = """
SELECT FROM sign_in_attempt
WHERE login = %(login)s AND source = %(source)s AND succeeded_at > now() - interval '90 days'
"""

LOCKED_FOR = """
SELECT extract(epoch FROM locked_until - now()) FROM sign_in_attempt
WHERE login = %(login)s AND source = %(source)s AND locked_until > now()
"""

# An attempt counts as a failure until it has succeeded, so that many at once do not all get in under the limit. The
# wait doubles with each failure beyond it, up to a day. Failures are forgotten a day after the last one.
CLAIM_ATTEMPT = """
INSERT INTO sign_in_attempt AS a (login, source, failures, locked_until)
VALUES (%(login)s, %(source)s, 1, CASE WHEN %(limit)s <= 1 THEN now() + %(lockout)s::interval END)
ON CONFLICT (login, source) DO UPDATE SET last_at = now(), (failures, locked_until) = (
    SELECT n.failures, CASE WHEN n.failures >= %(limit)s
        THEN now() + least(%(lockout)s::interval * 2 ^ least(n.failures - %(limit)s, 20), interval '1 day') END
    FROM (SELECT CASE WHEN a.last_at < now() - interval '1 day' THEN 1 ELSE a.failures + 1 END AS failures) n)
WHERE coalesce(a.locked_until <= now(), true) RETURNING a.failures
"""

# Of the failures from everywhere only its own is taken back.
SUCCEED_SIGN_IN = """
WITH everywhere AS (
    UPDATE sign_in_attempt SET failures = greatest(failures - 1, 0) WHERE login = %(login)s AND source = ''
)
INSERT INTO sign_in_attempt (login, source, failures, succeeded_at) VALUES (%(login)s, %(source)s, 0, now())
ON CONFLICT (login, source) DO UPDATE SET failures = 0, locked_until = NULL, last_at = now(), succeeded_at = now()
"""

FORGET_ATTEMPTS = "DELETE FROM sign_in_attempt WHERE login = %(login)s AND source = %(source)s"

# One code is good once: the second of two that come at the same moment finds no row.
USE_TOTP_STEP = """
UPDATE account SET totp_step = %(step)s WHERE id = %(account)s AND coalesce(totp_step < %(step)s, true) RETURNING id
"""

ADD_SESSION = """
INSERT INTO account_session (hash, account_id, expires_at)
VALUES (%(hash)s, %(account)s, now() + %(lasts)s::interval) RETURNING expires_at
"""

END_SESSION = "DELETE FROM account_session WHERE hash = %(hash)s"

ADD_FAMILY = """
INSERT INTO token_family (account_id, expires_at) VALUES (%(account)s, now() + %(lasts)s::interval) RETURNING id
"""

ADD_BEARER = """
INSERT INTO token (hash, family_id, kind, expires_at)
SELECT %(hash)s, f.id, %(kind)s, least(f.expires_at, now() + %(lasts)s::interval)
FROM token_family f WHERE f.id = %(family)s
"""

# The lock makes the second of two that bring the same token wait, and see that it was used.
CLAIM_REFRESH = """
SELECT t.family_id, t.used_at IS NOT NULL AS used, f.account_id
FROM token t JOIN token_family f ON f.id = t.family_id JOIN account a ON a.id = f.account_id
WHERE t.hash = %(hash)s AND t.kind = 'refresh' AND t.expires_at > now() AND f.revoked_at IS NULL
  AND a.disabled_at IS NULL
FOR UPDATE OF t
"""

USE_BEARER = "UPDATE token SET used_at = now() WHERE hash = %(hash)s"

REVOKE_FAMILY = """
UPDATE token_family SET revoked_at = now()
WHERE id = (SELECT family_id FROM token WHERE hash = %(hash)s) AND revoked_at IS NULL
"""

# ---- accounts and keys

ADD_ACCOUNT = """
INSERT INTO account (login, name, email, password_hash, officer_id)
VALUES (%(login)s, %(name)s, lower(%(email)s), %(password_hash)s, %(officer)s)
RETURNING id
"""

ADD_GRANT = """
INSERT INTO account_grant
    (account_id, role, territory_code, level, code, organisation_id, valid_from, valid_to, given_by)
VALUES (%(account)s, %(role)s, %(territory)s, %(level)s, %(code)s, %(organisation)s,
        coalesce(%(valid_from)s::timestamptz, now()), %(valid_to)s, %(given_by)s)
RETURNING id
"""

ADD_KEY = """
INSERT INTO service_key
    (name, hash, role, rights, territory_code, level, code, organisation_id, created_by, expires_at)
VALUES (%(name)s, %(hash)s, %(role)s, %(rights)s, %(territory)s, %(level)s, %(code)s, %(organisation)s,
        %(created_by)s, %(expires_at)s)
RETURNING id
"""

# All that is not over; a grant that begins later is on the list already. Besides: the territory of its officer, whose
# postings are grants too, and what it was given once.
ACCOUNTS = """
SELECT a.id, a.login, a.name, a.email, a.password_hash IS NOT NULL, a.totp_secret IS NOT NULL, a.disabled_at,
       (SELECT max(t.locked_until) FROM sign_in_attempt t
        WHERE t.login = sha256(convert_to(a.login, 'UTF8')) AND t.locked_until > now()), a.officer_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', g.id, 'role', g.role, 'territory', g.territory_code, 'level', g.level, 'code', g.code,
            'organisation', g.organisation_id, 'valid_from', g.valid_from, 'valid_to', g.valid_to,
            'given_by', g.given_by) ORDER BY g.id), '[]')
        FROM account_grant g WHERE g.account_id = a.id AND coalesce(g.valid_to > now(), true)),
       (SELECT o.territory_code FROM officer o WHERE o.id = a.officer_id),
       (SELECT coalesce(jsonb_agg(jsonb_build_array(g.role, g.territory_code, g.level, g.code, g.organisation_id)),
                        '[]')
        FROM account_grant g WHERE g.account_id = a.id AND g.valid_to <= now()),
       a.notices
FROM account a
WHERE (%(account)s::bigint IS NULL OR a.id = %(account)s) AND (%(login)s::text IS NULL OR a.login = %(login)s)
ORDER BY a.login
"""

SET_ACCOUNT = {
    "name": "UPDATE account SET name = %(value)s WHERE id = %(account)s",
    "email": "UPDATE account SET email = lower(%(value)s) WHERE id = %(account)s",
    "notices": "UPDATE account SET notices = %(value)s WHERE id = %(account)s",
    "officer": "UPDATE account SET officer_id = %(value)s WHERE id = %(account)s",
    "password_hash": "UPDATE account SET password_hash = %(value)s WHERE id = %(account)s",
    "totp_secret": "UPDATE account SET totp_secret = %(value)s, totp_step = NULL WHERE id = %(account)s",
    "disabled": "UPDATE account SET disabled_at = CASE WHEN %(value)s THEN now() END WHERE id = %(account)s",
    "unlocked": """DELETE FROM sign_in_attempt WHERE %(value)s
        AND login = (SELECT sha256(convert_to(login, 'UTF8')) FROM account WHERE id = %(account)s)""",
}

END_SESSIONS = "DELETE FROM account_session WHERE account_id = %(account)s"

REVOKE_FAMILIES = "UPDATE token_family SET revoked_at = now() WHERE account_id = %(account)s AND revoked_at IS NULL"

# A grant that did not begin yet is void from its beginning on.
END_GRANT = """
UPDATE account_grant SET valid_from = least(valid_from, now() - interval '1 microsecond'), valid_to = now()
WHERE id = %(grant)s AND account_id = %(account)s AND coalesce(valid_to > now(), true) RETURNING id
"""

TERRITORY_OF_OFFICER = "SELECT territory_code FROM officer WHERE id = %(officer)s"

IS_PLACE = """
SELECT CASE WHEN %(organisation)s::bigint IS NOT NULL THEN EXISTS (
        SELECT FROM organisation WHERE id = %(organisation)s AND territory_code = %(territory)s)
    ELSE EXISTS (
        SELECT FROM edition e
        CROSS JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS l(spec, nr)
        JOIN cell c ON c.edition_id = e.id AND c.level = l.nr - 1 AND c.code = %(code)s
        WHERE e.territory_code = %(territory)s AND l.spec ->> 'key' = %(level)s)
    END
"""

KEYS = """
SELECT id, name, role, territory_code, level, code, organisation_id, rights, created_at, created_by, expires_at
FROM service_key
WHERE revoked_at IS NULL AND expires_at > now() AND (%(key)s::bigint IS NULL OR id = %(key)s)
ORDER BY id
"""

REVOKE_KEY = """
UPDATE service_key SET revoked_at = now() WHERE id = %(key)s AND revoked_at IS NULL
RETURNING name, role, territory_code, level, code, organisation_id, rights
"""

# What nobody can use any more, some time after; it is proof of nothing.
FORGET_EXPIRED = (
    "DELETE FROM account_session WHERE expires_at < now()",
    """DELETE FROM sign_in_attempt WHERE last_at < now() - interval '1 day'
        AND coalesce(locked_until < now(), true) AND coalesce(succeeded_at < now() - interval '90 days', true)""",
    "DELETE FROM token WHERE expires_at < now() - interval '1 day'",
    "DELETE FROM token_family WHERE expires_at < now() - interval '2 days'",
)

# ---- through another provider

ACCOUNT_OF_SUBJECT = """
SELECT id FROM account WHERE oidc_issuer = %(issuer)s AND oidc_subject = %(subject)s AND disabled_at IS NULL
"""

# An account that belongs to a subject already is not tied to another one.
TIE_SUBJECT = """
UPDATE account SET oidc_issuer = %(issuer)s, oidc_subject = %(subject)s
WHERE disabled_at IS NULL AND oidc_subject IS NULL AND (email = %(email)s OR login = %(login)s) RETURNING id
"""

# ---- what was changed

# What concerns every territory is told to who has them all.
CHANGES = """
SELECT id, at, actor, kind, item, before, after FROM administrative_change
WHERE (territory_code = %(territory)s OR %(all)s AND territory_code IS NULL)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(item)s::text IS NULL OR item = %(item)s)
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""

# ---- lists that somebody keeps

SAVED_LISTS = """
SELECT id, name, query FROM saved_list WHERE account_id = %(account)s AND territory_code = %(territory)s ORDER BY name
"""

# One account's are stored one after another, so that no more are there than may be.
LOCK_ACCOUNT = "SELECT FROM account WHERE id = %(account)s FOR NO KEY UPDATE"

SAVE_LIST = """
INSERT INTO saved_list (account_id, territory_code, name, query)
SELECT %(account)s, %(territory)s, %(name)s, %(query)s
WHERE %(most)s > (
    SELECT count(*) FROM saved_list
    WHERE account_id = %(account)s AND territory_code = %(territory)s AND name <> %(name)s)
ON CONFLICT (account_id, territory_code, name) DO UPDATE SET query = excluded.query
RETURNING id
"""

FORGET_LIST = """
DELETE FROM saved_list WHERE account_id = %(account)s AND territory_code = %(territory)s AND id = %(id)s
"""
