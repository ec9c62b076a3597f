"""How often the secret by which a reporter follows a case was replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_secret",
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.CheckConstraint("generation > 0", name=op.f("ck_report_secret_generation")),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_report_secret_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("report_id", "report_received_at", name=op.f("pk_report_secret")),
    )
