"""What is sent, what it tells, who wants none; the language of a contact, and of an account's own notices."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('received', 'registered', 'answered', 'parked', 'closed', 'refused', 'merged', 'voided', 'reopened',"
    " 'due', 'overdue', 'returned', 'raised', 'found')"
)
# A message that tells nothing any more, because the contacts were erased, goes with its address.
EMPTIED = """
CREATE FUNCTION notice_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM delivery d USING (SELECT DISTINCT delivery_id FROM gone) g
    WHERE d.id = g.delivery_id AND NOT EXISTS (SELECT FROM notice n WHERE n.delivery_id = d.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER emptied AFTER DELETE ON notice REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION notice_emptied();
"""


def upgrade() -> None:
    op.add_column("report_contact", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("notices", sa.Text(), nullable=True))
    time = sa.DateTime(timezone=True)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("due_at", time, nullable=False),
        sa.Column("expires_at", time, nullable=False),
        sa.Column("leased_until", time, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", time, server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", time, nullable=True),
        sa.CheckConstraint("channel IN ('email', 'gateway')", name=op.f("ck_delivery_channel")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'dropped')", name=op.f("ck_delivery_state")),
        sa.CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name=op.f("ck_delivery_done")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_delivery_territory_code_territory")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_delivery_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_delivery_due_at", "delivery", ["channel", "due_at"], postgresql_where=waiting)
    op.create_index("ix_delivery_recipient", "delivery", ["recipient", "done_at"])
    op.create_index("ix_delivery_territory_code", "delivery", ["territory_code", "id"])
    op.create_index(
        "uq_delivery_gathering",
        "delivery",
        ["territory_code", "channel", "recipient", "language"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting' AND attempts = 0"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("report_received_at", time, nullable=True),
        sa.Column("contact_report_id", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_notice_kind")),
        sa.CheckConstraint("(report_id IS NULL) = (report_received_at IS NULL)", name=op.f("ck_notice_report")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_notice_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_report_id"],
            ["report_contact.report_id"],
            name=op.f("fk_notice_contact_report_id_report_contact"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_delivery_id", "notice", ["delivery_id"])
    op.create_index("ix_notice_contact_report_id", "notice", ["contact_report_id"])
    op.create_index("ix_notice_report_id", "notice", ["report_id"])
    op.create_table(
        "notice_refusal",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("at", time, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_notice_refusal")),
    )
    op.execute(EMPTIED)
