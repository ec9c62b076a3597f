"""POST …/counts: what is asked wrongly is refused by its field; a running server answers from columns by itself."""

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.routes.figures import counts
from wangge.patterns.counts import by_database
from wangge.store.engine import connect
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


def test_a_category_that_is_misspelt_is_refused_and_counts_not_nothing(reader: TestClient) -> None:
    comparison = {"before": {"categories": ["lamp"]}, "after": {"categories": ["lmap"]}, "against": "total"}
    for answer in (
        reader.post(COUNTS, json={"categories": ["lamp", "lmap"]}),
        reader.post(f"{HERE}/comparison", json=comparison),
        reader.get(f"{HERE}/cell-statistics", params={"category": "lmap"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-category"), answer.text
        assert "lmap" in answer.json()["detail"]


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


MANY = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom)
SELECT now(), 'xinhua', c.edition_id, c.id, 'received', 'lamp', now(), 'test', false, false, lon, lat,
       'wgs84', ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM cell AS c, generate_series(0, 4000) AS n,
     LATERAL (SELECT 116.85 + n %% 400 * 0.0004, 38.25 + n / 400 * 0.0004) AS p (lon, lat)
WHERE c.code = %(cell)s
"""


@pytest.mark.parametrize("columns_s", [0.0, 0.2])
def test_more_squares_than_can_be_listed_are_refused(
    settings: Settings, database: str, columns_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4,001 reports, each in a square of its own, counted by the database and by columns; 100,001 would take long."""
    monkeypatch.setattr(counts, "MOST_BINS", 4000)
    monkeypatch.setattr(by_database, "MOST_BINS", 4000)
    with connect(database) as connection:
        connection.execute(MANY, {"cell": "130902001001001"})
    app = create_app(settings.model_copy(update={"columns_s": columns_s}))
    with TestClient(app, client=LOCAL) as running:
        client = signed_in(running, database, [Grant(Role.CENTRE)])
        until, source = time.monotonic() + 60, "columns" if columns_s else "database"
        while client.post(COUNTS, json={}).json()["source"] != source:
            assert time.monotonic() < until
            time.sleep(0.05)
        fine: dict[str, Any] = {"by": ["bin"], "zoom": 20}
        refused = client.post(COUNTS, json=fine)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "zoom"
        assert "4000" in refused.text
        near = {
            "type": "Polygon",
            "coordinates": [[[116.85, 38.25], [116.86, 38.25], [116.86, 38.26], [116.85, 38.25]]],
        }
        for smaller in (fine | {"zoom": 14}, fine | {"area": near}, fine | {"by": ["day"]}):
            answer = client.post(COUNTS, json=smaller)
            assert answer.status_code == 200, answer.text
            assert answer.json()["total"] > 100
            assert answer.json()["source"] == source


def test_columns_that_nobody_keeps_any_more_are_not_believed(client: TestClient, settings: Settings) -> None:
    ask = {"by": ["day"]}
    deadline = time.monotonic() + 30
    while client.post(COUNTS, json=ask).json()["source"] != "columns":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    without = settings.model_copy(update={"columns_s": 0})
    with TestClient(create_app(without), client=LOCAL) as server:
        assert settings.database_url
        signed_in(server, settings.database_url, [Grant(Role.CENTRE)])
        report = {"lon": 116.88, "lat": 38.31, "category": "lamp"}
        assert server.post(f"{HERE}/reports", json=report).status_code == 201
        told = server.post(COUNTS, json=ask).json()
        assert (told["source"], told["why"], told["total"]) == ("database", "missing", 1)
