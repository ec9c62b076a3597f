"""A database from before the case is carried over whole."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from tests.conftest import clone
from wangge.store import migrate
from wangge.store.postgres.cluster import Cluster

BEFORE = """
SELECT ensure_report_month('2026-01-01'), ensure_report_month('2026-02-01');
INSERT INTO territory (code, name, timezone) VALUES ('town', '{"en": "Town"}', 'UTC');
INSERT INTO category (territory_code, code, name) VALUES ('town', 'lamp', '{"en": "Lamp"}');
INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels)
VALUES ('town', '1', '2026-01-01', '', '', true, '', '[{"key": "grid", "name": {}}]');
INSERT INTO cell (edition_id, level, code, name, path, area_m2, geom, label)
VALUES (1, 0, 'A', 'A', '{A}', 1, ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)), ST_SetSRID(ST_MakePoint(0, 0), 4326));
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT at, 'town', 1, 1, 'assigned', 'lamp', at, 'api', false, false, 0, 0, 'wgs84',
       ST_SetSRID(ST_MakePoint(0, 0), 4326)
FROM unnest(ARRAY['2026-01-10', '2026-02-10']::timestamptz[]) AS at;
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor)
SELECT id, received_at, 'town', passed, received_at, 'wangge'
FROM report, unnest(ARRAY['received', 'assigned']) AS passed;
"""


def upgrade_to(url: str, revision: str) -> None:
    engine = migrate._engine(url)
    with engine.connect() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    engine.dispose()


@pytest.fixture(scope="module")
def once_carried_over(cluster: Cluster) -> Iterator[str]:
    """Name of a database with two reports of two months, upgraded from before there were cases."""
    for url in clone(cluster, "template1"):
        upgrade_to(url, "0002")
        with psycopg.connect(url) as connection:
            connection.execute(BEFORE)
        migrate.upgrade(url)
        yield str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def carried_over(cluster: Cluster, once_carried_over: str) -> Iterator[str]:
    """URL of a copy of it."""
    yield from clone(cluster, once_carried_over)


def test_events_from_before_are_named_by_their_moves(carried_over: str) -> None:
    with psycopg.connect(carried_over) as connection:
        events = connection.execute("SELECT move, state, facts, account_id FROM report_event ORDER BY id").fetchall()
        assert sorted(events) == sorted([("receive", "received", {}, None), ("assign", "assigned", {}, None)] * 2)
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("UPDATE report_event SET move = 'note'")


def test_reports_from_before_are_cases_without_a_clock(carried_over: str) -> None:
    with psycopg.connect(carried_over) as connection:
        rows = connection.execute(
            "SELECT version, urgency, desk_id, step, due_at, alarm_at, overdue, parked_at FROM report"
        ).fetchall()
        assert rows == [(1, "normal", None, None, None, None, False, None)] * 2


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("state = 'nowhere'", "state"),
        ("state = 'parked'", "parked"),
        ("state = 'closed'", "closed"),
        ("closed_at = now()", "closed"),
        ("state = 'merged'", "merged"),
        ("due_at = now()", "due"),
        ("state = 'refused', alarm_at = now()", "alarm"),
        ("parent_id = 1", "parent"),
        ("urgency = 'very'", "urgency"),
        ("step = 'sleep'", "step"),
    ],
)
@pytest.mark.parametrize("part", ["report", "report_202601"])
def test_a_case_that_contradicts_itself_is_not_stored(carried_over: str, change: str, rule: str, part: str) -> None:
    with psycopg.connect(carried_over) as connection:
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            connection.execute(f"UPDATE {part} SET {change}")
        assert caught.value.diag.constraint_name == f"ck_report_{rule}"
