"""Who reported in the mini-program and agreed to messages there: by what WeChat knows them, and what they agreed to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_contact", sa.Column("openid", sa.Text(), nullable=True))
    op.add_column(
        "report_contact",
        sa.Column("templates", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.drop_constraint(op.f("ck_delivery_channel"), "delivery")
    op.create_check_constraint(
        op.f("ck_delivery_channel"),
        "delivery",
        "channel IN ('email', 'gateway', 'webhook', 'push', 'area', 'wechat')",
    )
