"""OGC API – Tiles, Part 1: the abstract tests of its classes, and tiles that hold what the features are."""

import asyncio
from dataclasses import replace
from typing import Any

import mapbox_vector_tile
import morecantile
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import shape

from tests.api.ogc.conftest import REPORTS, City
from wangge.access.person import ANYONE
from wangge.api.ogc.asking import Wanted
from wangge.api.ogc.collections import find_collection
from wangge.api.ogc.crs import CRS84, crs_by
from wangge.api.ogc.drawing import draw
from wangge.api.ogc.properties import Kind, Property
from wangge.store.engine import connect_async

HERE = "/ogc/xinhua"
TILED = ["cells-street", "cells-community", "cells-grid", "public-cases", "places"]
MATRICES = ["WebMercatorQuad", "WorldCRS84Quad"]
REL = "http://www.opengis.net/def/rel/ogc/1.0"


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(path, params=query or None)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer.json()


def link(document: dict[str, Any], rel: str) -> str:
    return str(next(one["href"] for one in document["links"] if one["rel"] == rel))


def drawn(client: TestClient, template: str, matrix: int, row: int, column: int, **query: str) -> dict[str, Any]:
    address = template.format_map({"tileMatrix": matrix, "tileRow": row, "tileCol": column})
    answer = client.get(address, params=query or None)
    assert answer.status_code in (200, 204), answer.text[:300]
    if answer.status_code == 204:
        return {}
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    told: dict[str, Any] = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    return told


@pytest.mark.parametrize("name", MATRICES)
def test_from_a_collection_to_its_tiles_by_links(city: City, name: str) -> None:
    matrices = morecantile.tms.get(name)
    for collection in TILED:
        tilesets = get(
            city.anyone, link(get(city.anyone, f"{HERE}/collections/{collection}"), f"{REL}/tilesets-vector")
        )
        (found,) = (one for one in tilesets["tilesets"] if one["tileMatrixSetURI"].endswith(f"/{name}"))
        assert found["dataType"] == "vector"
        tileset = get(city.anyone, link(found, "self"))
        assert tileset["crs"] == found["crs"]
        scheme = get(city.anyone, link(tileset, f"{REL}/tiling-scheme"))
        assert (scheme["id"], scheme["uri"]) == (name, found["tileMatrixSetURI"])
        template = link(tileset, "item")
        seen: set[Any] = set()
        limits = tileset["tileMatrixSetLimits"][13]
        assert limits["tileMatrix"] == "13"
        for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
            for column in range(limits["minTileCol"], limits["maxTileCol"] + 1):
                layers = drawn(city.anyone, template, 13, row, column)
                assert set(layers) <= {collection}
                for one in layers.get(collection, {"features": []})["features"]:
                    seen.add(one["properties"].get("code") or one["properties"].get("name") or "case")
        items = get(city.anyone, f"{HERE}/collections/{collection}/items", limit=10_000)["features"]
        assert seen == {one["properties"].get("code") or one["properties"].get("name") or "case" for one in items}
    document = get(city.anyone, f"{HERE}/tileMatrixSets")
    assert [one["id"] for one in document["tileMatrixSets"]] == MATRICES
    assert matrices.tile(116.87, 38.31, 13).y in range(limits["minTileRow"], limits["maxTileRow"] + 1)


@pytest.mark.parametrize("name", MATRICES)
def test_a_tile_shows_a_cell_where_it_is(city: City, name: str) -> None:
    cell = get(city.anyone, f"{HERE}/collections/cells-grid/items/{city.own}")
    place = shape(cell["geometry"]).representative_point()
    matrices = morecantile.tms.get(name)
    tile = matrices.tile(place.x, place.y, 15)
    template = f"{HERE}/collections/cells-grid/tiles/{name}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    features = drawn(city.anyone, template, 15, tile.y, tile.x)["cells-grid"]["features"]
    (own,) = (one for one in features if one["properties"]["code"] == city.own)
    bounds = matrices.xy_bounds(tile)
    x, y = matrices.xy(place.x, place.y)
    at = shapely.Point(
        (x - bounds.left) / (bounds.right - bounds.left) * 4096, (bounds.top - y) / (bounds.top - bounds.bottom) * 4096
    )
    assert shape(own["geometry"]).buffer(2).covers(at)


