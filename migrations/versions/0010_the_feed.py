"""The feed: committed events in an order that never skips one, and the positions that followers keep by name."""

import sqlalchemy as sa
from alembic import op

from wangge.store.transactions import Snapshot, TransactionId

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# First without a default, so that no event is written anew; what is there already has none. The index leaves those
# out, so it is made in one reading however long the history is.
TRANSACTIONS = """
ALTER TABLE report_event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
"""

# Nobody writes an event while the columns are added: what is there now has ids up to the sequence's. The feed begins
# after it; the first tick, on whatever server that is, opens the first incarnation.
BEFORE = """
INSERT INTO feed_incarnation (incarnation, identity, floor, position)
SELECT 0, 'before the feed', CASE WHEN is_called THEN last_value ELSE 0 END, 0 FROM report_event_id_seq
"""


def upgrade() -> None:
    op.add_column("report_event", sa.Column("xid", TransactionId(), nullable=True))
    op.execute(TRANSACTIONS)
    op.create_index("ix_report_event_xid", "report_event", ["xid"], postgresql_where=sa.text("xid IS NOT NULL"))
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("event_id", name=op.f("uq_feed_event_id")),
    )
    op.create_table(
        "feed_tick",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("highest_id", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", Snapshot(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed_tick")),
    )
    op.create_table(
        "feed_incarnation",
        sa.Column("incarnation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", name=op.f("pk_feed_incarnation")),
    )
    op.create_table(
        "feed_position",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name=op.f("ck_feed_position_name")),
        sa.ForeignKeyConstraint(
            ["incarnation"],
            ["feed_incarnation.incarnation"],
            name=op.f("fk_feed_position_incarnation_feed_incarnation"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed_position")),
    )
    op.execute(BEFORE)
