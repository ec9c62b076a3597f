"""Lists of work read what they show: what is late or nearly so, what ended otherwise, an organisation's by date.

What counts the open cases finds all it needs in their index.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

OPEN = """state IN ('received', 'assigned', 'registered', 'dispatched', 'accepted', 'handling', 'reported', 'verified',
    'parked')"""


def upgrade() -> None:
    op.execute("DROP INDEX ix_report_territory_code_due_at_id")
    op.execute(
        "CREATE INDEX ix_report_territory_code_due_at_id ON report (territory_code, due_at, id) INCLUDE"
        " (received_at, cell_id, state, category, urgency, overdue, nearly_due, returned, campaign)"
        f" WHERE {OPEN}"
    )
    op.execute(
        "CREATE INDEX ix_report_flagged ON report (territory_code, due_at, id)"
        f" WHERE {OPEN} AND (overdue OR nearly_due)"
    )
    op.execute(
        "CREATE INDEX ix_report_ended_otherwise ON report (territory_code, received_at DESC, id DESC)"
        " WHERE state IN ('refused', 'merged', 'voided', 'withdrawn')"
    )
    op.execute("DROP INDEX ix_report_task_organisation_id")
    op.execute(
        "CREATE INDEX ix_report_task_organisation_id"
        " ON report_task (organisation_id, report_received_at DESC, report_id DESC)"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_report_task_organisation_id")
    op.execute("CREATE INDEX ix_report_task_organisation_id ON report_task (organisation_id) INCLUDE (report_id)")
    op.execute("DROP INDEX ix_report_ended_otherwise")
    op.execute("DROP INDEX ix_report_flagged")
    op.execute("DROP INDEX ix_report_territory_code_due_at_id")
    op.execute(f"CREATE INDEX ix_report_territory_code_due_at_id ON report (territory_code, due_at, id) WHERE {OPEN}")
