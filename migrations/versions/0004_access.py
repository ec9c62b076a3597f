"""Who may see and do what: accounts, grants, sessions, tokens, keys, and the log of what was read."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
