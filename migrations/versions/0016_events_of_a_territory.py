"""What happens to a territory and to no single report stands in the feed too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from wangge.store.transactions import TransactionId

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON territory_event
    FOR EACH STATEMENT EXECUTE FUNCTION report_event_append_only();
"""


def upgrade() -> None:
    op.create_table(
        "territory_event",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('report_event_id_seq')"), autoincrement=False,
            nullable=False,
        ),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_territory_event_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_event")),
    )  # fmt: skip
    op.create_index("ix_territory_event_xid", "territory_event", ["xid"])
    op.execute(APPEND_ONLY)
    op.alter_column("feed", "report_received_at", nullable=True)
    op.alter_column("feed", "report_id", nullable=True)
