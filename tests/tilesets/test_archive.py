"""An archive holds every tile that the service draws, and nothing else; there is none until it is whole."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pmtiles.reader import MmapSource, Reader, all_tiles
from typer.testing import CliRunner

from tests.tilesets.tile_math import covering
from wangge.api.cli.main import build
from wangge.store.settings import Settings
from wangge.tilesets.archive import NothingToBuild, tiles_over


@pytest.fixture
def wangge(read_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("WANGGE_DATABASE_URL", str(read_settings.database_url))
    return lambda *words: CliRunner().invoke(build("tiles"), ["tiles", "build", *words])


def test_the_archive_holds_the_tiles_of_the_service(wangge: Any, reader: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "cells.pmtiles"
    done = wangge("xinhua", "-o", str(file), "--max-zoom", "12")
    assert done.exit_code == 0, done.output
    document = reader.get("/tiles/xinhua/cells.json").json()
    template = document["tiles"][0].removeprefix("http://testserver")
    with file.open("rb") as opened:
        archive = Reader(MmapSource(opened))
        header, metadata = archive.header(), archive.metadata()
        assert (header["min_zoom"], header["max_zoom"]) == (0, 12)
        assert metadata["vector_layers"] == document["vector_layers"]
        assert metadata["attribution"] == document["attribution"]
        assert [header[f"{end}_{axis}_e7"] / 1e7 for end in ("min", "max") for axis in ("lon", "lat")] == pytest.approx(
            document["bounds"], abs=1e-7
        )
        held = {at: gzip.decompress(tile) for at, tile in all_tiles(archive.get_bytes)}
    assert len(held) == header["addressed_tiles_count"]
    inside = set(tiles_over(document["bounds"], 12))
    for z in range(13):
        for _, x, y in covering(z, document["bounds"]):  # with a rim around, where nothing of the territory lies
            answer = reader.get(template.format(z=z, x=x, y=y))
            assert held.get((z, x, y), b"") == (answer.content if (z, x, y) in inside else b"")


def test_zoom_0_alone_is_one_tile(wangge: Any, tmp_path: Path) -> None:
    file = tmp_path / "cells.pmtiles"
    assert wangge("xinhua", "-o", str(file), "--max-zoom", "0").exit_code == 0
    with file.open("rb") as opened:
        assert [at for at, _ in all_tiles(Reader(MmapSource(opened)).get_bytes)] == [(0, 0, 0)]


def test_what_is_not_there_is_said_and_leaves_no_file(wangge: Any, tmp_path: Path) -> None:
    for layer in ("backdrop", "heat"):
        refused = wangge("xinhua", "-o", str(tmp_path / "a.pmtiles"), "--layer", layer)
        assert isinstance(refused.exception, NothingToBuild)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_breaks_off_leaves_the_one_that_was_there(
    wangge: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cells.pmtiles"
    file.write_bytes(b"before")

    async def breaks(*_: Any) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("wangge.tilesets.archive.draw_cells", breaks)
    assert wangge("xinhua", "-o", str(file)).exit_code != 0
    assert file.read_bytes() == b"before"
    assert json.dumps([path.name for path in tmp_path.iterdir()]) == '["cells.pmtiles"]'


def test_the_whole_earth_is_all_tiles() -> None:
    assert len(list(tiles_over((-180, -90, 180, 90), 3))) == sum(4**z for z in range(4))
