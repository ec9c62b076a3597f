"""Webhooks, and what is on its way to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

PARTS = "num_nonnulls(webhook_id, mark, lane, body)"
ON_THE_WAY = sa.text("state = 'waiting' AND channel = 'webhook'")


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("moves", ARRAY(sa.Text()), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("former_until", time, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rests_until", time, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", time, server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("num_nonnulls(account_id, key_id) = 1", name=op.f("ck_webhook_owner")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_webhook_territory_code_territory")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_webhook_account_id_account")),
        sa.ForeignKeyConstraint(["key_id"], ["service_key.id"], name=op.f("fk_webhook_key_id_service_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("territory_code", "name", name=op.f("uq_webhook_territory_code_name")),
    )
    op.add_column("delivery", sa.Column("webhook_id", sa.BigInteger(), nullable=True))
    op.add_column("delivery", sa.Column("mark", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("lane", sa.BigInteger(), nullable=True))
    op.add_column("delivery", sa.Column("body", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_delivery_webhook_id_webhook"), "delivery", "webhook", ["webhook_id"], ["id"], ondelete="CASCADE"
    )
    op.drop_constraint(op.f("ck_delivery_channel"), "delivery")
    op.create_check_constraint(op.f("ck_delivery_channel"), "delivery", "channel IN ('email', 'gateway', 'webhook')")
    op.create_check_constraint(
        op.f("ck_delivery_webhook"), "delivery", f"(channel = 'webhook') = ({PARTS} = 4) AND {PARTS} IN (0, 4)"
    )
    op.drop_index("uq_delivery_gathering", "delivery")
    op.create_index(
        "uq_delivery_gathering",
        "delivery",
        ["territory_code", "channel", "recipient", "language"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting' AND attempts = 0 AND channel <> 'webhook'"),
    )
    op.create_index(
        "uq_delivery_webhook_id_mark", "delivery", ["webhook_id", "mark"], unique=True, postgresql_where=ON_THE_WAY
    )
    op.create_index(
        "ix_delivery_webhook_id_lane_id", "delivery", ["webhook_id", "lane", "id"], postgresql_where=ON_THE_WAY
    )
    op.create_index(
        "ix_delivery_webhook_id", "delivery", ["webhook_id", "id"], postgresql_where=sa.text("channel = 'webhook'")
    )
