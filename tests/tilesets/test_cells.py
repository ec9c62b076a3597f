"""Tiles of cells: what is in them, at which zooms, and from which edition."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import shape

from tests.tilesets.tile_math import address, covering, decoded, place
from wangge.geo.boundaries import read_boundaries
from wangge.store.engine import Connection
from wangge.store.grids.editions import import_edition

BOUNDARIES = Path(__file__).parents[2] / "data" / "boundaries"
XINHUA = (116.852, 38.249, 116.962, 38.365)


def edition_of(connection: Connection, territory: str) -> int:
    row = connection.execute("SELECT current_edition_id FROM territory WHERE code = %s", [territory]).fetchone()
    assert row is not None
    return int(row[0])


def tile(connection: Connection, edition: int, at: tuple[int, int, int], **more: str) -> bytes | None:
    query = json.dumps({"edition": edition} | more)
    row = connection.execute("SELECT wangge_cells(%s, %s, %s, %s)", [*at, query]).fetchone()
    assert row is not None
    (found,) = row
    return None if found is None else bytes(found)


def codes(layers: dict[str, Any], name: str) -> set[str]:
    return {feature["properties"]["code"] for feature in layers.get(name, {"features": []})["features"]}


def test_a_level_that_is_named_is_drawn_two_zooms_earlier_and_no_more(drawn: Connection) -> None:
    edition = edition_of(drawn, "xinhua")
    row = drawn.execute("SELECT minzoom FROM wangge_cell_levels(%s) WHERE key = 'grid'", [edition]).fetchone()
    assert row is not None
    for earlier, there in ((0, True), (1, True), (2, True), (3, False)):
        at = address(row[0] - earlier, 116.9, 38.31)
        named = decoded(bytes(tile(drawn, edition, at, level="grid") or b""))
        assert bool(codes(named, "grid")) is there
        plain = decoded(bytes(tile(drawn, edition, at, level="nothing") or b""))
        assert plain == decoded(bytes(tile(drawn, edition, at) or b""))
        assert bool(codes(plain, "grid")) is (earlier == 0)


def test_a_known_cell_is_in_its_tile_with_its_name_its_parents_and_its_shape(drawn: Connection) -> None:
    edition = edition_of(drawn, "xinhua")
    row = drawn.execute(
        "SELECT id, code, name, path, ST_X(label), ST_Y(label), ST_AsText(geom) FROM cell"
        " WHERE edition_id = %s AND level = 2 ORDER BY area_m2 LIMIT 1",
        [edition],
    ).fetchone()
    assert row is not None
    cell_id, code, name, path, lon, lat, text = row
    at = address(15, lon, lat)
    layers = decoded(bytes(tile(drawn, edition, at) or b""))
    found = next(feature for feature in layers["grid"]["features"] if feature["id"] == cell_id)
    assert found["properties"] == {"code": code, "name": name, "level": "grid", "parent": path[1]}
    drawn_shape = shapely.transform(
        shape(found["geometry"]),
        lambda xy: np.array([place(at, layers["grid"]["extent"], x, y) for x, y in xy]),
    )
    # 2e-5 degrees are under 2 m; what lies outside the tile is cut off
    inside = shapely.intersection(shapely.from_wkt(text), drawn_shape.envelope)
    assert shapely.hausdorff_distance(drawn_shape, inside) < 2e-5
    label = next(feature for feature in layers["labels"]["features"] if feature["id"] == cell_id)
    assert place(at, layers["labels"]["extent"], *label["geometry"]["coordinates"]) == pytest.approx(
        (lon, lat), abs=1e-5
    )
    assert "parent" not in layers["street"]["features"][0]["properties"]


def test_every_cell_is_drawn_and_named_once_at_the_zoom_that_shows_all_levels(drawn: Connection) -> None:
    edition = edition_of(drawn, "xinhua")
    drawn_codes: dict[str, set[str]] = {"street": set(), "community": set(), "grid": set()}
    named: list[str] = []
    for at in covering(13, XINHUA):
        layers = decoded(bytes(tile(drawn, edition, at) or b""))
        for level in drawn_codes:
            drawn_codes[level] |= codes(layers, level)
        named += [feature["properties"]["code"] for feature in layers.get("labels", {"features": []})["features"]]
    assert {level: len(found) for level, found in drawn_codes.items()} == {"street": 6, "community": 66, "grid": 422}
    assert len(named) == len(set(named)) == 6 + 66 + 422


def test_levels_appear_one_after_the_other_and_a_low_zoom_stays_small(drawn: Connection) -> None:
    edition = edition_of(drawn, "xinhua")
    levels = drawn.execute("SELECT key, cells, minzoom FROM wangge_cell_levels(%s)", [edition]).fetchall()
    assert [(key, cells) for key, cells, _ in levels] == [("street", 6), ("community", 66), ("grid", 422)]
    zooms = [minzoom for *_, minzoom in levels]
    assert zooms[0] == 0 < zooms[1] < zooms[2] <= 12
    for z in range(7, zooms[2] + 1):
        expected = {key for key, _, minzoom in levels if minzoom <= z}
        tiles = [bytes(tile(drawn, edition, at) or b"") for at in covering(z, XINHUA)]
        assert {name for body in tiles for name in decoded(body)} - {"labels"} == expected
        assert max(map(len, tiles)) < 100_000
    assert len(bytes(tile(drawn, edition, address(8, 116.9, 38.3)) or b"")) < 3000


def test_a_city_of_thirty_thousand_cells_has_no_heavy_tile(drawn: Connection) -> None:
    edition = drawn.execute(
        "INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels) VALUES"
        """ ('xinhua', 'large', '2030-01-01', '', '', true, '', '[{"key": "city"}, {"key": "block"}]') RETURNING id"""
    ).fetchone()
    assert edition is not None
    # one city of 1° by 0.75°, in 200 by 150 blocks of some 440 by 555 m
    drawn.execute(
        """
        WITH block AS (
            SELECT ST_MakeEnvelope(x, y, x + 0.005, y + 0.005, 4326) AS geom, x || ' ' || y AS code
            FROM generate_series(116, 116.995, 0.005) AS x, generate_series(39, 39.745, 0.005) AS y
        ), city AS (
            INSERT INTO cell (edition_id, level, code, name, path, area_m2, geom, label)
            SELECT %(edition)s, 0, 'c', 'city', '{c}', 7e9, ST_Multi(ST_Extent(geom)::geometry(Polygon, 4326)),
                   ST_SetSRID(ST_Point(116.5, 39.4), 4326) FROM block
            RETURNING id
        )
        INSERT INTO cell (edition_id, level, code, name, parent_id, path, area_m2, geom, label)
        SELECT %(edition)s, 1, code, code, city.id, ARRAY['c', code], ST_Area(geom::geography), ST_Multi(geom),
               ST_Centroid(geom)
        FROM block, city
        """,
        {"edition": edition[0]},
    )
    sizes = {z: len(bytes(tile(drawn, edition[0], address(z, 116.5, 39.4)) or b"")) for z in range(15)}
    assert max(sizes.values()) < 250_000, sizes
    assert sizes[8] < 1000


def test_no_cell_leaks_from_another_edition_or_territory(drawn: Connection) -> None:
    old = edition_of(drawn, "xinhua")
    boundaries = read_boundaries(BOUNDARIES / "taipei")
    taipei = import_edition(drawn, boundaries)
    for edition, territory in ((old, XINHUA), (edition_of(drawn, "washington"), (-77.12, 38.79, -76.91, 39.0))):
        known = {row[0] for row in drawn.execute("SELECT code FROM cell WHERE edition_id = %s", [edition])}
        shown = [decoded(bytes(tile(drawn, edition, at) or b"")) for at in covering(11, territory)]
        found = set().union(*(codes(layers, name) for layers in shown for name in layers))
        assert found
        assert found <= known
    over_taipei = address(11, 121.54, 25.05)
    assert tile(drawn, old, over_taipei) == b""
    assert tile(drawn, taipei.id, over_taipei)
    assert tile(drawn, taipei.id, address(11, 116.9, 38.3)) == b""


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (0, 0, 1)])
def test_there_are_no_tiles_outside_the_pyramid(drawn: Connection, z: int, x: int, y: int) -> None:
    assert tile(drawn, edition_of(drawn, "xinhua"), (z, x, y)) is None
    assert drawn.execute('SELECT wangge_heat(%s, %s, %s, \'{"territory": "xinhua"}\')', [z, x, y]).fetchone() == (None,)


def test_gdal_reads_a_tile_and_puts_the_cells_where_they_are(drawn: Connection, tmp_path: Path) -> None:
    edition = edition_of(drawn, "xinhua")
    z, x, y = address(12, 116.9, 38.3)
    file = tmp_path / "tile.mvt"
    file.write_bytes(tile(drawn, edition, (z, x, y)) or b"")
    assert {name for name, _ in pyogrio.list_layers(file)} == {"street", "community", "grid", "labels"}
    grids = pyogrio.read_dataframe(file, layer="grid", X=x, Y=y, Z=z).to_crs(4326)
    assert set(grids["level"]) == {"grid"}
    row = drawn.execute(
        "SELECT code FROM cell WHERE edition_id = %s AND level = 2 AND ST_Covers(geom, 'SRID=4326;POINT(116.9 38.3)')",
        [edition],
    ).fetchone()
    assert row is not None
    assert list(grids[grids.covers(shapely.Point(116.9, 38.3))]["code"]) == [row[0]]


@pytest.mark.parametrize("name", ["wangge_cells", "wangge_heat"])
def test_other_tile_servers_find_the_functions(drawn: Connection, name: str) -> None:
    """The contract of Martin (z, x, y, query json) and of pg_tileserv (z, x, y, all else with a default)."""
    row = drawn.execute(
        "SELECT pg_get_function_arguments(oid), pg_get_function_result(oid), provolatile, proparallel"
        " FROM pg_proc WHERE proname = %s",
        [name],
    ).fetchone()
    assert row == ("z integer, x integer, y integer, query json DEFAULT '{}'::json", "bytea", "s", "s")
    assert drawn.execute(f"SELECT {name}(z => 0, x => 0, y => 0)").fetchone() == (None,)


@pytest.mark.parametrize("zoom", [9, 12, 13, 14])
def test_borders_are_those_of_the_zoom_and_exact_ones_where_none_were_made(drawn: Connection, zoom: int) -> None:
    edition = edition_of(drawn, "washington")
    at = address(zoom, -77.03, 38.9)
    drawn_so = bytes(tile(drawn, edition, at) or b"")
    with drawn.transaction(force_rollback=True):
        drawn.execute("DELETE FROM cell_shape")
        exact = bytes(tile(drawn, edition, at) or b"")
    assert len(drawn_so) < 0.9 * len(exact)
    layers, others = decoded(drawn_so), decoded(exact)
    assert layers.keys() == others.keys()
    for name in layers.keys() - {"labels"}:
        assert codes(layers, name) == codes(others, name)
        shapes, exact_shapes = (
            {feature["id"]: shape(feature["geometry"]) for feature in found[name]["features"]}
            for found in (layers, others)
        )
        moved = [shapes[n].symmetric_difference(exact_shapes[n]).area / exact_shapes[n].length for n in exact_shapes]
        assert np.mean(moved) < 6  # units of 1/8 pixel
