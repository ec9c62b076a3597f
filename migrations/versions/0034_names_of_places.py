"""Names of places as they are looked for, once for each name: folded, spelt, with the pairs of letters in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# Single letters too, so that one is looked up as two are.
GRAMS = """
CREATE FUNCTION place_grams(words text) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT words_grams(words) || coalesce((
        SELECT array_agg(DISTINCT ascii(letter)) FROM unnest(string_to_array(words_folded(words), NULL)) AS l (letter)
        WHERE letter > ' '), '{}')
$$
"""

FILL = """
INSERT INTO place_name (territory_code, kind, name, lon, lat, west, south, east, north)
SELECT territory_code, kind, name, ST_X(p.at), ST_Y(p.at), ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (
    SELECT territory_code, kind, name, ST_Collect(geom) AS geom FROM backdrop_feature WHERE name IS NOT NULL
    GROUP BY territory_code, kind, name
) f
CROSS JOIN LATERAL (
    SELECT ST_Transform(CASE WHEN ST_Dimension(geom) = 2 THEN ST_PointOnSurface(geom)
                             ELSE ST_ClosestPoint(geom, ST_Centroid(geom)) END, 4326) AS at,
           ST_Transform(ST_Envelope(geom), 4326) AS box) p
"""


def upgrade() -> None:
    op.execute(GRAMS)
    op.create_table(
        "place_list",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_place_list_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", name=op.f("pk_place_list")),
    )
    op.create_table(
        "place_name",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("spelt", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("folded", sa.Text(), sa.Computed("words_folded(name)", persisted=True), nullable=False),
        sa.Column(
            "grams",
            postgresql.ARRAY(sa.Integer()),
            sa.Computed("place_grams(((name || ' '::text) || spelt))", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_place_name_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "kind", "name", name=op.f("pk_place_name")),
    )
    op.create_index("ix_place_name_grams", "place_name", ["grams"], postgresql_using="gin")
    op.create_index(
        "ix_place_name_folded",
        "place_name",
        ["territory_code", "folded"],
        postgresql_ops={"folded": "text_pattern_ops"},
    )
    op.create_index(
        "ix_place_name_spelt", "place_name", ["territory_code", "spelt"], postgresql_ops={"spelt": "text_pattern_ops"}
    )
    op.create_index("ix_place_name_shortest", "place_name", ["territory_code", sa.text("length(folded)"), "folded"])
    op.execute(FILL)
