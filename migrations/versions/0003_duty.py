"""Who answers: desks, officers, organisations, and the rules by which cases find them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ONE_DESK, ONE_OFFICER = "int8range(desk_id, desk_id, '[]')", "int8range(officer_id, officer_id, '[]')"

# An exclusion with ranges of one number needs no extension: btree_gist may not be there for an ordinary role.
EXCLUSIONS = f"""
ALTER TABLE posting
    ADD CONSTRAINT ex_posting_one_responsible
        EXCLUDE USING gist ({ONE_DESK} WITH &&, daterange(valid_from, valid_to) WITH &&)
        WHERE (role = 'responsible'),
    ADD CONSTRAINT ex_posting_once
        EXCLUDE USING gist ({ONE_DESK} WITH &&, {ONE_OFFICER} WITH &&, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE officer_leave
    ADD CONSTRAINT ex_officer_leave_once
        EXCLUDE USING gist ({ONE_OFFICER} WITH &&, daterange(away_from, back_on) WITH &&);
"""

# Who stands at which desk when: an officer's own postings, and those of officers who are away meanwhile.
DUTY = """
CREATE VIEW officer_duty AS
SELECT p.officer_id, p.desk_id, d.territory_code, d.level, d.code, p.role, p.valid_from, p.valid_to,
       NULL::bigint AS stands_in_for
FROM posting p JOIN desk d ON d.id = p.desk_id JOIN officer o ON o.id = p.officer_id
WHERE o.active
UNION ALL
SELECT l.substitute_id, p.desk_id, d.territory_code, d.level, d.code, p.role,
       greatest(p.valid_from, l.away_from), least(p.valid_to, l.back_on), p.officer_id
FROM officer_leave l
JOIN posting p ON p.officer_id = l.officer_id
    AND daterange(p.valid_from, p.valid_to) && daterange(l.away_from, l.back_on)
JOIN desk d ON d.id = p.desk_id
JOIN officer o ON o.id = l.substitute_id
JOIN officer away ON away.id = l.officer_id
WHERE o.active AND away.active;
"""

KEPT = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON routing_rules
    FOR EACH STATEMENT EXECUTE FUNCTION kept_for_good();
"""

# Grids that were published before have no desks yet.
DESKS = """
INSERT INTO desk (territory_code, level, code, name, kind)
SELECT t.code, e.levels -> c.level ->> 'key', c.code, jsonb_build_object('en', c.name, 'zh', c.name),
       c.attributes ->> 'kind'
FROM territory t JOIN edition e ON e.id = t.current_edition_id JOIN cell c ON c.edition_id = e.id
UNION ALL
SELECT code, NULL, '', '{"en": "Command centre", "zh": "综合指挥中心"}', NULL FROM territory
WHERE current_edition_id IS NOT NULL
"""


def upgrade() -> None:
    _desks()
    _officers()
    _organisations()
    op.create_table(
        "routing_rules",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_routing_rules_version")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_routing_rules_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "version", name=op.f("pk_routing_rules")),
    )
    op.execute(EXCLUSIONS)
    op.execute(DUTY)
    op.execute(KEPT)
    op.execute(DESKS)


def _desks() -> None:
    op.create_table(
        "desk",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(level IS NULL) = (code = '')", name=op.f("ck_desk_centre")),
        sa.ForeignKeyConstraint(["territory_code"], ["territory.code"], name=op.f("fk_desk_territory_code_territory")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
        sa.UniqueConstraint(
            "territory_code",
            "level",
            "code",
            name=op.f("uq_desk_territory_code_level_code"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("territory_code", "id", name=op.f("uq_desk_territory_code_id")),
    )


def _officers() -> None:
    op.create_table(
        "officer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_officer_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("territory_code", "number", name=op.f("uq_officer_territory_code_number")),
        sa.UniqueConstraint("territory_code", "id", name=op.f("uq_officer_territory_code_id")),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("role IN ('responsible', 'assistant')", name=op.f("ck_posting_role")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_posting_days")),
        sa.ForeignKeyConstraint(
            ["territory_code", "desk_id"],
            ["desk.territory_code", "desk.id"],
            name="fk_posting_desk",
        ),
        sa.ForeignKeyConstraint(
            ["territory_code", "officer_id"],
            ["officer.territory_code", "officer.id"],
            name="fk_posting_officer",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_officer_id", "posting", ["officer_id"])
    op.create_index("ix_posting_desk_id", "posting", ["desk_id"])
    op.create_table(
        "officer_leave",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("away_from", sa.Date(), nullable=False),
        sa.Column("back_on", sa.Date(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("back_on > away_from", name=op.f("ck_officer_leave_days")),
        sa.CheckConstraint("substitute_id <> officer_id", name=op.f("ck_officer_leave_substitute")),
        sa.ForeignKeyConstraint(
            ["territory_code", "officer_id"],
            ["officer.territory_code", "officer.id"],
            name="fk_officer_leave_officer",
        ),
        sa.ForeignKeyConstraint(
            ["territory_code", "substitute_id"],
            ["officer.territory_code", "officer.id"],
            name="fk_officer_leave_substitute",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_leave")),
    )
    op.create_index("ix_officer_leave_substitute_id", "officer_leave", ["substitute_id"])


def _organisations() -> None:
    op.create_table(
        "organisation_type",
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_organisation_type_territory_code_territory")
        ),
        sa.PrimaryKeyConstraint("territory_code", "code", name=op.f("pk_organisation_type")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("territory_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_organisation_parent")),
        sa.ForeignKeyConstraint(
            ["territory_code"], ["territory.code"], name=op.f("fk_organisation_territory_code_territory")
        ),
        sa.ForeignKeyConstraint(
            ["territory_code", "type"],
            ["organisation_type.territory_code", "organisation_type.code"],
            name="fk_organisation_type",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("territory_code", "code", name=op.f("uq_organisation_territory_code_code")),
        sa.UniqueConstraint("territory_code", "id", name=op.f("uq_organisation_territory_code_id")),
    )
    op.create_foreign_key(
        "fk_organisation_parent",
        "organisation",
        "organisation",
        ["territory_code", "parent_id"],
        ["territory_code", "id"],
    )
    op.create_table(
        "organisation_cell",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_cell_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "level", "code", name=op.f("pk_organisation_cell")),
    )
    op.create_index("ix_organisation_cell_level_code", "organisation_cell", ["level", "code"])
