"""Cases that a desk has outside its cells: seen in its lists and on its maps as they are seen singly."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A case that was handed to a desk, or that the desk has a task in, may lie outside the cells that the desk answers for.
# Such cases are few; they are marked as they come about, so that a scope finds them by an index of their own.
ELSEWHERE = """
CREATE FUNCTION desk_is_elsewhere(desk bigint, cell bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((
        SELECT d.level IS NOT NULL AND NOT EXISTS (
            SELECT FROM cell AS c
            JOIN edition AS e ON e.id = c.edition_id
            CROSS JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS l(spec, nr)
            WHERE c.id = $2 AND l.spec ->> 'key' = d.level AND c.path[l.nr] = d.code
        )
        FROM desk AS d WHERE d.id = $1
    ), false)
$$;
CREATE FUNCTION mark_task_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.elsewhere := (
        SELECT desk_is_elsewhere(NEW.desk_id, r.cell_id) FROM report AS r
        WHERE r.id = NEW.report_id AND r.received_at = NEW.report_received_at
    );
    RETURN NEW;
END $$;
CREATE FUNCTION mark_case_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.elsewhere := desk_is_elsewhere(NEW.desk_id, NEW.cell_id);
    IF NEW.cell_id <> OLD.cell_id THEN
        UPDATE report_task SET elsewhere = desk_is_elsewhere(desk_id, NEW.cell_id)
        WHERE report_id = NEW.id AND desk_id IS NOT NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER elsewhere BEFORE INSERT ON report_task
    FOR EACH ROW WHEN (NEW.desk_id IS NOT NULL) EXECUTE FUNCTION mark_task_elsewhere();
CREATE TRIGGER elsewhere BEFORE UPDATE OF desk_id, cell_id ON report
    FOR EACH ROW WHEN (NEW.desk_id IS NOT NULL
        AND (NEW.desk_id IS DISTINCT FROM OLD.desk_id OR NEW.cell_id <> OLD.cell_id))
    EXECUTE FUNCTION mark_case_elsewhere();
UPDATE report SET elsewhere = true WHERE desk_id IS NOT NULL AND desk_is_elsewhere(desk_id, cell_id);
UPDATE report_task AS t SET elsewhere = true FROM report AS r
WHERE r.id = t.report_id AND r.received_at = t.report_received_at AND t.desk_id IS NOT NULL
    AND desk_is_elsewhere(t.desk_id, r.cell_id);
"""

# Ids of the cases that a scope ({"cells": [[level key, code], …], "organisations": [id, …]}) sees wherever they lie: an
# organisation of it has a task there, or a desk of its cells, or of cells in them, has the case or a task in it.
SCOPE = """
DROP FUNCTION scope_cases(jsonb);
CREATE FUNCTION scope_cases(territory text, scope jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    bodies bigint[] := ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(scope -> 'organisations'));
    desks bigint[];
BEGIN
    IF scope IS NULL THEN -- the whole territory
        RETURN '{}';
    END IF;
    IF jsonb_array_length(scope -> 'cells') > 0 THEN
        desks := ARRAY(
            SELECT DISTINCT d.id
            FROM territory AS t
            JOIN edition AS e ON e.id = t.current_edition_id
            CROSS JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS l(spec, nr)
            JOIN LATERAL jsonb_array_elements(scope -> 'cells') AS w(cell) ON w.cell ->> 0 = l.spec ->> 'key'
            JOIN cell AS c ON c.edition_id = e.id
                AND c.path @> ARRAY[w.cell ->> 1] AND c.path[l.nr] = w.cell ->> 1
            JOIN desk AS d ON d.territory_code = t.code AND d.code = c.code
                AND d.level = e.levels -> c.level::integer ->> 'key'
            WHERE t.code = $1
        );
    END IF;
    RETURN ARRAY(
        SELECT t.report_id FROM report_task AS t WHERE t.organisation_id = ANY (bodies)
        UNION
        SELECT t.report_id FROM report_task AS t WHERE t.elsewhere AND t.desk_id = ANY (desks)
        UNION
        SELECT r.id FROM report AS r WHERE r.elsewhere AND r.desk_id = ANY (desks)
    );
END $$;
"""


def upgrade() -> None:
    for table in ("report", "report_task"):
        op.add_column(table, sa.Column("elsewhere", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        op.create_index(f"ix_{table}_desk_id_elsewhere", table, ["desk_id"], postgresql_where=sa.text("elsewhere"))
    op.execute(ELSEWHERE)
    op.execute(SCOPE)
