"""The record of what is changed in administering."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# As of contact_read: what stands there stays.
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON administrative_change
FOR EACH STATEMENT EXECUTE FUNCTION kept_for_good()
"""


def upgrade() -> None:
    op.create_table(
        "administrative_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("territory_code", sa.Text()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("before", JSONB()),
        sa.Column("after", JSONB()),
        sa.CheckConstraint("num_nonnulls(before, after) > 0", name=op.f("ck_administrative_change_changed")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_administrative_change_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrative_change")),
    )
    op.create_index("ix_administrative_change_territory_code_id", "administrative_change", ["territory_code", "id"])
    op.execute(APPEND_ONLY)
