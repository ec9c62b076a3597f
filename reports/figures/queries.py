"""Every statement about figures, in psycopg's form, named by what it does."""

__all__ = [
    "COMPARE_MONTH",
    "COPY_FRESH",
    "CREATE_FRESH",
    "EVENTS_OF_MONTH",
    "EVENT_MONTHS",
    "HOLD_MONTH",
    "IDS_OF_MONTH",
    "LEVELS_OF_TERRITORIES",
    "MEND_MONTH",
]

# ---- making anew what is kept (see rebuilding)

LEVELS_OF_TERRITORIES = """
SELECT t.code, array(SELECT l ->> 'key' FROM jsonb_array_elements(e.levels) AS l)
FROM territory t LEFT JOIN edition e ON e.id = t.current_edition_id
"""

EVENT_MONTHS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'report_event'::regclass ORDER BY c.relname
"""

HOLD_MONTH = "LOCK TABLE {report}, {event} IN SHARE ROW EXCLUSIVE MODE"

CREATE_FRESH = """
CREATE TEMPORARY TABLE fresh_version (
    id bigint, received_at timestamptz, since timestamptz, until timestamptz, facts bigint, due_at timestamptz,
    close_due_at timestamptz, account_id bigint, organisation_ids bigint[]
) ON COMMIT DROP
"""

COPY_FRESH = "COPY fresh_version FROM STDIN"

IDS_OF_MONTH = "SELECT min(id), max(id) FROM {report}"

EVENTS_OF_MONTH = """
SELECT r.id, r.received_at, r.territory_code, e.move, e.state, e.at, e.account_id, e.facts
FROM {report} r
LEFT JOIN {event} e ON e.report_id = r.id AND e.report_received_at = r.received_at AND e.move = ANY (%(counted)s)
WHERE r.id >= %(first)s AND r.id < %(past)s
ORDER BY r.id, e.id
"""

_FRESH_FACTS = """
SELECT r.id, r.received_at, v.since, v.facts, r.cell_id, v.due_at, v.close_due_at, v.account_id, r.territory_code,
       r.category, v.organisation_ids
FROM {report} r JOIN fresh_version v ON v.id = r.id AND v.received_at = r.received_at AND v.until IS NULL
"""
_FRESH_PAST = """
SELECT id, received_at, since, until, facts, due_at, close_due_at, account_id, organisation_ids
FROM fresh_version WHERE until IS NOT NULL
"""

# What is kept and not made anew, or the other way about.
COMPARE_MONTH = """
WITH fresh AS ({fresh_facts}), fresh_past AS ({fresh_past})
SELECT (SELECT count(*) FROM {report}),
    (SELECT count(*) FROM (TABLE {facts} EXCEPT ALL TABLE fresh) AS f)
    + (SELECT count(*) FROM (TABLE fresh EXCEPT ALL TABLE {facts}) AS f)
    + (SELECT count(*) FROM (TABLE {past} EXCEPT ALL TABLE fresh_past) AS p)
    + (SELECT count(*) FROM (TABLE fresh_past EXCEPT ALL TABLE {past}) AS p)
""".replace("{fresh_facts}", _FRESH_FACTS).replace("{fresh_past}", _FRESH_PAST)

MEND_MONTH = (
    "TRUNCATE {facts}, {past}",
    "INSERT INTO {facts} " + _FRESH_FACTS,
    "INSERT INTO {past} " + _FRESH_PAST,
)
