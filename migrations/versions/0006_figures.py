"""The figures: what is kept of each case from its events, and the indicators that territories declare."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As before, with two more tables. The rows of what is kept change in place: room is left for that in every block.
MONTHS = """
CREATE OR REPLACE FUNCTION ensure_report_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    suffix text := to_char(month, 'YYYYMM');
    parent text;
    part text;
BEGIN
    IF to_regclass('report_facts_past_' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_report_month'));
    FOREACH parent IN ARRAY
        ARRAY['report', 'report_event', 'report_assignment', 'report_facts', 'report_facts_past']
    LOOP
        part := parent || '_' || suffix;
        -- Not to_regclass again: its cached "no" outlives the wait for the one who held the lock.
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)%s', part, parent,
                       CASE parent WHEN 'report_facts' THEN ' WITH (fillfactor = 70)' ELSE '' END);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, first, next);
    END LOOP;
END $$;
SELECT ensure_report_month(to_date(right(c.relname, 6), 'YYYYMM'))
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'report'::regclass;
"""

# Nothing but intake has happened to any report so far. The function itself is written by the program at every upgrade.
FOLLOW = """
INSERT INTO report_facts (id, received_at, territory_code, cell_id, category, since, facts)
SELECT id, received_at, territory_code, cell_id, category, received_at, 1 FROM report;
CREATE FUNCTION report_facts_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER figures AFTER INSERT ON report_event FOR EACH ROW
    WHEN (NEW.move <> ALL (ARRAY['receive', 'assign', 'note', 'warn', 'expire', 'ask-extension', 'refuse-extension'])
          AND current_setting('wangge.facts_kept', true) IS DISTINCT FROM 'yes')
    EXECUTE FUNCTION report_facts_follow();
"""


def upgrade() -> None:
    op.create_table(
        "report_facts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("organisation_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.PrimaryKeyConstraint("id", "received_at", name=op.f("pk_report_facts")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_table(
        "report_facts_past",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.CheckConstraint("since < until", name=op.f("ck_report_facts_past_span")),
        sa.PrimaryKeyConstraint("id", "received_at", "since", name=op.f("pk_report_facts_past")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_table(
        "indicator",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("declaration", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_indicator_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "key", name=op.f("pk_indicator")),
    )
    op.execute(MONTHS)
    op.execute(FOLLOW)
