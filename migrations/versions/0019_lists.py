"""Lists of cases by deadline, of those that came back to their desks, and of those that were closed lately."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OPEN = (
    "state IN ('received', 'assigned', 'registered', 'dispatched', 'accepted', 'handling', 'reported', 'verified',"
    " 'parked')"
)
# What the moves have said of every open case: the last that brought it back stands, unless it was taken up since.
RETURNED = f"""
UPDATE report AS r SET returned = true
FROM (
    SELECT e.report_id, e.report_received_at,
           max(e.id) FILTER (WHERE e.move IN ('return', 'reject', 'reopen')) AS back,
           max(e.id) FILTER (WHERE e.move = 'dispatch' OR e.state IN ('reported', 'verified')) AS taken_up
    FROM report_event AS e
    JOIN report AS o ON o.id = e.report_id AND o.received_at = e.report_received_at AND o.{OPEN}
    GROUP BY 1, 2
) AS told
WHERE r.id = told.report_id AND r.received_at = told.report_received_at AND told.back > coalesce(told.taken_up, 0)
"""  # noqa: S608 - of the program's own words


def upgrade() -> None:
    op.add_column("report", sa.Column("returned", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(RETURNED)
    index(["territory_code", "due_at", "id"], "ix_report_territory_code_due_at_id", OPEN)
    undated = f"{OPEN} AND (due_at IS NULL OR state = 'parked')"
    index(["territory_code", "received_at", "id"], "ix_report_undated", undated)
    index(["territory_code", "closed_at"], "ix_report_territory_code_closed_at", "state IN ('closed', 'confirmed')")
    index(["territory_code"], "ix_report_returned", "returned")


def index(columns: list[str], name: str, where: str) -> None:
    op.create_index(name, "report", columns, postgresql_where=sa.text(where))
