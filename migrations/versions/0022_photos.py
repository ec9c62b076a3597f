"""Photos of reports and moves, the record of those that were erased, and what links to them are signed with."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)

# 244 random bits of the database's own, by two random UUIDs.
KEY = """
INSERT INTO signing_key (id, key)
VALUES (1, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
"""

# As of contact_erasure: what stands there stays.
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON photo_erasure
FOR EACH STATEMENT EXECUTE FUNCTION kept_for_good()
"""


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("sent_at", TIMESTAMP, server_default=sa.text("now()"), nullable=False),
        sa.Column("stored_at", TIMESTAMP),
        sa.Column("doomed_at", TIMESTAMP),
        sa.Column("report_id", sa.BigInteger()),
        sa.Column("report_received_at", TIMESTAMP),
        sa.Column("version", sa.Integer()),
        sa.Column("position", sa.SmallInteger()),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", TIMESTAMP),
        sa.Column("taken", Geometry("POINT", 4326, spatial_index=False)),
        sa.CheckConstraint("(report_id IS NULL) = (version IS NULL)", name=op.f("ck_photo_attached")),
        sa.ForeignKeyConstraint(["territory_code"], ["territory.code"], name=op.f("fk_photo_territory_code_territory")),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_photo_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    op.create_index("ix_photo_report", "photo", ["report_id"], postgresql_where=sa.text("report_id IS NOT NULL"))
    op.create_index("ix_photo_pending", "photo", ["sent_at"], postgresql_where=sa.text("report_id IS NULL"))
    op.create_index("ix_photo_doomed", "photo", ["id"], postgresql_where=sa.text("doomed_at IS NOT NULL"))
    op.create_table(
        "photo_erasure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("at", TIMESTAMP, server_default=sa.text("now()"), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("report_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_photo_erasure_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_erasure")),
    )
    op.execute(APPEND_ONLY)
    op.create_table(
        "signing_key",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_signing_key_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
    )
    op.execute(KEY)
