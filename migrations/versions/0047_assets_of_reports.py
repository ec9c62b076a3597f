"""Reports name the asset that they are about; what was merged into a case is found by that case."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("asset", sa.Text(), nullable=True))
    op.create_index(
        "ix_report_territory_code_asset",
        "report",
        ["territory_code", "asset"],
        postgresql_where=sa.text("asset IS NOT NULL"),
    )
    op.create_index(
        "ix_report_merged_into", "report", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )
