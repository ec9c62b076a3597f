"""What is drawn under a grid where no base map can be had."""

import geoalchemy2
import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backdrop",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("features", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_backdrop_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "kind", name=op.f("pk_backdrop")),
    )
    op.create_table(
        "backdrop_feature",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("minzoom", sa.SmallInteger(), nullable=False),
        sa.Column("geom", geoalchemy2.Geometry("GEOMETRY", 3857, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code", "kind"],
            ["backdrop.territory_code", "backdrop.kind"],
            name=op.f("fk_backdrop_feature_territory_code_backdrop"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backdrop_feature")),
    )
    op.create_index("ix_backdrop_feature_geom", "backdrop_feature", ["geom"], postgresql_using="gist")
    op.create_index("ix_backdrop_feature_kind", "backdrop_feature", ["territory_code", "kind"])
