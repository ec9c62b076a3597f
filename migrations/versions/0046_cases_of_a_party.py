"""The cases of an organisation are found by an index: what it may see does not read every task there ever was."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_report_task_organisation_id ON report_task (organisation_id) INCLUDE (report_id)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_report_task_organisation_id")
