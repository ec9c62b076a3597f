"""A base map in GCJ-02 is shifted on the screen, so that it fits the grid."""

import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI, Response
from starlette.staticfiles import StaticFiles

from tests.conftest import Server, free_port
from tests.web.page import LAT, LON, Viewer
from wangge.api.app import create_app
from wangge.geo.datum import Datum, from_wgs84
from wangge.store.settings import Settings

RED, GREY = (220, 0, 0), (128, 128, 128)
MARK_PX = 14


def png(pixels: np.ndarray) -> bytes:
    """An RGB picture as a PNG file."""
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels.astype(np.uint8))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def draw_tile(z: int, x: int, y: int) -> bytes:
    """A tile of a grey GCJ-02 map with a red mark where GCJ-02 draws the place (LON, LAT)."""
    lon, lat = from_wgs84(LON, LAT, Datum.GCJ02)
    n = 2**z * 256
    col = (float(lon) + 180) / 360 * n - x * 256
    row = (0.5 - np.log(np.tan(np.pi / 4 + np.radians(float(lat)) / 2)) / (2 * np.pi)) * n - y * 256
    rows, cols = np.mgrid[0:256, 0:256]
    marked = (abs(cols + 0.5 - col) < MARK_PX) & (abs(rows + 0.5 - row) < MARK_PX)
    return png(np.where(marked[..., None], RED, GREY))


def running(app: FastAPI, port: int) -> Iterator[str]:
    """The application on a port, in a thread; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the application did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def gcj_server(server: Server) -> Iterator[str]:
    """The application with a GCJ-02 base map, whose tiles it draws itself."""
    port = free_port()
    settings = Settings(
        database_url=server.database_url,
        basemap_url=f"http://127.0.0.1:{port}/base/{{z}}/{{x}}/{{y}}.png",
        basemap_datum="gcj02",
        basemap_attribution="© base map of the tests",
    )
    app = create_app(settings)
    tiles = FastAPI()

    @tiles.get("/{z}/{x}/{y}.png")
    def tile(z: int, x: int, y: int) -> Response:
        return Response(draw_tile(z, x, y), media_type="image/png")

    app.mount("/base", tiles)
    yield from running(app, port)


def red_pixels(viewer: Viewer) -> tuple[int, float, float]:
    """How much of the map is red, and the middle of that: right of and below the map's middle, pixels."""
    count, right, below = viewer.page.evaluate(
        """() => new Promise(done => wangge.map.once('render', () => {
            const gl = wangge.map.getCanvas().getContext('webgl2');
            const [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
            const pixels = new Uint8Array(w * h * 4);
            gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
            let [count, x, y] = [0, 0, 0];
            for (let i = 0; i < w * h; i += 1) {
                if (pixels[4 * i] <= pixels[4 * i + 1] + 60) continue;
                count += 1;
                x += i % w - w / 2;
                y += h / 2 - Math.floor(i / w);
            }
            done([count, x / count, y / count]);
        }).triggerRepaint())"""
    )
    return count, right, below


def test_the_shift_is_the_service_s_own(viewer: Viewer) -> None:
    viewer.page.goto(f"{viewer.url}/docs")
    places = [[116.89, 38.31], [104.06, 30.67], [121.47, 31.23], [87.6, 43.8], [110.3, 20.0], [-77.0, 38.9]]
    shifted = viewer.page.evaluate(
        """async places => {
            const { toGcj02 } = await import('/web/js/gcj02.js');
            return places.map(place => toGcj02(...place));
        }""",
        places,
    )
    for (lon, lat), (got_lon, got_lat) in zip(places, shifted, strict=True):
        want_lon, want_lat = from_wgs84(lon, lat, Datum.GCJ02)
        assert abs(got_lon - want_lon) < 1e-8
        assert abs(got_lat - want_lat) < 1e-8


def test_a_gcj02_base_map_lies_under_the_grid(open_viewer: Callable[..., Viewer], gcj_server: str) -> None:
    viewer = open_viewer(url=gcj_server).open(f"#t=xinhua&z=16.3&lon={LON}&lat={LAT}&heat=0")
    assert viewer.asked("/base/17/")
    count, right, below = red_pixels(viewer)
    assert count > 200, "the mark of the base map is on the screen"
    # 500 m would be some 300 pixels here
    assert abs(right) < 3
    assert abs(below) < 3
    viewer.page.get_by_text("© base map of the tests").wait_for()


def archive(tile: bytes) -> bytes:
    """A PMTiles archive, version 3, that holds one PNG tile, of the whole world at zoom 0."""
    directory = bytes([1, 0, 1]) + varint(len(tile)) + bytes([1])  # one entry: id 0, run of 1, length, offset 0
    metadata = b"{}"
    offsets = [127, len(directory), 127 + len(directory), len(metadata), 127 + len(directory) + len(metadata), 0]
    places = struct.pack("<8Q", *offsets, offsets[4], len(tile))
    counts = struct.pack("<3Q", 1, 1, 1)
    kinds = bytes([1, 1, 1, 2, 0, 0])  # clustered, nothing compressed, PNG, zooms 0 to 0
    bounds = struct.pack("<4i", -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    header = b"PMTiles\x03" + places + counts + kinds + bounds + struct.pack("<Bii", 0, 0, 0)
    assert len(header) == 127
    return header + directory + metadata + tile


def varint(number: int) -> bytes:
    """A number as a protocol buffer writes it."""
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


@pytest.fixture(scope="module")
def archive_server(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application with a base map in a PMTiles archive."""
    file = tmp_path_factory.mktemp("base") / "red.pmtiles"
    file.write_bytes(archive(png(np.full((256, 256, 3), RED))))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(Settings(database_url=server.database_url, basemap_url=f"{url}/base/red.pmtiles"))
    app.mount("/base", StaticFiles(directory=file.parent))
    yield from running(app, port)


def test_a_base_map_from_an_archive(open_viewer: Callable[..., Viewer], archive_server: str) -> None:
    viewer = open_viewer(url=archive_server).open("#t=xinhua&heat=0&z=9&lon=117.4&lat=38.3")
    assert viewer.asked("red.pmtiles")
    count, _, _ = red_pixels(viewer)
    assert count > 10_000
