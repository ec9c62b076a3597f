"""Every statement about contacts, in psycopg's form, named by what it does."""

__all__ = ["CASES_OF_PHONE", "CONTACT_OF_REPORT", "ERASE_CONTACTS", "ERASURES", "LOG_READING", "READINGS"]

CONTACT_OF_REPORT = """
SELECT report.id, report.received_at, c.name, c.phone, c.email
FROM report LEFT JOIN report_contact c ON c.report_id = report.id
WHERE report.id = %(id)s AND report.received_at >= %(month)s
  AND report.received_at < %(month)s + interval '1 month' AND {scope}
"""

LOG_READING = """
INSERT INTO contact_read (territory_code, report_id, report_received_at, account_id, reader, reason)
VALUES (%(territory)s, %(id)s, %(received_at)s, %(account)s, %(reader)s, %(reason)s)
"""

# Cases in a scope whose reporter has a number, the latest first; that each was found by it is stored with the answer.
CASES_OF_PHONE = """
WITH found AS (
    SELECT report.id, report.received_at
    FROM report_contact c JOIN report ON report.id = c.report_id AND report.received_at = c.report_received_at
    WHERE phone_digits(c.phone) = phone_digits(%(phone)s) AND {scope}
    ORDER BY report.id DESC LIMIT %(limit)s
), logged AS (
    INSERT INTO contact_read (territory_code, report_id, report_received_at, account_id, reader, reason)
    SELECT %(territory)s, id, received_at, %(account)s, %(reader)s, %(reason)s FROM found
)
SELECT id FROM found
"""

READINGS = """
SELECT id, at, report_id, report_received_at, reader, reason FROM contact_read
WHERE territory_code = %(territory)s AND coalesce(id < %(before)s, true)
ORDER BY id DESC LIMIT %(limit)s
"""

# What is erased and the record of it are one statement. Of two that run at once, each takes rows that the other does
# not hold, so that no contact stands in two records.
ERASE_CONTACTS = """
WITH due AS (
    SELECT c.report_id, r.territory_code
    FROM report_contact c
    JOIN report r ON r.id = c.report_id AND r.received_at = c.report_received_at
    WHERE r.closed_at < %(closed_before)s OR (r.closed_at IS NULL AND r.received_at < %(received_before)s)
    ORDER BY c.report_id LIMIT %(limit)s FOR UPDATE OF c SKIP LOCKED
), gone AS (
    DELETE FROM report_contact c USING due d WHERE c.report_id = d.report_id
    RETURNING c.report_id, c.report_received_at, d.territory_code
)
INSERT INTO contact_erasure
    (territory_code, actor, closed_before, received_before, count, report_ids, first_received_at, last_received_at)
SELECT territory_code, %(actor)s, %(closed_before)s, %(received_before)s, count(*),
       array_agg(report_id ORDER BY report_id), min(report_received_at), max(report_received_at)
FROM gone GROUP BY territory_code
RETURNING count
"""

ERASURES = """
SELECT id, at, actor, closed_before, received_before, count, report_ids, first_received_at, last_received_at
FROM contact_erasure WHERE territory_code = %(territory)s ORDER BY id DESC LIMIT %(limit)s
"""
