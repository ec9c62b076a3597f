"""Texts that moves are made with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "move_template",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("name", JSONB(), nullable=False),
        sa.Column("text", JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("field IN ('note', 'reason')", name=op.f("ck_move_template_field")),
        sa.ForeignKeyConstraint(
            ["territory_code", "category"],
            ["category.territory_code", "category.code"],
            name=op.f("fk_move_template_territory_code_category_category"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_move_template_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "code", name=op.f("pk_move_template")),
    )
