"""Joint meetings: members, cases on the agenda, decisions that became tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REPORT = ["report.id", "report.received_at"]


def upgrade() -> None:
    op.create_table(
        "joint_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_joint_member_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_member")),
        sa.UniqueConstraint("territory_code", "number", name=op.f("uq_joint_member_territory_code_number")),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="planned", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('planned', 'held', 'cancelled')", name=op.f("ck_meeting_status")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_meeting_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index("ix_meeting_territory_code_held_at", "meeting", ["territory_code", "held_at"], unique=False)
    op.create_table(
        "meeting_member",
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_member_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["joint_member.id"], name=op.f("fk_meeting_member_member_id_joint_member")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", name=op.f("pk_meeting_member")),
    )
    op.create_table(
        "meeting_case",
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_case_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            REPORT,
            name=op.f("fk_meeting_case_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("meeting_id", "report_id", name=op.f("pk_meeting_case")),
    )
    op.create_index("ix_meeting_case_report_id", "meeting_case", ["report_id"], unique=False)
    op.create_table(
        "meeting_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id", "report_id"],
            ["meeting_case.meeting_id", "meeting_case.report_id"],
            name=op.f("fk_meeting_decision_meeting_id_report_id_meeting_case"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["report_task.id"], name=op.f("fk_meeting_decision_task_id_report_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_decision")),
        sa.UniqueConstraint("task_id", name=op.f("uq_meeting_decision_task_id")),
    )
    op.create_index("ix_meeting_decision_meeting_id", "meeting_decision", ["meeting_id"], unique=False)
