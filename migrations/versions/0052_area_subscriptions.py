"""Areas that somebody is told of by e-mail, and what goes to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "area_subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("metres", sa.Double(), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", time, server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", time, nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("due_at", time, nullable=True),
        sa.CheckConstraint("num_nonnulls(lon, lat, metres) IN (0, 3)", name=op.f("ck_area_subscription_circle")),
        sa.CheckConstraint(
            "num_nonnulls(cell, lon) < 2 AND (level IS NULL OR cell IS NOT NULL)",
            name=op.f("ck_area_subscription_area"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(confirmed_at, position, due_at) IN (0, 3)", name=op.f("ck_area_subscription_confirmed")
        ),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_area_subscription_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_subscription")),
    )
    op.create_index("ix_area_subscription_email", "area_subscription", ["email"])
    op.create_index(
        "ix_area_subscription_due_at",
        "area_subscription",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.add_column("delivery", sa.Column("subscription_id", sa.BigInteger(), nullable=True))
    op.add_column("delivery", sa.Column("news", postgresql.INT8RANGE(), nullable=True))
    op.create_foreign_key(
        op.f("fk_delivery_subscription_id_area_subscription"),
        "delivery",
        "area_subscription",
        ["subscription_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        "ix_delivery_subscription_id",
        "delivery",
        ["subscription_id", "id"],
        postgresql_where=sa.text("subscription_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_delivery_channel"), "delivery")
    op.create_check_constraint(
        op.f("ck_delivery_channel"), "delivery", "channel IN ('email', 'gateway', 'webhook', 'push', 'area')"
    )
    op.create_check_constraint(
        op.f("ck_delivery_area"),
        "delivery",
        "(channel = 'area') = (subscription_id IS NOT NULL) AND (news IS NULL OR channel = 'area')",
    )
