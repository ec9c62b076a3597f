"""Other Open311 servers are looked after on screen: the key of each, what the last turn did, and a version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("peer", sa.Column("last", JSONB(), nullable=True))
    op.add_column("peer", sa.Column("key", sa.LargeBinary(), nullable=True))
    op.add_column("peer", sa.Column("from_settings", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("peer", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
