"""Moves and photos are sent under keys too, so that a phone may send them again and they are there once."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = op.f("ck_report_key_kind")
    op.drop_constraint(kind, "report_key", type_="check")
    op.create_check_constraint(kind, "report_key", "kind IN ('idempotency', 'external', 'move')")
    op.add_column("photo", sa.Column("key", sa.Text()))
    op.create_index(
        "ix_photo_key",
        "photo",
        ["territory_code", "owner", "key"],
        unique=True,
        postgresql_where=sa.text("key IS NOT NULL"),
    )
