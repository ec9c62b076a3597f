"""A look keeps what stood out over the months."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("finding_run", sa.Column("emerging", postgresql.JSONB(), nullable=True))
