"""Every statement of the moves of cases, in psycopg's form, named by what it does."""

from wangge.reports.case.facts import BITS, Fact
from wangge.reports.fields import Child, In, columns, in_row

__all__ = [
    "CASES",
    "CASES_WITH_EVENTS",
    "CASE_COLUMNS",
    "CELLS_OF_CASES",
    "CHILD_ID",
    "HOLD_ORGANISATIONS",
    "INSERT_CHILD",
    "LOCK_CASES",
    "RELOCATE",
    "SAVE",
    "TASKS_OF_CASES",
    "TASK_IDS",
]

CASE_COLUMNS = ("id", "received_at", *columns(In.CASE))
"""What is read of a case and stored with it."""

# Once a case was relocated, nothing of its place is in doubt any more.
_CIRCLE = "CASE WHEN r.ambiguous THEN ARRAY[ST_X(r.geom), ST_Y(r.geom), r.accuracy_m] END"

CASES = """
SELECT {columns}, r.cell_id, ARRAY[ST_X(r.geom), ST_Y(r.geom)], {circle},
       (SELECT count(*) FROM photo p WHERE p.report_id = r.id AND p.doomed_at IS NULL)
FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS k (id, since, until)
JOIN report r ON r.id = k.id AND r.received_at >= k.since AND r.received_at < k.until
WHERE r.territory_code = %(territory)s
ORDER BY r.id
""".replace("{columns}", ", ".join(f"r.{name}" for name in CASE_COLUMNS)).replace("{circle}", _CIRCLE)

# Whoever waited for the lock reads the row as it was left; what hangs on it is read afterwards, in statements of
# their own, which see what the other one has committed. In the order of the ids, so that two who want the same cases
# wait for each other instead of dead-locking.
LOCK_CASES = CASES + "FOR UPDATE OF r"

CELLS_OF_CASES = """
SELECT c.id, e.label, c.path, (SELECT array_agg(level ->> 'key' ORDER BY position)
                               FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (level, position))
FROM cell c JOIN edition e ON e.id = c.edition_id WHERE c.id = ANY (%s)
"""

TASKS_OF_CASES = """
SELECT report_id, organisation_id, desk_id, needed, dispatched_at, due_at, id, state, accepted_at, asked_until,
       reported_at, handler, note, evidence, version
FROM report_task WHERE report_id = ANY (%s) ORDER BY id
"""

# Whoever takes an organisation off the roster meanwhile waits, or has done so before and is heeded.
HOLD_ORGANISATIONS = (
    "SELECT id FROM organisation WHERE territory_code = %s AND id = ANY (%s) AND active ORDER BY id FOR SHARE"
)

TASK_IDS = "SELECT nextval('report_task_id_seq') FROM generate_series(1, %s)"

CHILD_ID = "SELECT nextval('report_id_seq'), ensure_report_month(%s)"

_OWN = {"source": "'split'", "elsewhere": "desk_is_elsewhere(%(desk_id)s, cell_id)"}
_BORN = {name: name for name in columns(child=Child.PARENT)} | {
    name: _OWN.get(name, f"%({name})s") for name in columns(child=Child.OWN)
}

# Which columns are the parent's stands with the fields; the rest is a report that has just come in.
INSERT_CHILD = (
    """
WITH stored AS (
    INSERT INTO report ({columns}) SELECT {values}
    FROM report WHERE id = %(parent_id)s AND received_at = %(parent_received_at)s
    RETURNING id, received_at, territory_code, cell_id, category, campaign
)
INSERT INTO report_facts (id, received_at, territory_code, cell_id, category, since, facts)
SELECT id, received_at, territory_code, cell_id, category, received_at, {received} FROM stored
WHERE campaign IS NULL
""".replace("{columns}", ", ".join(_BORN))
    .replace("{values}", ", ".join(_BORN.values()))
    .replace("{received}", str(BITS[Fact.RECEIVED]))
)

# A cell that a case was in for no time at all, because it was relocated twice in one moment, stands in the events only.
RELOCATE = """
WITH former AS (
    INSERT INTO report_assignment (report_id, report_received_at, assigned_until, cell_id, edition_id, on_edge)
    SELECT id, received_at, %(at)s, cell_id, edition_id, on_edge FROM report
    WHERE id = %(id)s AND received_at = %(received_at)s
    ON CONFLICT DO NOTHING
)
UPDATE report SET edition_id = %(edition_id)s, cell_id = %(cell_id)s, on_edge = %(on_edge)s, ambiguous = %(ambiguous)s,
                  geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)
WHERE id = %(id)s AND received_at = %(received_at)s
"""

