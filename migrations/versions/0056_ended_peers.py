"""A server that a territory is in step with no more stays known: what came from it is never posted, nor taken twice."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("peer", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM peer WHERE ended_at IS NOT NULL")
    op.drop_column("peer", "ended_at")
