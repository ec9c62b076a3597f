"""Releases tell what became of the cases of a month."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("outcomes", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "release_outcome",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("depth", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("days", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("about IN ('all', 'group', 'category')", name=op.f("ck_release_outcome_about")),
        sa.CheckConstraint("days >= 0", name=op.f("ck_release_outcome_days")),
        sa.CheckConstraint("count > 0", name=op.f("ck_release_outcome_count")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_outcome_release_id_release"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "release_id", "about", "value", "depth", "code", "days", name=op.f("pk_release_outcome")
        ),
    )
