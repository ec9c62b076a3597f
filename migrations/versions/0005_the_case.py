"""The case: its moves, its clock and its tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = "'received', 'assigned', 'registered', 'dispatched', 'accepted', 'handling', 'reported', 'verified', 'parked'"
ENDED = "'closed', 'confirmed', 'refused', 'merged', 'voided', 'withdrawn'"

# What stands here follows from the events; see reports/case/replay.py. There is no foreign key to the desk: intake
# would have to check it at every report, and desks are kept for good.
CASE_COLUMNS = """
ALTER TABLE report
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN urgency text NOT NULL DEFAULT 'normal',
    ADD COLUMN desk_id bigint,
    ADD COLUMN level text,
    ADD COLUMN level_since timestamptz,
    ADD COLUMN step text,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN alarm_at timestamptz,
    ADD COLUMN nearly_due boolean NOT NULL DEFAULT false,
    ADD COLUMN overdue boolean NOT NULL DEFAULT false,
    ADD COLUMN parked_at timestamptz,
    ADD COLUMN resumes text,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN merged_into bigint,
    ADD COLUMN merged_into_received_at timestamptz,
    ADD COLUMN parent_id bigint,
    ADD COLUMN parent_received_at timestamptz
"""

CASE_CHECKS = {
    "state": f"state IN ({OPEN}, {ENDED})",
    "urgency": "urgency IN ('normal', 'urgent')",
    "step": "step IN ('register', 'dispatch', 'handle', 'verify', 'close')",
    "due": "due_at IS NULL OR step IS NOT NULL",
    "alarm": f"alarm_at IS NULL OR state IN ({OPEN}) AND state <> 'parked'",
    "parked": "(state = 'parked') = (parked_at IS NOT NULL) AND (state = 'parked') = (resumes IS NOT NULL)",
    "closed": "(state IN ('closed', 'confirmed')) = (closed_at IS NOT NULL)",
    "merged": "(state = 'merged') = (merged_into IS NOT NULL AND merged_into_received_at IS NOT NULL)",
    "parent": "(parent_id IS NULL) = (parent_received_at IS NULL)",
}

# Every event so far was written at intake.
EVENT_COLUMNS = """
ALTER TABLE report_event
    ADD COLUMN move text,
    ADD COLUMN account_id bigint,
    ADD COLUMN facts jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN version integer;
ALTER TABLE report_event DISABLE TRIGGER append_only;
UPDATE report_event SET move = CASE state WHEN 'received' THEN 'receive' ELSE 'assign' END;
ALTER TABLE report_event ENABLE TRIGGER append_only;
ALTER TABLE report_event ALTER COLUMN move SET NOT NULL;
"""


def upgrade() -> None:
    op.execute(CASE_COLUMNS)
    op.execute("ALTER TABLE report DROP CONSTRAINT ck_report_state")
    for name, rule in CASE_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_report_{name}"), "report", rule)
    # What a desk has to do, the most pressing first; and what the sweep must look at next.
    op.create_index(
        "ix_report_desk_id_due_at_id",
        "report",
        ["desk_id", "due_at", "id"],
        postgresql_where=sa.text(f"state IN ({OPEN})"),
    )
    op.create_index("ix_report_alarm_at", "report", ["alarm_at"], postgresql_where=sa.text("alarm_at IS NOT NULL"))
    op.execute(EVENT_COLUMNS)
    _tasks()


def _tasks() -> None:
    op.execute("CREATE SEQUENCE report_task_id_seq AS bigint")
    op.create_table(
        "report_task",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('report_task_id_seq')"), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("desk_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("needed", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("num_nonnulls(organisation_id, desk_id) = 1", name=op.f("ck_report_task_party")),
        sa.CheckConstraint(
            "state IN ('dispatched', 'accepted', 'handling', 'reported', 'returned', 'cancelled')",
            name=op.f("ck_report_task_state"),
        ),
        sa.CheckConstraint("(state = 'reported') <= (reported_at IS NOT NULL)", name=op.f("ck_report_task_reported")),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_report_task_report_id_report_received_at_report"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_report_task_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_report_task_desk_id_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_task")),
    )
    op.create_index("ix_report_task_report_id", "report_task", ["report_id"])
    live = sa.text("state IN ('dispatched', 'accepted', 'handling')")
    for party in ("organisation_id", "desk_id"):
        op.create_index(f"ix_report_task_{party}_due_at", "report_task", [party, "due_at"], postgresql_where=live)
