"""By when: the limits of each territory, and the single days that it works or rests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_policy_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", name=op.f("pk_policy")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("work", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_calendar_day_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "day", name=op.f("pk_calendar_day")),
    )
