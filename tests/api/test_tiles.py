"""Tiles over HTTP: announced, cached, refused in words, and followed by a style that fits them."""

from typing import Any
from urllib.parse import urlsplit

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient

from wangge.api.app import create_app
from wangge.store.engine import connect
from wangge.store.settings import Settings

CENTRE = (116.9, 38.3)
AT_11 = (11, 1689, 787)
"""The tile of zoom 11 that holds the centre of Xinhua."""


def template(client: TestClient, document: str) -> str:
    """Path and query of the address template that a TileJSON document announces."""
    url = urlsplit(client.get(f"/tiles/{document}").json()["tiles"][0])
    return f"{url.path}?{url.query}" if url.query else url.path


def at(url: str, z: int, x: int, y: int) -> str:
    return url.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))


def file_report(client: TestClient, **changed: Any) -> None:
    body = {"lon": CENTRE[0], "lat": CENTRE[1], "category": "wiring"} | changed
    answer = client.post("/api/v1/territories/xinhua/reports", json=body)
    assert answer.status_code == 201, answer.text


def counted(client: TestClient, url: str) -> int:
    answer = client.get(url)
    if answer.status_code == 204:
        return 0
    assert answer.status_code == 200, answer.text
    features = mapbox_vector_tile.decode(answer.content)["heat"]["features"]
    return sum(feature["properties"]["count"] for feature in features)


