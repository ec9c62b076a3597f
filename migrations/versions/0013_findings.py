"""Findings: where problems cluster, which cases that is of, and what each night's look came to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("patrols", sa.Boolean(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("centre", sa.BigInteger(), nullable=False),
        sa.Column("cells", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("p", sa.Double(), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("reporters", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("gap_s", sa.Double(), nullable=True),
        sa.CheckConstraint("kind IN ('lately', 'where')", name=op.f("ck_finding_kind")),
        sa.CheckConstraint("against IN ('rhythm', 'households', 'reports')", name=op.f("ck_finding_against")),
        sa.CheckConstraint("first_day <= last_day AND found_on <= seen_on", name=op.f("ck_finding_days")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_finding_territory_code_territory")
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_finding_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_territory_code_seen_on", "finding", ["territory_code", "seen_on"])
    op.create_table(
        "finding_case",
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_received_at", TIMESTAMP, nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_finding_case_finding_id_finding"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_finding_case_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("finding_id", "report_id", name=op.f("pk_finding_case")),
    )
    op.create_table(
        "finding_run",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ran_at", TIMESTAMP, server_default=sa.text("now()"), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("unseen", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_finding_run_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "day", name=op.f("pk_finding_run")),
    )
