"""Attributes of cells, and their dated values."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attribute",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("declaration", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_attribute_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "key", name=op.f("pk_attribute")),
    )
    op.create_table(
        "attribute_value",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("num_nonnulls(number, word) = 1", name=op.f("ck_attribute_value_value")),
        sa.ForeignKeyConstraint(
            ["territory_code", "key"],
            ["attribute.territory_code", "attribute.key"],
            name=op.f("fk_attribute_value_territory_code_key_attribute"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("territory_code", "key", "level", "code", "day", name=op.f("pk_attribute_value")),
    )
