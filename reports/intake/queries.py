"""Every statement of intake, and of the kinds of matter that it takes, named by the question it answers."""

from wangge.reports.case.facts import BITS, Fact
from wangge.reports.case.lifecycle import OPENING
from wangge.reports.fields import In, columns

_GIVEN = {
    "id": "coalesce(%(id)s::bigint, nextval('report_id_seq'))",
    "geom": "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)",
    "desk_id": "desk",
    "level": "CASE WHEN desk IS NOT NULL THEN %(level)s END",
    "level_since": "CASE WHEN desk IS NOT NULL THEN %(received_at)s END",
    "elsewhere": "desk IS NOT NULL AND %(elsewhere)s",
}
_STORED = {name: _GIVEN.get(name, f"%({name})s") for name in columns(In.INTAKE)}

# One statement, so that a report never stands without its events, and one round trip suffices.
INSERT_REPORT = (
    """
WITH holder AS (
    SELECT (SELECT id FROM desk
            WHERE territory_code = %(territory_code)s AND level = %(level)s AND code = %(code)s AND active) AS desk
), stored AS (
    INSERT INTO report ({columns}) SELECT {values}
    FROM holder
    RETURNING id, received_at, desk_id, level
), events AS (
    INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version, facts)
    SELECT id, received_at, %(territory_code)s, state, received_at, 'wangge', move, 1,
           CASE WHEN state = %(state)s THEN %(facts)s::jsonb || jsonb_build_object('desk', desk_id, 'level', level)
                ELSE %(asked)s::jsonb END
    FROM stored, (VALUES {opening}) AS opening (state, move)
), figures AS (
    INSERT INTO report_facts (id, received_at, territory_code, cell_id, category, since, facts)
    SELECT id, received_at, %(territory_code)s, %(cell_id)s, %(category)s, received_at, {received} FROM stored
    WHERE %(campaign)s::text IS NULL
), revision AS (
    INSERT INTO report_revision AS r (territory_code, slot, n) VALUES (%(territory_code)s, pg_backend_pid() %% 16, 1)
    ON CONFLICT (territory_code, slot) DO UPDATE SET n = r.n + 1
)
SELECT id, received_at FROM stored
""".replace("{columns}", ", ".join(_STORED))
    .replace("{values}", ", ".join(_STORED.values()))
    .replace("{opening}", ", ".join(f"('{state}', '{move}')" for move, state in OPENING.items()))
    .replace("{received}", str(BITS[Fact.RECEIVED]))
)

INSERT_CONTACT = """
INSERT INTO report_contact (report_id, report_received_at, name, phone, email, language)
VALUES (%s, %s, %s, %s, %s, %s)
"""

INSERT_ANSWERS = "INSERT INTO report_answer (report_id, report_received_at, answers) VALUES (%s, %s, %s)"

ANSWERS = "SELECT answers FROM report_answer WHERE report_id = %s AND report_received_at = %s"

ENSURE_MONTH = "SELECT ensure_report_month(%(month)s)"

# By the clock of the database and by the program's own; the first are those without which nothing can be stored.
MISSING_MONTHS = """
SELECT m.month, m.ahead <= 0
FROM (
    SELECT DISTINCT ON (month)
           date_trunc('month', c.at AT TIME ZONE 'UTC' + make_interval(months => a.ahead))::date AS month, a.ahead
    FROM generate_series(-1, 3) AS a (ahead), (VALUES (now()), (%(now)s)) AS c (at)
    ORDER BY month, a.ahead
) m
WHERE to_regclass('report_words_' || to_char(m.month, 'YYYYMM')) IS NULL
ORDER BY m.month
"""
