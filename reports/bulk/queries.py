"""Every statement of bulk intake and export, in psycopg's form, named by what it does."""

__all__ = [
    "ADD_CATEGORY",
    "BUMP_REVISION",
    "CATEGORIES",
    "CATEGORY_CODES",
    "CLAIM_INCOMING_KEYS",
    "CREATE_INCOMING_KEYS",
    "ENSURE_MONTHS",
    "PLAN_ONCE",
    "REPORTS_OF_KEYS",
    "RESERVE_REPORT_IDS",
]

CATEGORY_CODES = "SELECT code FROM category WHERE territory_code = %s ORDER BY position, code"

CATEGORIES = """
SELECT c.code, c.name, count(r.id)
FROM category c LEFT JOIN report r ON r.territory_code = c.territory_code AND r.category = c.code
WHERE c.territory_code = %s
GROUP BY c.code, c.name, c.position
ORDER BY c.position, c.code
"""

ADD_CATEGORY = """
INSERT INTO category (territory_code, code, name, position)
SELECT %(territory)s, c.code, jsonb_build_object('en', c.code, 'zh', c.code),
       (SELECT coalesce(max(position), 0) FROM category WHERE territory_code = %(territory)s) + c.n
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c(code, n)
ON CONFLICT DO NOTHING
"""

ENSURE_MONTHS = "SELECT ensure_report_month(month) FROM unnest(%s::date[]) AS month"

# Every event is checked to belong to a report, by a query whose plan must look at all months. While the months are
# nearly empty the planner believes that planning it anew each time is cheaper; it takes three times as long.
PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"

RESERVE_REPORT_IDS = "SELECT array_agg(nextval('report_id_seq')) FROM generate_series(1, %s)"

CREATE_INCOMING_KEYS = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_key (key text, report_id bigint, received_at timestamptz) ON COMMIT DROP
"""

# In the order of the keys, so that two imports of the same reports wait for each other instead of dead-locking. Of one
# key that stands twice in a batch, the first row wins. What comes back are the rows that found their key taken.
CLAIM_INCOMING_KEYS = """
WITH claimed AS (
    INSERT INTO report_key (territory_code, kind, key, report_id, received_at)
    SELECT %s, 'external', key, report_id, received_at FROM incoming_key ORDER BY key, report_id
    ON CONFLICT DO NOTHING RETURNING report_id
)
SELECT key, report_id FROM incoming_key WHERE report_id NOT IN (SELECT report_id FROM claimed)
"""

REPORTS_OF_KEYS = """
SELECT key, report_id, received_at FROM report_key
WHERE territory_code = %s AND kind = 'external' AND key = ANY (%s)
"""

BUMP_REVISION = """
INSERT INTO report_revision AS r (territory_code, slot, n) VALUES (%s, pg_backend_pid() %% 16, 1)
ON CONFLICT (territory_code, slot) DO UPDATE SET n = r.n + 1
"""
