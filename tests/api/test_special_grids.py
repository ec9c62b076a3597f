"""A special grid: carved out in a draft, published, answered for by its own officer, told and asked for everywhere."""

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from mapbox_vector_tile import decode
from shapely.geometry import mapping, shape
from typer.testing import CliRunner

from tests.conftest import LOCAL, clone
from tests.people import signed_in
from tests.tilesets.tile_math import address
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.demo.synthesis.territories import SPECIAL
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

XINHUA = "/api/v1/territories/xinhua"
DRAFT = "/ogc/xinhua/collections/draft-special"
PATCH = {"Content-Type": "application/merge-patch+json"}
SHIPPED = [purpose for purpose, _ in SPECIAL.values()]
GEOJSON = {"Content-Type": "application/geo+json"}


class Carved:
    """A client of a city in which the middle of a base grid is a market of its own."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client, self.url = client, url
        self.refused: list[Any] = []
        first = client.get(f"{DRAFT}/items?limit=1").json()["features"][0]
        self.around, self.code = first["properties"]["code"], first["properties"]["code"][:12] + "901"
        whole: Any = shape(first["geometry"])
        disc = shapely.maximum_inscribed_circle(whole)
        self.market = shapely.get_point(disc, 0).buffer(disc.length / 3, quad_segs=4)
        at = f"{DRAFT}/items/{first['id']}"
        rest = {"geometry": mapping(whole - self.market), "properties": {}}
        assert client.patch(at, json=rest, headers=PATCH).status_code == 204
        for purpose in ("bazaar", "special", 7, "\ud800"):
            sent = json.dumps({"properties": {"purpose": purpose}})  # a half of a pair only in an escape
            self.refused.append(client.patch(at, content=sent, headers=PATCH))
        told = {"code": self.code, "name": "小商品市场", "parent": first["properties"]["parent"], "purpose": "market"}
        drawn = {"type": "Feature", "geometry": mapping(self.market), "properties": told}
        made = client.post(f"{DRAFT}/items", json=drawn, headers=GEOJSON)
        assert made.status_code == 201, made.text
        self.drawn = client.get(made.headers["location"]).json()["properties"]
        point = self.market.representative_point()
        self.lon, self.lat = point.x, point.y

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def carved(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carved]:
    home = tmp_path_factory.mktemp("home")
    for url in clone(cluster, furnished):
        app = create_app(Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0))
        with TestClient(app, raise_server_exceptions=False, client=LOCAL) as client:
            signed_in(client, url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE), Grant(Role.PLANNER, "xinhua")])
            begun = client.post(f"{XINHUA}/drafts", json={"label": "special", "valid_from": "2026-02-01"})
            assert begun.status_code == 201, begun.text
            made = Carved(client, url)
            words = ["draft", "store", "xinhua", "special", "--repair", "--publish"]
            stored = CliRunner().invoke(build("draft"), words, env={"WANGGE_DATABASE_URL": url})
            assert stored.exit_code == 0, stored.output
            until = time.monotonic() + 20
            while made.get(f"{XINHUA}/locate?lon={made.lon}&lat={made.lat}")["edition"] != "special":
                assert time.monotonic() < until
            yield made


def test_a_draft_takes_a_purpose_that_there_is_and_no_other(carved: Carved) -> None:
    assert carved.drawn["purpose"] == "market"
    for answer in carved.refused:
        assert answer.status_code in {400, 422}, answer.text
    assert "market" in carved.refused[0].text


def test_a_place_in_it_lies_in_it_alone_and_every_answer_says_what_it_is_for(carved: Carved) -> None:
    found = carved.get(f"{XINHUA}/locate?lon={carved.lon}&lat={carved.lat}")
    assert (found["cell"]["code"], found["cell"]["purpose"]) == (carved.code, "market")
    assert [above["purpose"] for above in found["ancestors"]] == [None, None]
    assert carved.get(XINHUA)["special"] == ["campus", "construction", "market"]
    assert carved.get(f"{XINHUA}/cells/grid/{carved.code}")["properties"]["purpose"] == "market"
    assert carved.get(f"{XINHUA}/cells/grid/{carved.around}")["properties"]["purpose"] is None
    filed = carved.client.post(
        f"{XINHUA}/reports", json={"lon": carved.lon, "lat": carved.lat, "category": "other"}
    ).json()
    assert (filed["cell"]["code"], filed["cell"]["purpose"]) == (carved.code, "market")
    beside = carved.client.get(f"{XINHUA}/cells?kind=ordinary&geometry=false").json()["features"]
    assert len(beside) == 422 - len(SHIPPED)
    assert carved.code not in {one["properties"]["code"] for one in beside}


@pytest.mark.parametrize(("kind", "found"), [("special", 6), ("market", 3), ("park", 0)])
def test_cells_are_asked_for_by_kind_in_answers_files_and_collections(carved: Carved, kind: str, found: int) -> None:
    assert len(carved.get(f"{XINHUA}/cells?kind={kind}")["features"]) == found
    file = list(csv.DictReader(io.StringIO(carved.client.get(f"{XINHUA}/files/cells.csv?kind={kind}").text)))
    assert len(file) == found
    assert {row["purpose"] for row in file} <= ({kind} if kind != "special" else {*SHIPPED})
    if kind != "special":
        items = carved.get(f"/ogc/xinhua/collections/cells-grid/items?purpose={kind}")
        assert items["numberMatched"] == found
    assert carved.client.get(f"{XINHUA}/cells?kind=bazaar").status_code == 422


def test_cases_and_figures_are_asked_for_by_kind(carved: Carved) -> None:
    around = carved.get(f"{XINHUA}/cells/grid/{carved.around}")
    point = shape(around["geometry"]).representative_point()
    for lon, lat in ((carved.lon, carved.lat), (point.x, point.y), (point.x, point.y)):
        assert carved.client.post(f"{XINHUA}/reports", json={"lon": lon, "lat": lat, "category": "other"}).is_success

    def codes(kind: str) -> set[str]:
        return {one["cell"]["code"] for one in carved.get(f"{XINHUA}/reports?kind={kind}")["reports"]}

    assert codes("special") == codes("market") == {carved.code}
    assert carved.code not in codes("ordinary")
    assert codes("park") == set()
    assert codes("park&kind=ordinary") == codes("ordinary")

    def received(query: str = "") -> float:
        told = carved.get(f"{XINHUA}/indicators?indicator=received{query}")
        return float(told["total"]["figures"]["received"]["value"])

    assert received() == received("&kind=special") + received("&kind=ordinary")
    assert 0 < received("&kind=market") == received("&kind=special") < received()
    rows = csv.DictReader(io.StringIO(carved.client.get(f"{XINHUA}/files/reports.csv?kind=market").text))
    assert {row["purpose"] for row in rows} == {"market"}


def test_its_officer_is_posted_as_any_other(carved: Carved) -> None:
    posting = {"cell": carved.code, "role": "responsible", "valid_from": "2026-01-01"}
    officer = {"number": "SC-1", "name": "市场网格员", "postings": [posting]}
    made = carved.client.post(f"{XINHUA}/officers", json=officer)
    assert made.status_code == 201, made.text
    told = carved.get(f"{XINHUA}/cells/grid/{carved.code}/desk")
    assert [(one["number"], one["role"]) for one in told["officers"]] == [("SC-1", "responsible")]
    assert carved.get(f"{XINHUA}/cells/grid/{carved.around}/desk")["officers"] == []


def test_the_map_draws_it_apart(carved: Carved) -> None:
    style = carved.get("/tiles/xinhua/style.json")
    special = [layer["id"] for layer in style["layers"] if "special" in layer["id"]]
    assert special == ["cells-grid-special-fill", "cells-grid-special-line"]
    assert style["metadata"]["wangge:special"]
    plain = carved.get("/tiles/washington/style.json")
    assert not [layer for layer in plain["layers"] if "special" in layer["id"]]
    assert plain["metadata"]["wangge:special"] is None
    z, x, y = address(14, carved.lon, carved.lat)
    tile = carved.client.get(style["sources"]["cells"]["tiles"][0].format(z=z, x=x, y=y)).content
    told = {one["properties"]["code"]: one["properties"] for one in decode(tile)["grid"]["features"]}
    assert told[carved.code]["purpose"] == "market"
    assert "purpose" not in told[carved.around]