def test_a_scope_a_time_and_a_filter_hold_for_tiles_too(city: City) -> None:
    template = f"{HERE}/collections/reports/tiles/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"

    def shown(client: TestClient, **query: str) -> int:
        return sum(len(layer["features"]) for layer in drawn(client, template, 0, 0, 0, **query).values())

    assert city.anyone.get(template.format(tileMatrix=0, tileRow=0, tileCol=0)).status_code == 401
    assert shown(city.centre) == REPORTS
    assert shown(city.officer) == REPORTS // 4
    assert shown(city.centre, category="lamp") == shown(city.centre, filter="category = 'lamp'") == REPORTS // 3
    assert 0 < shown(city.centre, datetime="2026-03-01") < REPORTS
    assert shown(city.centre, datetime="1999-01-01") == 0


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("WebMercatorQuad/1/2/0", 404), ("WebMercatorQuad/1/0/2", 404), ("WebMercatorQuad/23/0/0", 404),
        ("WebMercatorQuad/-1/0/0", 404), ("WebMercatorQuad/x/0/0", 404), ("WebMercatorQuad/0/0/1e1", 404),
        ("WebMercatorQuad/0/0/99999999999999999999", 404), ("WorldCRS84Quad/0/1/0", 404), ("Mars/0/0/0", 404),
        ("WorldCRS84Quad/0/0/0", 204), ("WebMercatorQuad/22/0/0", 204), ("WebMercatorQuad/0/0/0?f=png", 400),
        ("WebMercatorQuad/0/0/0?colour=red", 400), ("WebMercatorQuad/0/0/0?limit=1", 400),
        ("WebMercatorQuad/0/0/0?filter=nonsense%20%3D%201", 400), ("WebMercatorQuad/0/0/0?datetime=never", 400),
    ],
)  # fmt: skip
def test_what_is_out_of_range_or_wrong(city: City, place: str, status: int) -> None:
    answer = city.anyone.get(f"{HERE}/collections/cells-grid/tiles/{place}")
    assert answer.status_code == status, answer.text[:300]


def test_what_has_no_tiles_says_so(city: City) -> None:
    assert city.anyone.get(f"{HERE}/collections/published-counts/tiles").status_code == 404
    assert city.anyone.get(f"{HERE}/tileMatrixSets/Mars").json()["type"] == "/problems/unknown-matrices"
    told = [one["rel"] for one in get(city.anyone, f"{HERE}/collections/published-counts")["links"]]
    assert f"{REL}/tilesets-vector" not in told


def test_a_property_may_be_called_as_anything(city: City) -> None:
    names = ("shape", "drawn", "geometry", "geometry_", "layer", 'a "b" %s')

    crs = crs_by(CRS84, [CRS84])
    assert crs is not None

    async def tile() -> bytes:
        async with await connect_async(city.url) as connection:
            cells = await find_collection(connection, city.grid, ANYONE, "en", "cells-street")
            more = tuple(Property(name, Kind.TEXT, "c.name") for name in names)
            cells = replace(cells, properties=(*cells.properties, *more))
            return await draw(connection, cells, Wanted(crs, cells.order), "WebMercatorQuad", (0, 0, 0))

    (one, *_) = mapbox_vector_tile.decode(asyncio.run(tile()))["cells-street"]["features"]
    assert {one["properties"][name] for name in names} == {one["properties"]["name"]}


def test_a_tile_is_not_sent_twice(city: City) -> None:
    address = f"{HERE}/collections/cells-street/tiles/WebMercatorQuad/0/0/0"
    first = city.anyone.get(address)
    again = city.anyone.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
