"""What the public sees: counts of periods that are over; groups of categories, and whose cases are public."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Nobody outside knows it: the rounding of published counts is drawn from it (see reports.release.making).
SEED = """
INSERT INTO release_seed (seed) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
"""


def upgrade() -> None:
    op.create_table(
        "category_group",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_category_group_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "code", name=op.f("pk_category_group")),
    )
    op.add_column("category", sa.Column("group_code", sa.Text(), nullable=True))
    op.add_column("category", sa.Column("public", sa.Text(), server_default="counts", nullable=False))
    op.create_check_constraint(op.f("ck_category_public"), "category", "public IN ('counts', 'street', 'exact')")
    op.create_foreign_key(
        op.f("fk_category_territory_code_category_group"),
        "category",
        "category_group",
        ["territory_code", "group_code"],
        ["territory_code", "code"],
    )
    op.create_table(
        "release_seed",
        sa.Column("single", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_release_seed_single")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_release_seed")),
    )
    op.execute(SEED)
    op.create_table(
        "release",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("finest", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('year', 'month', 'week')", name=op.f("ck_release_kind")),
        sa.CheckConstraint("since < until", name=op.f("ck_release_span")),
        sa.CheckConstraint("step > 1", name=op.f("ck_release_step")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_release_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_release_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("territory_code", "period", name=op.f("uq_release_territory_code_period")),
    )
    op.create_table(
        "release_count",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("about IN ('all', 'group', 'category')", name=op.f("ck_release_count_about")),
        sa.CheckConstraint("count > 0", name=op.f("ck_release_count_count")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_count_release_id_release"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release_id", "about", "value", "depth", "code", name=op.f("pk_release_count")),
    )
