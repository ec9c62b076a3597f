"""Which photos a category asks for when a case of it is reported back."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("category", sa.Column("photos", sa.Text(), server_default="none", nullable=False))
    op.create_check_constraint(
        op.f("ck_category_photos"), "category", "photos IN ('none', 'after', 'before-and-after')"
    )
