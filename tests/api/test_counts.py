"""POST …/counts: what is asked wrongly is refused by its field; a running server answers from columns by itself."""

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
COUNTS = f"{HERE}/counts"
SQUARE = {"type": "Polygon", "coordinates": [[[116.8, 38.2], [117, 38.2], [117, 38.4], [116.8, 38.4], [116.8, 38.2]]]}
BOW = {"type": "Polygon", "coordinates": [[[116, 38], [117, 39], [117, 38], [116, 39], [116, 38]]]}
BEYOND = {"type": "Polygon", "coordinates": [[[0, 0], [200, 0], [200, 5], [0, 0]]]}


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Those of a server that keeps columns."""
    return Settings(database_url=database, home=tmp_path / "home")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"by": ["place"]}, "by"),
        ({"states": ["lost"]}, "states"),
        ({"weekdays": [0]}, "weekdays"),
        ({"hours": [24]}, "hours"),
        ({"zoom": 21}, "zoom"),
        ({"from": "yesterday"}, "from"),
        ({"from": 20260101}, "from"),
        ({"from": "2026-02-01", "to": "2026-01-31"}, "to"),
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, "area"),
        ({"area": BOW}, "area"),
        ({"area": BEYOND}, "area"),
        ({"area": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}, "area"),
        ({"area": {"type": "Polygon", "coordinates": [[[float(10**20), 1], [1, 1], [1, 2]]]}}, "area"),
        ({"area": {"type": "Polygon", "coordinates": []}}, "area"),
        ({"area": {"type": "Polygon"}}, "area"),
        ({"area": {}}, "area"),
        ({"area": {"type": "GeometryCollection", "geometries": []}}, "area"),
        ({"category": ["lamp"]}, "category"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(reader: TestClient, body: dict[str, Any], field: str) -> None:
    answer = reader.post(COUNTS, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.text


def test_unknown_cells_and_levels_are_told(reader: TestClient) -> None:
    assert reader.post(COUNTS, json={"cells": [{"level": "street", "code": "999"}]}).status_code == 404
    assert reader.post(COUNTS, json={"level": "village"}).status_code == 404


def test_nothing_is_counted_by_everything(reader: TestClient) -> None:
    by = ["cell", "day", "week", "month", "category", "state", "hour", "bin"]
    answer = reader.post(COUNTS, json={"by": by, "area": SQUARE, "level": "street", "categories": []}).json()
    assert answer["total"] == 0
    assert answer["cell"] == {"level": "street", "reports": {}}
    assert answer["hour"] == [[0] * 24] * 7
    assert answer["bin"]["x"] == []


def test_a_server_keeps_columns_and_answers_from_them(client: TestClient) -> None:
    """Missing at first, then built, then followed: each new report is there within seconds, in every measure."""
    body = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}
    question = {
        "by": ["cell", "month", "category", "state", "hour", "bin"],
        "area": SQUARE,
        "zoom": 14,
        "level": "street",
    }
    for filed in (1, 2):
        assert client.post(f"{HERE}/reports", json=body).status_code == 201
        until = time.monotonic() + 60
        answer: dict[str, Any] = {}
        while answer.get("source") != "columns" or answer["total"] < filed:
            assert time.monotonic() < until, answer
            answer = client.post(COUNTS, json=question).json()
            assert answer["total"] <= filed
            time.sleep(0.05)
        assert (answer["why"], answer["category"], answer["state"]) == (None, {"lamp": filed}, {"assigned": filed})
        assert list(answer["cell"]["reports"].values()) == [filed]
        assert sum(map(sum, answer["hour"])) == filed
        territory = client.get(HERE).json()
        assert territory["reports"] == filed
        assert territory["newest"] is not None
        assert answer["bin"]["reports"] == [filed]
        assert (answer["bin"]["x"], answer["bin"]["zoom"]) == ([int((116.8712 + 180) / 360 * 2**14)], 14)
