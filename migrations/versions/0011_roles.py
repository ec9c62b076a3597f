"""The roles are a table, which each migration fills with those of the program; before, every new one was a revision."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("role", sa.Column("code", sa.Text(), primary_key=True))
    op.execute("INSERT INTO role SELECT role FROM account_grant UNION SELECT role FROM service_key")
    for table in ("account_grant", "service_key"):
        op.drop_constraint(op.f(f"ck_{table}_role"), table)
        op.create_foreign_key(op.f(f"fk_{table}_role_role"), table, "role", ["role"], ["code"])
