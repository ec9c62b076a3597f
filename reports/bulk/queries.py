"""Every statement of bulk intake and export, in psycopg's form, named by what it does."""

from wangge.reports.case.lifecycle import OPEN

__all__ = [
    "ADD_CATEGORY",
    "ASSIGN_STAGED",
    "BUMP_REGRIDS",
    "BUMP_REVISION",
    "CASES_ASTRAY",
    "CLAIM_INCOMING_KEYS",
    "COPY_STAGED",
    "CREATE_INCOMING_KEYS",
    "CREATE_STAGED",
    "DESKS_OF_LEVEL",
    "ENSURE_MONTHS",
    "HOLD_REPORT_IDS",
    "LAST_REPORT_ID",
    "LEAF_CODES",
    "LOCK_REGRID",
    "MAY_BE_IDLE",
    "PLAN_BY_PLACE",
    "PLAN_ONCE",
    "REPORTS_ELSEWHERE",
    "REPORTS_OF_BLOCKS",
    "REPORTS_OF_IDS",
    "REPORTS_OF_KEYS",
    "RESERVE_REPORT_IDS",
    "SKIP_REPORT_IDS",
]

ADD_CATEGORY = """
INSERT INTO category (territory_code, code, name, position)
SELECT %(territory)s, c.code,
       (SELECT jsonb_object_agg(language, c.code) FROM unnest(%(languages)s::text[]) AS language),
       (SELECT coalesce(max(position), 0) FROM category WHERE territory_code = %(territory)s) + c.n
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c(code, n)
ON CONFLICT DO NOTHING
"""

DESKS_OF_LEVEL = "SELECT code, id FROM desk WHERE territory_code = %(territory)s AND level = %(level)s AND active"

ENSURE_MONTHS = "SELECT ensure_report_month(month) FROM unnest(%s::date[]) AS month"

# Every event is checked to belong to a report, by a query whose plan must look at all months. While the months are
# nearly empty the planner believes that planning it anew each time is cheaper; it takes three times as long.
PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"

RESERVE_REPORT_IDS = "SELECT array_agg(nextval('report_id_seq')) FROM generate_series(1, %s)"

# ---- numbers of cases that are restored (see past/numbers)

# So that two who restore do not put the numbers back.
HOLD_REPORT_IDS = "SELECT pg_advisory_xact_lock(hashtext('report_id'))"

LAST_REPORT_ID = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM report_id_seq"

# Who takes the next number does not know that lock: a few are drawn, of which nobody can be given one, and only from
# afar is it set.
SKIP_REPORT_IDS = """
SELECT CASE WHEN %(to)s - last_value > 10000 THEN setval('report_id_seq', %(to)s)
       ELSE (SELECT max(nextval('report_id_seq')) FROM generate_series(is_called::integer, %(to)s - last_value)) END
FROM report_id_seq WHERE last_value < %(to)s OR NOT is_called
"""

REPORTS_OF_IDS = "SELECT id, received_at, territory_code FROM report WHERE id = ANY (%s)"

# ---- keys of other systems

CREATE_INCOMING_KEYS = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_key (key text, report_id bigint, received_at timestamptz) ON COMMIT DROP
"""

# In the order of the keys, so that two imports of the same reports wait for each other instead of dead-locking. Of one
# key that stands twice in a batch, the first row wins. What comes back are the rows that found their key taken: by
# their own sender, or by the operator's imports (an empty owner), whose keys are everybody's and who know everybody's.
CLAIM_INCOMING_KEYS = """
WITH claimed AS (
    INSERT INTO report_key (territory_code, kind, key, owner, report_id, received_at)
    SELECT %(territory)s, 'external', key, %(owner)s, report_id, received_at FROM incoming_key i
    WHERE NOT EXISTS (
        SELECT FROM report_key k WHERE k.territory_code = %(territory)s AND k.kind = 'external' AND k.key = i.key
            AND (k.owner = '' OR %(owner)s = ''))
    ORDER BY key, report_id
    ON CONFLICT DO NOTHING RETURNING report_id
)
SELECT key, report_id FROM incoming_key WHERE report_id NOT IN (SELECT report_id FROM claimed)
"""

REPORTS_OF_KEYS = """
SELECT DISTINCT ON (key) key, report_id, received_at FROM report_key
WHERE territory_code = %(territory)s AND kind = 'external' AND key = ANY (%(keys)s)
    AND (%(owner)s = '' OR owner IN (%(owner)s, ''))
