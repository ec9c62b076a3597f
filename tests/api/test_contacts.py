"""Contacts: every reading is on record, and they are erased in time, once, with proof of what was erased."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from wangge.access.roles import Role
from wangge.reports.intake.contacts import erase_contacts
from wangge.store.engine import connect

HERE = "/api/v1/territories/xinhua"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
PUT = """
WITH place AS (
    SELECT current_edition_id AS edition,
           (SELECT min(c.id) FROM cell c WHERE c.edition_id = t.current_edition_id AND c.level = 2) AS cell
    FROM territory t WHERE code = 'xinhua'
), filed AS (
    INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                        ambiguous, raw_lon, raw_lat, datum, geom, closed_at)
    SELECT %(received)s, 'xinhua', edition, cell, %(state)s, 'wiring', now(), 'test', false, false, 0, 0, 'wgs84',
           ST_SetSRID(ST_Point(116.9, 38.3), 4326), %(closed)s
    FROM place, generate_series(1, %(n)s) RETURNING id, received_at)
INSERT INTO report_contact (report_id, report_received_at, phone) SELECT id, received_at, '0317-5550100' FROM filed
RETURNING report_id
"""


def put(database: str, n: int, received: datetime, closed: datetime | None = None) -> list[int]:
    with connect(database) as connection:
        connection.execute("SELECT ensure_report_month(%s)", (received.date(),))
        values = {"n": n, "received": received, "closed": closed, "state": "closed" if closed else "assigned"}
        return [row[0] for row in connection.execute(PUT, values)]


def erase(database: str, now: datetime = NOW) -> int:
    async def run() -> int:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            return await erase_contacts(connection, now, timedelta(days=180), timedelta(days=730), "tests")

    return asyncio.run(run())


def left(database: str) -> set[int]:
    with connect(database) as connection:
        return {row[0] for row in connection.execute("SELECT report_id FROM report_contact")}


def test_each_reading_is_on_record_for_auditors(client_as: Callable[..., TestClient]) -> None:
    centre, auditor = client_as(Role.CENTRE), client_as(Role.AUDITOR)
    body = {"lon": 116.8712, "lat": 38.3164, "category": "lamp", "contact": {"name": "王五", "phone": "0317-5550100"}}
    number = centre.post(f"{HERE}/reports", json=body).json()["number"]
    contact = f"{HERE}/reports/{number}/contact"
    assert centre.get(contact).status_code == 422  # why is not said
    answer = centre.get(contact, params={"reason": "回访"})
    assert answer.json() == {"number": number, "name": "王五", "phone": "0317-5550100", "email": None}
    assert answer.headers["cache-control"] == "no-store"
    assert auditor.get(contact, params={"reason": "curious"}).status_code == 403
    silent = centre.post(f"{HERE}/reports", json=body | {"contact": None}).json()["number"]
    refused = centre.get(f"{HERE}/reports/{silent}/contact", params={"reason": "回访"})
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/no-contact")
    for reason in ("second", "third"):
        assert centre.get(contact, params={"reason": reason}).status_code == 200

    page = auditor.get(f"{HERE}/audit/contact-reads", params={"limit": 2}).json()
    assert [read["reason"] for read in page["reads"]] == ["third", "second"]
    rest = auditor.get(page["links"][0]["href"]).json()
    assert [(read["number"], read["reason"]) for read in rest["reads"]] == [(number, "回访")]
    assert rest["reads"][0]["reader"].startswith("tester")
    assert rest["links"] == []
    assert "5550100" not in str(page) + str(rest)


def test_the_log_and_the_proof_cannot_be_changed(database: str) -> None:
    put(database, 1, NOW - timedelta(days=800))
    assert erase(database) == 1
    for statement in ("DELETE FROM contact_erasure", "UPDATE contact_erasure SET count = 0", "TRUNCATE contact_read"):
        with connect(database) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(statement)


def test_contacts_go_when_their_time_is_over_and_what_went_is_proven(
    database: str, client_as: Callable[..., TestClient]
) -> None:
    long_ago = NOW - timedelta(days=400)
    gone = put(database, 3, long_ago, closed=NOW - timedelta(days=181)) + put(database, 2, NOW - timedelta(days=731))
    kept = (
        put(database, 1, long_ago, closed=NOW - timedelta(days=179))
        + put(database, 1, NOW - timedelta(days=729))
        + put(database, 1, NOW)
    )
    assert erase(database) == 5
    assert left(database) == set(kept)
    assert erase(database) == 0
    (record,) = client_as(Role.AUDITOR).get(f"{HERE}/audit/contact-erasures").json()["erasures"]
    assert record["count"] == len(gone)
    assert sorted(record["report_ids"]) == sorted(gone)
    assert record["actor"] == "tests"
    assert datetime.fromisoformat(record["closed_before"]) == NOW - timedelta(days=180)
    assert datetime.fromisoformat(record["first_received_at"]) == NOW - timedelta(days=731)
    assert "5550100" not in str(record)


def test_two_that_erase_at_once_erase_each_contact_once(database: str) -> None:
    gone = put(database, 12_000, NOW - timedelta(days=800))
    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(lambda _: erase(database), range(3)))
    assert sum(counts) == len(gone)
    assert left(database) == set()
    with connect(database) as connection:
        rows: list[Any] = connection.execute("SELECT report_ids, count FROM contact_erasure").fetchall()
    recorded = [report for ids, _ in rows for report in ids]
    assert sorted(recorded) == sorted(gone)
    assert sum(count for _, count in rows) == len(gone)
