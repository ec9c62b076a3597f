"""Audits of closed cases: what was drawn, and how it was judged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)
TABLES = ("audit", "audit_case", "audit_judgement")

# As of contact_read: what stands there stays.
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION kept_for_good()
"""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("as_of", TIMESTAMP, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("since", TIMESTAMP),
        sa.Column("until", TIMESTAMP),
        sa.Column("strata_by", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("strata", JSONB(), nullable=False),
        sa.Column("drawn_at", TIMESTAMP, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["territory_code"], ["territory.code"], name=op.f("fk_audit_territory_code_territory")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_territory_code_id", "audit", ["territory_code", "id"])
    op.create_table(
        "audit_case",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_received_at", TIMESTAMP, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("organisation_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_case_audit_id_audit")),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_audit_case_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("audit_id", "report_id", name=op.f("pk_audit_case")),
    )
    op.create_table(
        "audit_judgement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("at", TIMESTAMP, server_default=sa.text("now()"), nullable=False),
        sa.Column("judge", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.CheckConstraint(
            "verdict IN ('solved', 'not-solved', 'cannot-tell')", name=op.f("ck_audit_judgement_verdict")
        ),
        sa.CheckConstraint("means IN ('evidence', 'on-the-spot')", name=op.f("ck_audit_judgement_means")),
        sa.ForeignKeyConstraint(
            ["audit_id", "report_id"],
            ["audit_case.audit_id", "audit_case.report_id"],
            name=op.f("fk_audit_judgement_audit_id_report_id_audit_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_judgement")),
    )
    op.create_index("ix_audit_judgement_audit_id_report_id", "audit_judgement", ["audit_id", "report_id"])
    for table in TABLES:
        op.execute(APPEND_ONLY.format(table=table))
