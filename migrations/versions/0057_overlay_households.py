"""Households that were counted in the parts of base grids which the areas of an overlay make."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("overlay_edition", sa.Column("households", postgresql.JSONB(), nullable=True))
