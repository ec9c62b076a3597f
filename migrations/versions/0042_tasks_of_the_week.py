"""What was given or done lately is found by an index: an officer's week does not read every task there ever was."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_report_task_latest ON report_task (greatest(dispatched_at, reported_at))")
