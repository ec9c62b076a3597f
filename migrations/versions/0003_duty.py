"""Who answers: desks, officers, organisations, and the rules by which cases find them."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
