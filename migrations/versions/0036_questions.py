"""What categories ask besides, and what was answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "category", sa.Column("questions", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False)
    )
    op.create_table(
        "report_answer",
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_report_answer_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("report_id", "report_received_at", name=op.f("pk_report_answer")),
    )
