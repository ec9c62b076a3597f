"""Superseded assignments: which cell a report was in before it was assigned anew."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Rows of this table are copies of what stood in `report`, where foreign keys had checked them. To check them again
# would cost more than to write them; instead nothing that they name can go away: a report has events, which are kept,
# and cells are kept by a trigger, which costs nothing.
KEPT = """
CREATE FUNCTION kept_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are kept: reports and their history name them', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON report_assignment
    FOR EACH STATEMENT EXECUTE FUNCTION kept_for_good();
CREATE TRIGGER kept BEFORE UPDATE OF id, edition_id OR DELETE OR TRUNCATE ON cell
    FOR EACH STATEMENT EXECUTE FUNCTION kept_for_good();
"""

# As in the first migration, with one more table. What a month lacks is made, so that months from before are completed.
MONTHS = """
CREATE OR REPLACE FUNCTION ensure_report_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    suffix text := to_char(month, 'YYYYMM');
    parent text;
    part text;
BEGIN
    IF to_regclass('report_assignment_' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_report_month'));
    FOREACH parent IN ARRAY ARRAY['report', 'report_event', 'report_assignment'] LOOP
        part := parent || '_' || suffix;
        -- Not to_regclass again: its cached "no" outlives the wait for the one who held the lock.
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, first, next);
    END LOOP;
END $$;
SELECT ensure_report_month(to_date(right(c.relname, 6), 'YYYYMM'))
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'report'::regclass;
"""


def upgrade() -> None:
    op.create_table(
        "report_assignment",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("on_edge", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "report_received_at", "assigned_until", name=op.f("pk_report_assignment")),
        postgresql_partition_by="RANGE (report_received_at)",
    )
    op.execute(KEPT)
    op.execute(MONTHS)
