"""What reports are searched by: the pairs of letters of their words, and the digits of their numbers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CHECKS = "0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790"
"""Damm's table of ten by ten, row by row."""

# A pair of letters is one number, so that words of two letters are found, as most Chinese ones are; four digits of a
# case number are a negative one. What shares a number with another pair is told apart where the words are read again.
FUNCTIONS = f"""
CREATE FUNCTION words_folded(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN lower(normalize(words, NFKC));

CREATE FUNCTION words_grams(words text) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT ((ascii(g.a) & 32767) << 16) | (ascii(g.b) & 65535)), '{{}}')
    FROM (SELECT string_to_array(words_folded(words), NULL) AS letters) AS f
    CROSS JOIN LATERAL unnest(f.letters, f.letters[2:]) AS g (a, b)
    WHERE g.b IS NOT NULL AND g.a > ' ' AND g.b > ' '
$$;

-- A case number without its hyphens: year and month, the running number, the check digit (Damm).
CREATE FUNCTION case_digits(received_at timestamptz, id bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    checks CONSTANT text := '{CHECKS}';
    running text := lpad(id::text, greatest(6, length(id::text)), '0');
    digits text := to_char(received_at AT TIME ZONE 'UTC', 'YYYYMM') || running;
    reached integer := 0;
BEGIN
    FOR place IN 1..length(digits) LOOP
        reached := substr(checks, reached * 10 + substr(digits, place, 1)::integer + 1, 1);
    END LOOP;
    RETURN digits || reached;
END $$;

CREATE FUNCTION digits_grams(digits text) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT -1 - substr(digits, place, 4)::integer), '{{}}')
    FROM generate_series(1, length(digits) - 3) AS g (place)
$$;

-- Written once for every way in which reports come in; what a report says does not change afterwards.
CREATE FUNCTION report_words_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO report_words (report_id, received_at, grams)
    SELECT id, received_at, words_grams(description) || digits_grams(case_digits(received_at, id)) FROM filed;
    RETURN NULL;
END $$;

-- A telephone number as it is compared: its digits, without the code of the country.
CREATE FUNCTION phone_digits(phone text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(00)?86(?=1[0-9]{{10}}$|0?[1-9][0-9]{{8,10}}$)', '');
"""  # noqa: S608 - of Damm's table

MONTHS = """
CREATE OR REPLACE FUNCTION ensure_report_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    suffix text := to_char(month, 'YYYYMM');
    parent text;
    part text;
BEGIN
    IF to_regclass('report_words_' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_report_month'));
    FOREACH parent IN ARRAY
        ARRAY['report', 'report_event', 'report_assignment', 'report_facts', 'report_facts_past', 'report_words']
    LOOP
        part := parent || '_' || suffix;
        -- Not to_regclass again: its cached "no" outlives the wait for the one who held the lock.
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)%s', part, parent,
                       CASE parent WHEN 'report_facts' THEN ' WITH (fillfactor = 70)' ELSE '' END);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, first,
                       next);
    END LOOP;
END $$;
SELECT ensure_report_month(to_date(right(c.relname, 6), 'YYYYMM'))
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'report'::regclass;
"""

STORED = """
INSERT INTO report_words (report_id, received_at, grams)
SELECT id, received_at, words_grams(description) || digits_grams(case_digits(received_at, id)) FROM report;
CREATE TRIGGER words AFTER INSERT ON report REFERENCING NEW TABLE AS filed
    FOR EACH STATEMENT EXECUTE FUNCTION report_words_follow();
"""


def upgrade() -> None:
    op.create_table(
        "report_words",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Integer()), nullable=False),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.execute(FUNCTIONS)
    op.execute(MONTHS)
    op.execute(STORED)
    op.create_index("ix_report_words_grams", "report_words", ["grams"], postgresql_using="gin")
    op.create_index("ix_report_contact_phone", "report_contact", [sa.text("phone_digits(phone)")])
