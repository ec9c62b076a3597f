"""Keys under which reports are sent belong to whoever sends them; those from before, to the operator."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_key", sa.Column("owner", sa.Text(), server_default="", nullable=False))
    op.drop_constraint(op.f("pk_report_key"), "report_key", type_="primary")
    op.create_primary_key(op.f("pk_report_key"), "report_key", ["territory_code", "kind", "key", "owner"])