ORDER BY key, owner
"""

BUMP_REVISION = """
INSERT INTO report_revision AS r (territory_code, slot, n) VALUES (%s, pg_backend_pid() %% 16, 1)
ON CONFLICT (territory_code, slot) DO UPDATE SET n = r.n + 1
"""

# ---- assigning stored reports to another edition (see regridding)

# In slots of their own, by which who keeps cells knows of it.
BUMP_REGRIDS = BUMP_REVISION.replace("% 16", "% 16 + 16")

# For as long as the transaction lasts; two regrids of one territory would only wait for each other.
LOCK_REGRID = "SELECT pg_try_advisory_xact_lock(hashtext('regrid'), hashtext(%s))"

# The transaction that holds the lock does nothing else, for as long as the run takes.
MAY_BE_IDLE = "SET LOCAL idle_in_transaction_session_timeout = 0"

LEAF_CODES = """
SELECT c.id, c.code FROM edition e JOIN cell c ON c.edition_id = e.id AND c.level = jsonb_array_length(e.levels) - 1
WHERE e.territory_code = %s
"""

# The work that is left, by partition, and how many blocks each has now: what is written from now on lies at the
# edition, or is found when the work that is left is asked for again.
REPORTS_ELSEWHERE = """
SELECT p.relname, n.reports, pg_relation_size(p.oid) / current_setting('block_size')::integer
FROM (
    SELECT tableoid, count(*) AS reports FROM report
    WHERE territory_code = %(territory)s AND edition_id <> %(edition)s GROUP BY tableoid
) n JOIN pg_class p ON p.oid = n.tableoid
ORDER BY p.relname
"""

# As they lie on the disk; one row of arrays, which numpy reads as they come.
REPORTS_OF_BLOCKS = """
SELECT array_agg(ctid), array_agg(xmin), array_agg(id), array_agg(received_at), array_agg(edition_id),
       array_agg(cell_id), array_agg(on_edge), array_agg(ST_X(geom)), array_agg(ST_Y(geom)),
       array_agg(coalesce(accuracy_m, 'NaN'))
FROM {part}
WHERE ctid >= {first} AND ctid < {past} AND territory_code = {territory} AND edition_id <> {edition}
"""

CREATE_STAGED = """
CREATE TEMPORARY TABLE staged (
    n integer, place tid, version xid, old_edition_id integer, old_cell_id bigint, old_on_edge boolean,
    cell_id bigint, on_edge boolean, ambiguous boolean
) ON COMMIT DROP
"""

COPY_STAGED = """
COPY staged (n, place, version, old_edition_id, old_cell_id, old_on_edge, cell_id, on_edge, ambiguous)
FROM STDIN (FORMAT BINARY)
"""

# From each staged row straight to its place; the planner would read the whole month for every chunk.
PLAN_BY_PLACE = """
SELECT set_config(method, 'off', true) FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin']) AS method
"""

# Only the very version that was read, so that what is kept is exactly what is superseded. A report that changed since,
# in whatever way, is left for later.
ASSIGN_STAGED = """
WITH superseded AS (
    UPDATE {part} AS r
    SET edition_id = {edition}, cell_id = s.cell_id, on_edge = s.on_edge, ambiguous = s.ambiguous
    FROM staged AS s
    WHERE r.ctid = s.place AND r.xmin = s.version
    RETURNING s.n, r.id, r.received_at, r.cell_id, s.old_edition_id, s.old_cell_id, s.old_on_edge
), figures AS (
    UPDATE {facts} AS f SET cell_id = s.cell_id FROM superseded AS s
    WHERE f.id = s.id AND f.received_at = s.received_at
), kept AS (
    INSERT INTO report_assignment (report_id, report_received_at, edition_id, cell_id, on_edge)
    SELECT id, received_at, old_edition_id, old_cell_id, old_on_edge FROM superseded
)
SELECT array_agg(n) FROM superseded
"""

# Open cases whose desk was closed, or answers for no cell that they lie in; with the cell that they lay in before.
CASES_ASTRAY = """
WITH astray AS (
    SELECT r.id, r.received_at FROM desk d JOIN report r ON r.desk_id = d.id
    WHERE d.territory_code = %(territory)s AND NOT d.active AND r.state IN ({open}) AND r.id > %(after)s
    UNION
    SELECT r.id, r.received_at FROM territory t JOIN report r ON r.edition_id = t.current_edition_id
    WHERE t.code = %(territory)s AND r.territory_code = t.code AND r.elsewhere AND r.state IN ({open})
      AND r.id > %(after)s
)
SELECT id, received_at, (
    SELECT c.code FROM report_assignment a JOIN cell c ON c.id = a.cell_id
    WHERE a.report_id = astray.id AND a.report_received_at = astray.received_at
    ORDER BY a.assigned_until DESC LIMIT 1
)
FROM astray ORDER BY id LIMIT %(limit)s
""".replace("{open}", ", ".join(f"'{state}'" for state in sorted(OPEN)))

# ---- the past of imported reports (see past_loading)

# What the figures keep of them is written beside their events, as those come to it; for this transaction only.
KEEP_BY_HAND = "SELECT set_config('wangge.facts_kept', 'yes', true)"
KEEP_BY_TRIGGER = "SELECT set_config('wangge.facts_kept', 'no', true)"
