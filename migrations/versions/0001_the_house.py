"""The house: territories, editions, cells, categories, reports with their events, contacts and keys."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION report_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are appended, never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON report_event
    FOR EACH STATEMENT EXECUTE FUNCTION report_event_append_only();
"""

# A partition is attached rather than created in place, so that readers and writers of other months do not wait.
MONTHS = """
CREATE FUNCTION ensure_report_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    suffix text := to_char(month, 'YYYYMM');
    parent text;
    part text;
BEGIN
    IF to_regclass('report_event_' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_report_month'));
    -- Not to_regclass again: its cached "no" outlives the wait for the one who held the lock.
    IF EXISTS (SELECT FROM pg_class WHERE relname = 'report_event_' || suffix) THEN
        RETURN;
    END IF;
    FOREACH parent IN ARRAY ARRAY['report', 'report_event'] LOOP
        part := parent || '_' || suffix;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, first, next);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE report_id_seq AS bigint")
    op.execute("CREATE SEQUENCE report_event_id_seq AS bigint")
    op.create_table(
        "report_key",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('idempotency', 'external')", name=op.f("ck_report_key_kind")),
        sa.PrimaryKeyConstraint("territory_code", "kind", "key", name=op.f("pk_report_key")),
    )
    op.create_table(
        "territory",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("current_edition_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name=op.f("ck_territory_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_territory")),
    )
    op.create_table(
        "category",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_category_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "code", name=op.f("pk_category")),
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("accepted_defects", sa.Text(), nullable=True),
        sa.Column("defects", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("repairs", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_edition_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("territory_code", "label", name=op.f("uq_edition_territory_code_label")),
    )
    op.create_foreign_key(
        "fk_territory_current_edition_id_edition", "territory", "edition", ["current_edition_id"], ["id"]
    )
    op.create_table(
        "report_revision",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_report_revision_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "slot", name=op.f("pk_report_revision")),
    )
    op.create_geospatial_table(
        "cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "label",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("(level = 0) = (parent_id IS NULL)", name=op.f("ck_cell_parent")),
        sa.CheckConstraint("cardinality(path) = level + 1 AND path[level + 1] = code", name=op.f("ck_cell_path")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_cell_edition_id_edition")),
        sa.ForeignKeyConstraint(["parent_id"], ["cell.id"], name=op.f("fk_cell_parent_id_cell")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell")),
        sa.UniqueConstraint("edition_id", "id", name=op.f("uq_cell_edition_id_id")),
        sa.UniqueConstraint("edition_id", "level", "code", name=op.f("uq_cell_edition_id_level_code")),
    )
    op.create_geospatial_index(
        "ix_cell_geom", "cell", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_cell_path", "cell", ["path"], unique=False, postgresql_using="gin")
    op.create_geospatial_table(
        "report",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('report_id_seq')"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("on_edge", sa.Boolean(), nullable=False),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("raw_lon", sa.Double(), nullable=False),
        sa.Column("raw_lat", sa.Double(), nullable=False),
        sa.Column("datum", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("datum IN ('wgs84', 'cgcs2000', 'gcj02', 'bd09')", name=op.f("ck_report_datum")),
        sa.CheckConstraint("state IN ('received', 'assigned')", name=op.f("ck_report_state")),
        sa.CheckConstraint("accuracy_m > 0", name=op.f("ck_report_accuracy_m")),
        sa.ForeignKeyConstraint(
            ["edition_id", "cell_id"], ["cell.edition_id", "cell.id"], name=op.f("fk_report_edition_id_cell_id_cell")
        ),
        sa.ForeignKeyConstraint(
            ["territory_code", "category"],
            ["category.territory_code", "category.code"],
            name=op.f("fk_report_territory_code_category_category"),
        ),
        sa.PrimaryKeyConstraint("id", "received_at", name=op.f("pk_report")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index("ix_report_cell_id_received_at", "report", ["cell_id", "received_at"], unique=False)
    op.create_geospatial_index(
        "ix_report_geom", "report", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "ix_report_territory_code_received_at_id",
        "report",
        ["territory_code", sa.literal_column("received_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "report_contact",
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_report_contact_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_contact")),
    )
    op.create_table(
        "report_event",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('report_event_id_seq')"), nullable=False),
        sa.Column("report_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id", "report_received_at"],
            ["report.id", "report.received_at"],
            name=op.f("fk_report_event_report_id_report_received_at_report"),
        ),
        sa.PrimaryKeyConstraint("id", "report_received_at", name=op.f("pk_report_event")),
        postgresql_partition_by="RANGE (report_received_at)",
    )
    op.create_index("ix_report_event_report_id_id", "report_event", ["report_id", "id"], unique=False)
    op.execute(APPEND_ONLY)
    op.execute(MONTHS)
