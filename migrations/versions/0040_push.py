"""Browsers that staff are told in, and what goes to them."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('received', 'registered', 'answered', 'parked', 'closed', 'refused', 'merged', 'voided', 'reopened',"
    " 'due', 'overdue', 'returned', 'raised', 'found', 'given')"
)


def upgrade() -> None:
    op.create_table(
        "push_device",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_hash"],
            ["account_session.hash"],
            name=op.f("fk_push_device_session_hash_account_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_device")),
        sa.UniqueConstraint("session_hash", name=op.f("uq_push_device_session_hash")),
    )
    op.drop_constraint(op.f("ck_delivery_channel"), "delivery")
    op.create_check_constraint(
        op.f("ck_delivery_channel"), "delivery", "channel IN ('email', 'gateway', 'webhook', 'push')"
    )
    op.drop_constraint(op.f("ck_notice_kind"), "notice")
    op.create_check_constraint(op.f("ck_notice_kind"), "notice", KINDS)
