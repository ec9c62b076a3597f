"""A month without a place for its reports is made when the first one comes, and nobody's import is in the way of it."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from wangge.api.app import create_app
from wangge.reports.intake import submitting
from wangge.store.engine import connect
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
GOOD = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}
KEYED = {"Idempotency-Key": "k1"}


class LateClock(datetime):
    """The program's clock is years ahead of the database's."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(1_900_000_000, tz or UTC)


@pytest.mark.parametrize("headers", [{}, KEYED])
def test_a_missing_month_is_made_on_demand_by_the_programs_clock(
    anonymous: TestClient, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(submitting, "datetime", LateClock)
    answer = anonymous.post(f"{HERE}/reports", json=GOOD, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["number"].startswith("203003-")


def test_a_long_import_of_a_grid_is_not_in_the_way_of_a_start_nor_of_intake(settings: Settings, database: str) -> None:
    """Whoever writes cells holds a lock that making a partition waits for."""
    with connect(database) as importing:
        importing.execute("UPDATE cell SET name = name WHERE id = (SELECT min(id) FROM cell)")
        begun = time.monotonic()
        with TestClient(create_app(settings)) as client:
            assert time.monotonic() - begun < 10
            assert client.get("/readyz").status_code == 200
            assert client.post(f"{HERE}/reports", json=GOOD).status_code == 201
        importing.rollback()
