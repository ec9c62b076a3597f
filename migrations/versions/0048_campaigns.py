"""Campaigns: categories and cases of their own, which no other figures count, and what was seen at their places."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("checklists", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("since <= until", name=op.f("ck_campaign_days")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_campaign_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "code", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_answer",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code", "campaign"],
            ["campaign.territory_code", "campaign.code"],
            name=op.f("fk_campaign_answer_territory_code_campaign_campaign"),
        ),
        sa.PrimaryKeyConstraint("territory_code", "campaign", "id", name=op.f("pk_campaign_answer")),
    )
    op.add_column("category", sa.Column("campaign", sa.Text(), nullable=True))
    op.add_column("category", sa.Column("urgency", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_category_urgency"), "category", "(campaign IS NULL) = (urgency IS NULL)")
    op.create_check_constraint(op.f("ck_category_unseen"), "category", "campaign IS NULL OR public = 'counts'")
    op.create_foreign_key(
        op.f("fk_category_territory_code_campaign_campaign"),
        "category",
        "campaign",
        ["territory_code", "campaign"],
        ["territory_code", "code"],
    )
    op.create_unique_constraint(
        op.f("uq_category_territory_code_campaign_code"), "category", ["territory_code", "campaign", "code"]
    )
    op.add_column("report", sa.Column("campaign", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_report_territory_code_campaign_category_category"),
        "report",
        "category",
        ["territory_code", "campaign", "category"],
        ["territory_code", "campaign", "code"],
    )
    op.create_index(
        op.f("ix_report_campaign"),
        "report",
        ["territory_code", "campaign", "received_at"],
        postgresql_where="campaign IS NOT NULL",
    )
    # What counts by territory alone is answered by the index, which has to have what `counted_report` asks for.
    op.drop_index("ix_report_territory_code_received_at_id", table_name="report")
    op.create_index(
        "ix_report_territory_code_received_at_id",
        "report",
        ["territory_code", sa.literal_column("received_at DESC"), sa.literal_column("id DESC")],
        postgresql_include=["campaign"],
    )