@pytest.mark.parametrize("name", ["cells", "heat"])
def test_tilejson_has_what_version_3_requires(reader: TestClient, name: str) -> None:
    answer = reader.get(f"/tiles/xinhua/{name}.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["tilejson"] == "3.0.0"
    assert document["scheme"] == "xyz"
    assert all(url.startswith("http://testserver/tiles/xinhua/") for url in document["tiles"])
    assert all(part in document["tiles"][0] for part in ("{z}", "{x}", "{y}"))
    assert document["vector_layers"]
    for layer in document["vector_layers"]:
        assert isinstance(layer["id"], str)
        assert layer["fields"]
        assert all(isinstance(said, str) for said in layer["fields"].values())
        assert document["minzoom"] <= layer["minzoom"] <= layer["maxzoom"] <= document["maxzoom"]
    west, south, east, north = document["bounds"]
    assert west < CENTRE[0] < east
    assert south < CENTRE[1] < north
    assert "Synthetic data / 合成数据" in document["attribution"]
    assert "MIT" in document["attribution"]


def test_tilejson_names_the_levels_and_says_synthetic_only_where_it_is(reader: TestClient) -> None:
    document = reader.get("/tiles/washington/cells.json").json()
    assert [layer["id"] for layer in document["vector_layers"]] == ["anc", "smd", "labels"]
    assert "ynthetic" not in document["attribution"]
    assert "CC BY 4.0" in document["attribution"]


def test_an_announced_cell_tile_is_there_and_may_be_kept_for_ever(reader: TestClient) -> None:
    answer = reader.get(at(template(reader, "xinhua/cells.json"), *AT_11))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["etag"].startswith('"')
    layers = mapbox_vector_tile.decode(answer.content)
    assert {"street", "community", "grid", "labels"} == set(layers)


def test_a_tile_that_the_reader_holds_is_not_drawn_again(client: TestClient, settings: Settings) -> None:
    file_report(client)
    urls = [at(template(client, f"xinhua/{name}.json"), *AT_11) for name in ("cells", "heat")]
    etags = [client.get(url).headers["etag"] for url in urls]
    with connect(str(settings.database_url)) as connection:
        for name in ("cells", "heat"):
            connection.execute(f"DROP FUNCTION wangge_{name}(integer, integer, integer, json)")
    for url, etag in zip(urls, etags, strict=True):
        for held in (etag, f'"another", W/{etag}'):
            answer = client.get(url, headers={"If-None-Match": held})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        assert client.get(url, headers={"If-None-Match": "*"}).status_code == 304
        assert client.get(url, headers={"If-None-Match": '"another"'}).status_code == 500


def test_a_new_report_makes_the_heat_new(client: TestClient) -> None:
    url = at(template(client, "xinhua/heat.json"), *AT_11)
    empty = client.get(url)
    assert (empty.status_code, empty.content) == (204, b"")
    assert empty.headers["cache-control"] == "private, no-cache"
    file_report(client)
    answer = client.get(url, headers={"If-None-Match": empty.headers["etag"]})
    assert answer.status_code == 200
    assert counted(client, url) == 1
    held = {"If-None-Match": answer.headers["etag"]}
    assert client.get(url, headers=held).status_code == 304
    file_report(client)
    assert client.get(url, headers=held).status_code == 200
    assert counted(client, url) == 2


def test_heat_filters_travel_from_tilejson_to_the_tiles(client: TestClient) -> None:
    file_report(client)
    file_report(client, category="parking")
    document = client.get("/tiles/xinhua/heat.json", params={"category": "parking", "from": "2020-01-01"}).json()
    url = urlsplit(document["tiles"][0])
    assert counted(client, at(f"{url.path}?{url.query}", *AT_11)) == 1
    bare = at("/tiles/xinhua/heat/{z}/{x}/{y}.mvt", *AT_11)
    assert counted(client, bare) == 2
    assert counted(client, f"{bare}?to=2020-01-01") == 0
    assert counted(client, f"{bare}?min_count=3") == 0
    etags = {client.get(url).headers["etag"] for url in (bare, f"{bare}?category=parking", f"{bare}?category=wiring")}
    assert len(etags) == 3


@pytest.mark.parametrize(
    ("path", "status", "kind", "en", "zh"),
    [
        ("/tiles/atlantis/cells.json", 404, "unknown-territory", "No such territory", "没有"),
        ("/tiles/atlantis/style.json", 404, "unknown-territory", "No such territory", "没有"),
        ("/tiles/atlantis/heat/11/1689/787.mvt", 404, "unknown-territory", "No such territory", "没有"),
        ("/tiles/atlantis/cells/1/11/1689/787.mvt", 404, "unknown-territory", "No such territory", "没有"),
        ("/tiles/xinhua/cells/99999999999/11/1689/787.mvt", 404, "unknown-edition", "No such edition", "版本"),
        ("/tiles/xinhua/heat/15/0/0.mvt", 404, "unknown-tile", "No such tile", "没有这个瓦片"),
        ("/tiles/xinhua/cells/1/3/8/0.mvt", 404, "unknown-tile", "No such tile", "没有这个瓦片"),
        ("/tiles/xinhua/cells/1/99999999/0/0.mvt", 404, "unknown-tile", "No such tile", "没有这个瓦片"),
        ("/tiles/xinhua/heat/11/1689/787.mvt?from=garbage", 422, "bad-field", "Expected a time", "应为时间"),
        ("/tiles/xinhua/heat/11/1689/787.mvt?min_count=0", 422, "bad-field", "Expected at least 1", "应不小于 1"),
        ("/tiles/xinhua/heat/11/1689/787.mvt?category=%00", 422, "bad-field", "Expected one line", "应为一行文字"),
        ("/tiles/xinhua/heat/eleven/1689/787.mvt", 422, "bad-field", "Expected a whole number", "应为整数"),
        ("/tiles/xinhua/style.json?theme=pink", 422, "bad-field", "Expected one of", "应为以下之一"),
    ],
)
def test_what_is_not_there_is_refused_in_words(
    reader: TestClient, path: str, status: int, kind: str, en: str, zh: str
) -> None:
    for language, said in (("en", en), ("zh-CN", zh)):
        answer = reader.get(path, headers={"Accept-Language": language})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"/problems/{kind}"
        assert said in answer.text


def test_an_edition_that_is_not_published_or_of_another_territory_is_not_drawn(
    client: TestClient, settings: Settings
) -> None:
    mine, other = (int(template(client, f"{code}/cells.json").split("/")[4]) for code in ("xinhua", "washington"))
    assert client.get(f"/tiles/xinhua/cells/{other}/0/0/0.mvt").status_code == 404
    assert client.get(f"/tiles/xinhua/cells/{mine}/0/0/0.mvt").status_code == 200
    with connect(str(settings.database_url)) as connection:
        connection.execute("UPDATE edition SET published_at = NULL WHERE id = %s", [mine])
    assert client.get(f"/tiles/xinhua/cells/{mine}/0/0/0.mvt").status_code == 404


def test_addresses_are_those_that_the_reader_sees_through_a_trusted_proxy(settings: Settings) -> None:
    said = {"X-Forwarded-Host": "grid.example.org:8443", "X-Forwarded-Proto": "https"}

    def first_tile(client: TestClient, headers: dict[str, str]) -> str:
        return str(client.get("/maps/tiles/xinhua/cells.json", headers=headers).json()["tiles"][0])

    with TestClient(create_app(settings), root_path="/maps", client=("127.0.0.1", 40000)) as client:
        assert first_tile(client, said).startswith("https://grid.example.org:8443/maps/tiles/xinhua/cells/")
        assert first_tile(client, {"X-Forwarded-Host": "a/../<script>"}).startswith("http://testserver/maps/tiles/")
    with TestClient(create_app(settings), root_path="/maps", client=("203.0.113.9", 40000)) as anybody:
        assert first_tile(anybody, said).startswith("http://testserver/maps/tiles/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_style_draws_every_level_from_the_tiles_that_are_announced(client: TestClient, theme: str) -> None:
    file_report(client)
    style = client.get("/tiles/xinhua/style.json", params={"theme": theme}).json()
    assert style["version"] == 8
    assert not {"glyphs", "sprite"} & set(style)
    ids = [layer["id"] for layer in style["layers"]]
    for kind in ("fill", "line", "label"):
        assert {f"cells-{level}-{kind}" for level in ("street", "community", "grid")} <= set(ids)
    paint = {layer["id"]: layer["paint"] for layer in style["layers"]}
    for level in ("community", "grid"):  # a program without feature states may take them for opaque
        assert paint[f"cells-{level}-fill"]["fill-color"].endswith(", 0.24)")
        assert paint[f"cells-{level}-fill"]["fill-opacity"][-1] == 0
    assert ids.index("cells-street-fill") < ids.index("heat") < ids.index("cells-grid-line")
    assert ids.index("cells-grid-line") < ids.index("cells-street-line") < ids.index("cells-grid-label")
    announced = {name: client.get(f"/tiles/xinhua/{name}.json").json() for name in ("cells", "heat", "cases")}
    for name, document in announced.items():
        assert style["sources"][name]["tiles"] == document["tiles"]
        assert style["sources"][name]["maxzoom"] == document["maxzoom"]
    for layer in style["layers"]:
        if "source" in layer:
            known = {each["id"]: each for each in announced[layer["source"]]["vector_layers"]}
            assert layer.get("minzoom", 99) >= known[layer["source-layer"]]["minzoom"] or layer["source"] == "heat"
    assert style["metadata"]["wangge:synthetic"] is True


def test_themes_differ_and_a_base_map_is_drawn_only_when_it_is_set(client: TestClient, settings: Settings) -> None:
    light, dark = (
        client.get("/tiles/xinhua/style.json", params={"theme": theme}).json() for theme in ("light", "dark")
    )
    assert light["layers"][0]["paint"] != dark["layers"][0]["paint"]
    assert set(light["sources"]) == {"cells", "heat", "cases"}
    based = settings.model_copy(
        update={"basemap_url": "https://tiles.example/{z}/{x}/{y}.png", "basemap_datum": "gcj02"}
    )
    with TestClient(create_app(based)) as other:
        style = other.get("/tiles/xinhua/style.json").json()
    assert style["sources"]["basemap"]["tiles"] == ["https://tiles.example/{z}/{x}/{y}.png"]
    assert style["metadata"]["wangge:datum"] == "gcj02"
    assert [layer["id"] for layer in style["layers"]][:2] == ["background", "basemap"]


def test_documents_are_revalidated(reader: TestClient) -> None:
    for name, caching in (("cells", "no-cache"), ("heat", "private, no-cache"), ("style", "private, no-cache")):
        path = f"/tiles/xinhua/{name}.json"
        first = reader.get(path)
        assert first.headers["cache-control"] == caching
        assert reader.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
