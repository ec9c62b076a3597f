"""Whole collections as files over HTTP: every form opens with what the list and the figures say, and nothing more."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import signed_in, token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.routes.figures import files
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.files.writing import WRITABLE
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
CATEGORIES = ("lamp", "wiring", "lamp")


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str) -> Iterator[str]:
    yield from clone(cluster, furnished)


@pytest.fixture(scope="module")
def city(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the command centre, where three reports are filed."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0, files_rate="4/minute")
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
        signed_in(client, url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])
        with connect(url) as connection:
            leaves = load_grid(connection, "xinhua").leaves
        for leaf, category in zip(leaves[100:], CATEGORIES, strict=False):
            point = leaf.geometry.representative_point()  # type: ignore[union-attr]
            filed = client.post(f"{HERE}/reports", json={"lon": point.x, "lat": point.y, "category": category})
            assert filed.status_code == 201, filed.text
        yield client


def fetched(client: TestClient, name: str, **query: Any) -> bytes:
    answer = client.get(f"{HERE}/files/{name}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith('attachment; filename="xinhua-')
    return answer.content


def frame(content: bytes, name: str, folder: Path) -> geopandas.GeoDataFrame:
    path = folder / name
    path.write_bytes(content)
    if path.suffix == ".parquet":
        return geopandas.read_parquet(path)
    return geopandas.read_file(path)


@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "gpkg", "fgb", "parquet"])
def test_cells_open_with_their_figures(city: TestClient, form: str, tmp_path: Path) -> None:
    found = frame(fetched(city, f"figures.{form}"), f"a.{form}", tmp_path).set_index("code")
    assert len(found) == 422
    asked = {"by": "cell", "level": "grid", "indicator": "received"}
    counted = city.get(f"{HERE}/indicators", params=asked).json()
    figures = {row["cell"]["code"]: row["figures"]["received"]["value"] for row in counted["rows"]}
    assert {code: found.loc[code, "received"] for code in figures} == figures
    assert found["received"].sum() == len(CATEGORIES)
    assert found.geometry.is_valid.all()


def test_reports_are_those_of_the_list_with_the_same_filters(city: TestClient, tmp_path: Path) -> None:
    listed = {one["number"] for one in city.get(f"{HERE}/reports", params={"category": "lamp"}).json()["reports"]}
    for form in ("geojson", "gpkg"):
        found = frame(fetched(city, f"reports.{form}", category="lamp"), f"r.{form}", tmp_path)
        assert set(found["number"]) == listed
    table = pa.ipc.open_file(fetched(city, "reports.arrow", category="lamp")).read_all()
    assert set(table["number"].to_pylist()) == listed
    lines = fetched(city, "reports.csv", category="lamp").decode().splitlines()
    assert len(lines) == 1 + len(listed)
    document = json.loads(fetched(city, "reports.geojson", category="lamp", q="wire"))
    assert (document["filter"], document["territory"], document["datum"]) == ("category=lamp", "xinhua", "wgs84")


def test_every_form_that_is_written_is_given_out() -> None:
    assert tuple(files.MEDIA) == WRITABLE


def test_a_workbook_holds_the_rows_and_what_they_are(city: TestClient) -> None:
    with zipfile.ZipFile(io.BytesIO(fetched(city, "reports.xlsx", open="true"))) as book:
        sheet, about = (book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2))
    assert sheet.count("<row ") == 1 + len(CATEGORIES)
    assert "open=true" in about


def test_shapes_are_in_the_datum_that_is_asked_for(city: TestClient) -> None:
    plain, shifted = (
        pq.read_table(io.BytesIO(fetched(city, "reports.parquet", datum=datum))) for datum in ("wgs84", "gcj02")
    )
    before, after = (shapely.get_coordinates(shapely.from_wkb(t["geometry"].to_pylist())) for t in (plain, shifted))
    lon, lat = from_wgs84(before[:, 0], before[:, 1], Datum.GCJ02)
    assert np.allclose(after, np.column_stack([lon, lat]), rtol=0, atol=1e-12)
    assert abs(after - before).min() > 1e-4


def test_what_is_no_file_is_told_so(city: TestClient) -> None:
    for name, query, status in [
        ("cells.shp", {}, 422),
        ("cells.gpkg", {"level": "region"}, 404),
        ("reports.csv", {"categroy": "lamp"}, 400),
        ("reports.csv", {"category": "kites"}, 422),
        ("figures.csv", {"indicator": "luck"}, 404),
    ]:
        assert city.get(f"{HERE}/files/{name}", params=query).status_code == status, name


def test_desks_take_out_their_own_reports_alone_and_officers_none(city: TestClient, url: str) -> None:
    (report,) = city.get(f"{HERE}/reports", params={"category": "wiring"}).json()["reports"]
    community = report["ancestors"][-1]["code"]
    token = token_for(url, [Grant(Role.COMMUNITY_DESK, "xinhua", "community", community)])
    own = city.get(f"{HERE}/files/reports.geojson", headers={"Authorization": f"Bearer {token}"})
    numbers = {one["properties"]["number"] for one in own.json()["features"]}
    assert report["number"] in numbers
    everything = city.get(f"{HERE}/reports").json()["reports"]
    assert numbers == {one["number"] for one in everything if one["ancestors"][-1]["code"] == community}
    officer = token_for(url, [Grant(Role.OFFICER, "xinhua", "grid", report["cell"]["code"])])
    assert city.get(f"{HERE}/files/reports.csv", headers={"Authorization": f"Bearer {officer}"}).status_code == 403


@pytest.mark.parametrize("name", ["cells.csv", "figures.csv", "reports.csv"])
def test_whoever_waits_for_a_file_holds_no_connection(
    city: TestClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, write = city.app_state["pool"], files._written
    free: list[str] = []

    def watched(*args: Any) -> Any:
        until = time.monotonic() + 3
        while not free and time.monotonic() < until:  # others take one for a moment
            stats = pool.get_stats()
            if stats["pool_available"] == stats["pool_size"]:
                free.append(name)
            time.sleep(0.01)
        return write(*args)

    monkeypatch.setattr(files, "_written", watched)
    assert fetched(city, name)
    assert free == [name]


def test_who_is_not_known_makes_few_and_nobody_makes_too_many(
    city: TestClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {name: value for name, value in city.headers.items() if name.lower() != "authorization"}
    with TestClient(city.app, raise_server_exceptions=False, client=LOCAL, headers=headers) as stranger:
        answers = [stranger.get(f"{HERE}/files/cells.csv", params={"level": "street"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    monkeypatch.setattr(files, "_waiting", files.MOST_WAITING)
    busy = city.get(f"{HERE}/files/cells.csv")
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "10")
