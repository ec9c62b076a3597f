"""Shapes of cells as the zooms of a map need them."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cell_shape",
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("zoom", sa.SmallInteger(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", 3857, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"], name=op.f("fk_cell_shape_cell_id_cell")),
        sa.PrimaryKeyConstraint("cell_id", "zoom", name=op.f("pk_cell_shape")),
    )