# One statement, so that no row ever stands without the event that made it so.
SAVE = """
WITH changed AS (
    UPDATE report r SET {changes}
    FROM jsonb_to_recordset(%(cases)s::jsonb) AS n (id bigint, received_at timestamptz, {columns})
    WHERE r.id = n.id AND r.received_at = n.received_at
), tasks AS (
    INSERT INTO report_task (id, report_id, report_received_at, organisation_id, desk_id, state, needed, dispatched_at,
                             accepted_at, due_at, asked_until, reported_at, handler, note, evidence, version)
    SELECT id, report_id, report_received_at, organisation, desk, state, needed, dispatched_at, accepted_at, due_at,
           asked_until, reported_at, handler, note, evidence, version
    FROM jsonb_to_recordset(%(tasks)s::jsonb) AS t (
        id bigint, report_id bigint, report_received_at timestamptz, organisation bigint, desk bigint, state text,
        needed boolean, dispatched_at timestamptz, accepted_at timestamptz, due_at timestamptz, asked_until timestamptz,
        reported_at timestamptz, handler text, note text, evidence jsonb, version integer)
    ON CONFLICT (id) DO UPDATE SET
        state = excluded.state, accepted_at = excluded.accepted_at, due_at = excluded.due_at,
        asked_until = excluded.asked_until, reported_at = excluded.reported_at, handler = excluded.handler,
        note = excluded.note, evidence = excluded.evidence, version = excluded.version
    WHERE report_task.version <> excluded.version
), events AS (
    INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, note, move, account_id,
                              facts, version)
    SELECT report_id, report_received_at, %(territory)s, state, at, actor, note, move, account, facts, version
    FROM jsonb_to_recordset(%(events)s::jsonb) AS e (
        n integer, report_id bigint, report_received_at timestamptz, state text, at timestamptz, actor text, note text,
        move text, account bigint, facts jsonb, version integer)
    ORDER BY n
)
INSERT INTO report_revision AS v (territory_code, slot, n) VALUES (%(territory)s, pg_backend_pid() %% 16, 1)
ON CONFLICT (territory_code, slot) DO UPDATE SET n = v.n + 1
""".replace("{changes}", ", ".join(f"{name} = n.{name}" for name in columns(In.CASE))).replace(
    "{columns}", ", ".join(f"{field.name} {field.kind}" for field in in_row(In.CASE))
)

# The cell is the one that the last event which tells of one left the case in: reports that are assigned to another
# edition leave it without an event, and what they leave is kept.
CASES_WITH_EVENTS = """
SELECT {columns}, c.code AS cell, e.label AS edition,
       (SELECT jsonb_agg(jsonb_build_array(move, state, at, version, facts) ORDER BY id) FROM report_event
        WHERE report_id = r.id AND report_received_at = r.received_at) AS events,
       (SELECT jsonb_agg(jsonb_build_array(id, state, needed, due_at, asked_until) ORDER BY id) FROM report_task
        WHERE report_id = r.id) AS tasks
FROM (SELECT * FROM report ORDER BY received_at DESC, id DESC LIMIT %(latest)s) r
LEFT JOIN LATERAL (
    SELECT a.cell_id, a.edition_id FROM report_assignment a
    WHERE a.report_id = r.id AND a.report_received_at = r.received_at AND a.assigned_until > (
        SELECT max(at) FROM report_event
        WHERE report_id = r.id AND report_received_at = r.received_at AND facts ? 'cell'
    )
    ORDER BY a.assigned_until LIMIT 1
) left_since ON true
JOIN cell c ON c.id = coalesce(left_since.cell_id, r.cell_id)
JOIN edition e ON e.id = coalesce(left_since.edition_id, r.edition_id)
""".replace("{columns}", ", ".join(f"r.{name}" for name in CASE_COLUMNS))

# The latest first; ties by id, so that two runs look at the same cases.
PAST_CASES = """
SELECT r.id, r.received_at, r.category, c.path, e.levels, ARRAY[ST_X(r.geom), ST_Y(r.geom)], {circle}
FROM counted_report r JOIN cell c ON c.id = r.cell_id JOIN edition e ON e.id = r.edition_id
WHERE {scope} ORDER BY r.received_at DESC, r.id DESC LIMIT %(last)s
""".replace("{circle}", _CIRCLE)
