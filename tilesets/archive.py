"""All tiles of one kind in one file, PMTiles version 3, which any static storage serves."""

import gzip
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from wangge.geo.errors import WanggeError
from wangge.reports.release.reading import Release, release_for
from wangge.store.engine import AsyncConnection
from wangge.store.grids.backdrops import Backdrop, backdrops_of
from wangge.tilesets.catalog import (
    Drawing,
    HeatFilter,
    backdrop_tilejson,
    cells_tilejson,
    cells_version,
    heat_tilejson,
)
from wangge.tilesets.tiles import draw_backdrop, draw_cells, draw_released

__all__ = ["Built", "Layer", "NothingToBuild", "build_archive", "tiles_over"]

MOST_LATITUDE = 85.05
Advance = Callable[[float, str], None]
Draw = Callable[[int, int, int], Awaitable[bytes]]


class Layer(StrEnum):
    """What an archive holds: cells of the current edition, what lies under them, or the counts that were published."""

    CELLS = "cells"
    BACKDROP = "backdrop"
    HEAT = "heat"


class NothingToBuild(WanggeError):
    """The territory has nothing of that layer: no backdrop, or nothing was published yet."""

    kind = "nothing-to-build"


@dataclass(frozen=True, slots=True)
class Built:
    """An archive: the number of its tiles with something in them, and its size in bytes."""

    tiles: int
    size: int


async def build_archive(
    connection: AsyncConnection,
    territory: str,
    layer: Layer,
    path: Path,
    *,
    maxzoom: int | None = None,
    advance: Advance = lambda *_: None,
) -> Built:
    """Draw every tile that meets the territory, and write them as one file; there is no file until it is whole.

    Parameters
    ----------
    connection : in a snapshot, so that all tiles are of one moment.
    maxzoom : the last zoom; None for the layer's own, from which clients scale further.
    advance : called with the share that is done and what was done.

    Raises
    ------
    UnknownTerritory, NoEdition, NothingToBuild
    """
    from pmtiles.tile import Compression, TileType, zxy_to_tileid
    from pmtiles.writer import Writer

    drawing = await Drawing.of(connection, territory)
    document, draw = await _source(connection, drawing, layer)
    if maxzoom is not None:
        document["maxzoom"] = min(maxzoom, document["maxzoom"])
    wanted = sorted(tiles_over(drawing.bbox, document["maxzoom"]), key=lambda at: int(zxy_to_tileid(*at)))
    partial, tiles = path.with_name(path.name + ".partial"), 0
    try:
        with partial.open("wb") as file, closing((writer := Writer(file)).tile_f):
            for done, (z, x, y) in enumerate(wanted):
                tile = await draw(z, x, y)
                if tile:
                    writer.write_tile(zxy_to_tileid(z, x, y), gzip.compress(tile, mtime=0))
                    tiles += 1
                advance(done / len(wanted), f"{z}/{x}/{y}")
            if not tiles:
                raise NothingToBuild(territory=territory, layer=layer.value)
            west, south, east, north = (round(degrees * 1e7) for degrees in drawing.bbox)
            lon, lat, zoom = document["center"]
            header = {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.GZIP,
                "min_lon_e7": west,
                "min_lat_e7": south,
                "max_lon_e7": east,
                "max_lat_e7": north,
                "center_zoom": min(zoom, document["maxzoom"]),
                "center_lon_e7": round(lon * 1e7),
                "center_lat_e7": round(lat * 1e7),
            }
            writer.finalize(header, _metadata(document))
        size = partial.stat().st_size
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Built(tiles, size)


async def _source(connection: AsyncConnection, drawing: Drawing, layer: Layer) -> tuple[dict[str, Any], Draw]:
    """The TileJSON of a layer, and what draws its tiles."""
    if layer is Layer.CELLS:
        document = cells_tilejson(drawing, "") | {"wangge:version": cells_version(drawing)}
        return document, lambda z, x, y: draw_cells(connection, drawing.edition_id, z, x, y)
    if layer is Layer.BACKDROP:
        backdrop: list[Backdrop] = list(await backdrops_of(connection, drawing.territory))
        if not backdrop:
            raise NothingToBuild(territory=drawing.territory, layer=layer.value)
        document = backdrop_tilejson(drawing, "", backdrop)
        return document, lambda z, x, y: draw_backdrop(connection, drawing.territory, z, x, y)
    release: Release | None = await release_for(connection, drawing.territory, ZoneInfo(drawing.timezone))
    if release is None:
        raise NothingToBuild(territory=drawing.territory, layer=layer.value)
    wanted = HeatFilter(period=release.period.name)
    document = heat_tilejson(drawing, "", wanted, released=True)
    document["description"] += f", {release.period.name}"
    return document, lambda z, x, y: draw_released(connection, release, wanted, z, x, y)


def _metadata(document: dict[str, Any]) -> dict[str, Any]:
    """What PMTiles says of itself: what TileJSON does, without addresses."""
    return {key: value for key, value in document.items() if key not in {"tilejson", "tiles", "scheme", "center"}}


def tiles_over(bbox: tuple[float, float, float, float], maxzoom: int) -> Iterator[tuple[int, int, int]]:
    """z, x, y of each tile up to a zoom that meets a box of west, south, east, north in degrees."""
    west, south, east, north = bbox

    def column(lon: float, z: int) -> int:
        return min(max(math.floor((lon + 180) / 360 * (1 << z)), 0), (1 << z) - 1)

    def row(lat: float, z: int) -> int:
        bounded = math.radians(min(max(lat, -MOST_LATITUDE), MOST_LATITUDE))
        return min(max(math.floor((1 - math.asinh(math.tan(bounded)) / math.pi) / 2 * (1 << z)), 0), (1 << z) - 1)

    for z in range(maxzoom + 1):
        for x in range(column(west, z), column(east, z) + 1):
            for y in range(row(north, z), row(south, z) + 1):
                yield z, x, y
