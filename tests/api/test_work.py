"""Metrics of the work: what lies on which level, whether the clock keeps up, and who may read them."""

import time
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from tests.api.test_bad_requests import problem_of
from wangge.api import work
from wangge.api.app import create_app
from wangge.reports.clock.queries import SWEEP_LAG
from wangge.reports.listing.loads import Work, work_by_level
from wangge.store.engine import connect, connect_async
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
LATER = "UPDATE report SET overdue = true, alarm_at = now() - interval '10 minutes' WHERE category = 'lamp'"


def metrics(client: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


async def test_the_work_is_counted_by_level(client: TestClient, database: str) -> None:
    for category in ("wiring", "wiring", "lamp"):
        assert (
            client.post(f"{HERE}/reports", json={"lon": 116.87, "lat": 38.32, "category": category}).status_code == 201
        )
    with connect(database) as connection:
        connection.execute(LATER)
    async with await connect_async(database) as connection:
        (found,) = await work_by_level(connection)
        lag = (await (await connection.execute(SWEEP_LAG)).fetchone() or [0])[0]
    assert found[:5] == Work("xinhua", "grid", 3, 0, 1, 0)[:5]
    assert 0 < found.oldest_s < 600
    assert 600 <= lag < 660


def test_they_are_measured_again_and_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "WATCH_S", 0.05)
    client.post(f"{HERE}/reports", json={"lon": 116.87, "lat": 38.32, "category": "lamp"})
    with TestClient(client.app, client=("127.0.0.1", 1)) as other:  # begins to measure
        until = time.monotonic() + 30
        while metrics(other).get(("wangge_cases_open", ("grid", "xinhua"))) != 1:
            assert time.monotonic() < until
            time.sleep(0.05)
        told = metrics(other)
    assert abs(told["wangge_work_timestamp_seconds", ()] - datetime.now(UTC).timestamp()) < 60
    assert told["wangge_sweep_lag_seconds", ()] == 0
    assert told["wangge_pool_connections", ("free",)] + told["wangge_pool_connections", ("taken",)] >= 1
    assert ("wangge_pool_waiting", ()) in told
    assert ("wangge_pool_refused_total", ()) in told


@pytest.mark.parametrize(
    ("address", "allowed", "status"),
    [
        ("127.0.0.1", None, 200),
        ("::1", None, 200),
        ("10.0.0.7", None, 403),
        ("not-an-address", None, 403),
        ("10.0.0.7", "10.0.0.0/24", 200),
        ("127.0.0.1", "10.0.0.0/24", 403),
        ("2001:db8::1", "10.0.0.0/24 2001:db8::/64", 200),
    ],
)
def test_counts_of_open_cases_are_not_for_everybody(
    read_settings: Settings, address: str, allowed: str | None, status: int
) -> None:
    changed = {"metrics_from": allowed} if allowed else {}
    app = create_app(read_settings.model_copy(update=changed))
    with TestClient(app, client=(address, 1)) as client:
        answer = client.get("/metrics")
        assert answer.status_code == status
        if status == 403:
            assert "WANGGE_METRICS_FROM" in problem_of(answer, 403, "not-from-here")["detail"]
