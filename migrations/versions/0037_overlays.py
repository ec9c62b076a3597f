"""Areas that other departments drew for themselves, by editions."""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overlay",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z][a-z0-9_]{0,30}$'", name=op.f("ck_overlay_key")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_overlay_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "key", name=op.f("pk_overlay")),
    )
    op.create_table(
        "overlay_edition",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code", "key"],
            ["overlay.territory_code", "overlay.key"],
            name=op.f("fk_overlay_edition_territory_code_key_overlay"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlay_edition")),
        sa.UniqueConstraint(
            "territory_code", "key", "valid_from", name=op.f("uq_overlay_edition_territory_code_key_valid_from")
        ),
    )
    op.create_table(
        "overlay_area",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("geom", geoalchemy2.Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["overlay_edition.id"],
            name=op.f("fk_overlay_area_edition_id_overlay_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "code", name=op.f("pk_overlay_area")),
    )
    op.create_index("ix_overlay_area_geom", "overlay_area", ["geom"], postgresql_using="gist")
