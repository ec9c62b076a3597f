"""Which classes of the national platform the categories of a territory are."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "category_class",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("major", sa.Text(), nullable=False),
        sa.Column("minor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code", "category"],
            ["category.territory_code", "category.code"],
            name=op.f("fk_category_class_territory_code_category"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("territory_code", "category", name=op.f("pk_category_class")),
        sa.UniqueConstraint(
            "territory_code", "major", "minor", name=op.f("uq_category_class_territory_code_major_minor")
        ),
    )
