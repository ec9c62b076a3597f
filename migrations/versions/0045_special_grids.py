"""What a special grid is for: null of the ordinary ones, which all base grids were until now."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

FORM = "purpose ~ '^[a-z]{1,30}$'"


def upgrade() -> None:
    for table in ("cell", "draft_cell"):
        op.add_column(table, sa.Column("purpose", sa.Text(), nullable=True))
        op.create_check_constraint(op.f(f"ck_{table}_purpose"), table, FORM)
