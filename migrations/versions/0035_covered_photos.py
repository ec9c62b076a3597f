"""What the public sees of a photo: a picture in which faces and plates are covered, made by somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photo", sa.Column("covered_at", sa.DateTime(timezone=True)))
    op.add_column("photo", sa.Column("covered_by", sa.Text()))
    op.create_check_constraint(op.f("ck_photo_covered"), "photo", "(covered_at IS NULL) = (covered_by IS NULL)")
