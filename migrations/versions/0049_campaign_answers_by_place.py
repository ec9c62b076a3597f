"""What was seen last at the places of a campaign is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_campaign_answer_place",
        "campaign_answer",
        ["territory_code", "campaign", "checklist", "place", sa.literal_column("at DESC"), "id"],
    )
