"""Other Open311 servers that a territory is in step with, and which of their requests is which case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    now = sa.text("now()")
    op.create_table(
        "peer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("since", time, nullable=False),
        sa.Column("reached", time, nullable=True),
        sa.Column("looked_at", time, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", time, server_default=now, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["territory_code"], ["territory.code"], name=op.f("fk_peer_territory_code_territory")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer")),
        sa.UniqueConstraint("territory_code", "name", name=op.f("uq_peer_territory_code_name")),
    )
    op.create_table(
        "peer_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("peer_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("report_received_at", time, nullable=True),
        sa.Column("their_status", sa.Text(), nullable=True),
        sa.Column("told_open", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("to_tell", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", JSONB(), nullable=True),
        sa.Column("body", JSONB(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_tried_at", time, nullable=True),
        sa.Column("tried_at", time, nullable=True),
        sa.Column("due_at", time, server_default=now, nullable=False),
        sa.Column("created_at", time, server_default=now, nullable=False),
        sa.CheckConstraint("origin IN ('theirs', 'ours')", name=op.f("ck_peer_request_origin")),
        sa.CheckConstraint(
            "state IN ('due', 'sending', 'token', 'paired', 'refused')", name=op.f("ck_peer_request_state")
        ),
        sa.CheckConstraint("(report_id IS NULL) = (report_received_at IS NULL)", name=op.f("ck_peer_request_report")),
        sa.CheckConstraint(
            "CASE origin WHEN 'ours' THEN report_id IS NOT NULL ELSE theirs IS NOT NULL END",
            name=op.f("ck_peer_request_known"),
        ),
        sa.CheckConstraint(
            "state <> 'paired' OR num_nonnulls(theirs, report_id) = 2", name=op.f("ck_peer_request_paired")
        ),
        sa.ForeignKeyConstraint(
            ["peer_id"], ["peer.id"], name=op.f("fk_peer_request_peer_id_peer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_request")),
        sa.UniqueConstraint("peer_id", "theirs", name=op.f("uq_peer_request_peer_id_theirs")),
    )
    op.create_index(
        "uq_peer_request_report_id",
        "peer_request",
        ["report_id", "peer_id"],
        unique=True,
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_index(
        "ix_peer_request_due_at", "peer_request", ["peer_id", "due_at"], postgresql_where=sa.text("state <> 'paired'")
    )
    op.create_index("ix_peer_request_to_tell", "peer_request", ["peer_id"], postgresql_where=sa.text("to_tell"))
