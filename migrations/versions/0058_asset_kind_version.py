"""How often a kind of asset was stored, so that whoever read an older one is told."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asset_kind", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
