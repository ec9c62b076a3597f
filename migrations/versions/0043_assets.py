"""Assets: kinds, the categories whose reports are about them, and points with numbers."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asset_kind",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_asset_kind_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "code", name=op.f("pk_asset_kind")),
    )
    op.create_table(
        "asset_kind_category",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code", "kind"],
            ["asset_kind.territory_code", "asset_kind.code"],
            name=op.f("fk_asset_kind_category_territory_code_kind_asset_kind"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["territory_code", "category"],
            ["category.territory_code", "category.code"],
            name=op.f("fk_asset_kind_category_territory_code_category_category"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("territory_code", "category", "kind", name=op.f("pk_asset_kind_category")),
    )
    op.create_table(
        "asset",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code", "kind"],
            ["asset_kind.territory_code", "asset_kind.code"],
            name=op.f("fk_asset_territory_code_kind_asset_kind"),
        ),
        sa.PrimaryKeyConstraint("territory_code", "number", name=op.f("pk_asset")),
    )
    op.create_index("uq_asset_territory_code_lower", "asset", ["territory_code", sa.text("lower(number)")], unique=True)
    op.create_index("ix_asset_territory_code_kind_number", "asset", ["territory_code", "kind", "number"])
    op.create_index("ix_asset_geom", "asset", ["geom"], postgresql_using="gist")
