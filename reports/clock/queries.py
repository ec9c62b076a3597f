"""Every statement about what becomes of cases by themselves, named by its question."""

from wangge.reports.case.lifecycle import RUNNING

# The oldest alarms first. A case that a desk is moving at this moment is left to the next sweep; one that it has just
# moved is judged as it is now, because the conditions are asked again once the row is locked. The cell is the one that
# the case rises from: where it lies, or its desk's own where that is elsewhere.
DUE_CASES = """
SELECT id, received_at, territory_code, state, category, urgency, step, due_at, nearly_due, overdue,
       desk_id, level, level_since, CASE WHEN elsewhere THEN coalesce((
           SELECT c.id FROM desk d JOIN territory t ON t.code = d.territory_code
           JOIN edition e ON e.id = t.current_edition_id
           JOIN cell c ON c.edition_id = e.id AND c.code = d.code AND e.levels -> c.level ->> 'key' = d.level
           WHERE d.id = desk_id
       ), cell_id) ELSE cell_id END, version, alarm_at
FROM report
WHERE alarm_at BETWEEN %(since)s AND %(now)s
ORDER BY alarm_at LIMIT %(limit)s
FOR NO KEY UPDATE SKIP LOCKED
"""

# How long the oldest alarm waits that is over by now, seconds; 0 where none does.
SWEEP_LAG = """
SELECT greatest(0, coalesce(extract(epoch FROM now() - min(alarm_at)), 0))::double precision
FROM report WHERE alarm_at IS NOT NULL
"""

# Between the first moment of a month and that of the next, so that one partition is looked into.
MARK_CASES = """
UPDATE report r
SET nearly_due = r.nearly_due OR g.warned, overdue = r.overdue OR g.expired, version = r.version + g.events,
    desk_id = CASE WHEN g.risen THEN g.desk ELSE r.desk_id END, level = CASE WHEN g.risen THEN g.level ELSE r.level END,
    level_since = CASE WHEN g.risen THEN %(now)s ELSE r.level_since END, alarm_at = g.alarm_at
FROM unnest(%(id)s::bigint[], %(received_at)s::timestamptz[], %(warned)s::boolean[], %(expired)s::boolean[],
            %(risen)s::boolean[], %(desk)s::bigint[], %(level)s::text[], %(alarm_at)s::timestamptz[],
            %(events)s::integer[])
     AS g (id, received_at, warned, expired, risen, desk, level, alarm_at, events)
WHERE r.id = g.id AND r.received_at = g.received_at AND r.received_at >= %(month)s AND r.received_at < %(next)s
"""

APPEND_EVENTS = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, facts, version)
SELECT id, received_at, territory, state, %(now)s, %(actor)s, move, facts::jsonb, version
FROM unnest(%(id)s::bigint[], %(received_at)s::timestamptz[], %(territory)s::text[], %(state)s::text[],
            %(move)s::text[], %(facts)s::text[], %(version)s::integer[])
     WITH ORDINALITY AS g (id, received_at, territory, state, move, facts, version, position)
ORDER BY position
"""

BUMP_REVISIONS = """
INSERT INTO report_revision AS r (territory_code, slot, n)
SELECT territory, pg_backend_pid() %% 16, 1 FROM unnest(%(territories)s::text[]) AS territory ORDER BY territory
ON CONFLICT (territory_code, slot) DO UPDATE SET n = r.n + 1
"""

PLACES_OF_CELLS = """
SELECT c.id, c.path,
       ARRAY(SELECT value ->> 'key' FROM jsonb_array_elements(e.levels) WITH ORDINALITY ORDER BY ordinality)
FROM cell c JOIN edition e ON e.id = c.edition_id
WHERE c.id = ANY(%(cells)s)
"""

# Those of some cells, and the centre's.
ACTIVE_DESKS = """
SELECT d.level, d.code, d.id
FROM unnest(%(levels)s::text[], %(codes)s::text[]) AS place (level, code)
JOIN desk d ON d.territory_code = %(territory)s AND d.level = place.level AND d.code = place.code AND d.active
UNION ALL
SELECT level, code, id FROM desk WHERE territory_code = %(territory)s AND level IS NULL AND active
"""

# ---- a changed policy

# Not at once: until then a server may still set alarms by the policy that it has in memory.
CHANGED_POLICIES = """
SELECT territory_code, revision FROM policy
WHERE applied < revision AND changed_at < now() - %(settled)s::interval ORDER BY territory_code
"""

RUNNING_CASES = """
SELECT id, received_at, territory_code, state, category, urgency, step, due_at, nearly_due, overdue,
       desk_id, level, level_since, cell_id, version, alarm_at
FROM report
WHERE territory_code = %(territory)s
  AND (received_at, id) < (%(received_at)s, %(id)s) AND received_at <= %(received_at)s
  AND step IS NOT NULL AND state IN ({running})
ORDER BY received_at DESC, id DESC LIMIT %(limit)s
FOR NO KEY UPDATE SKIP LOCKED
""".replace("{running}", ", ".join(f"'{state}'" for state in RUNNING))

SET_ALARMS = """
UPDATE report r SET alarm_at = g.alarm_at
FROM unnest(%(id)s::bigint[], %(received_at)s::timestamptz[], %(alarm_at)s::timestamptz[])
     AS g (id, received_at, alarm_at)
WHERE r.id = g.id AND r.received_at = g.received_at
"""

POLICY_APPLIED = """
UPDATE policy SET applied = greatest(applied, %(revision)s) WHERE territory_code = %(territory)s
"""
