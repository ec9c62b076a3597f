"""The page "Your own city" of the guide, walked line by line on a machine that has nothing yet."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pytest

from tests.builders import create_boundaries
from tests.conftest import ROOT, await_ready, free_port
from wangge.store.postgres.cluster import Cluster

PAGE = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Your own city\n")[2].partition("\n## ")[0]
LINES = re.findall(r"`wangge ([^`]+)`", SECTION)
FILES = {"categories": "my-city/categories.toml", "reports": "reports.csv"}
MEANT = {
    "lon=…": "lon=x",
    "lat=…": "lat=y",
    "category=…": "category=kind",
}
PROGRAM = (sys.executable, "-c", "from wangge.api.cli import main; main()")
WALKED = ("grid check", "grid import", "categories import", "reports import", "serve")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The surroundings of a command on a machine without a database, in the language of the guide."""
    home = Path(tempfile.mkdtemp(prefix="wangge-"))
    home.chmod(0o755)  # the server's own user must get in
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
    yield kept | {"WANGGE_HOME": str(home), "WANGGE_LANG": "en"}
    Cluster(home).stop()
    shutil.rmtree(home)


def own_city(folder: Path) -> None:
    """What the page asks for: a folder with the manifest that it shows, and the polygons that this names."""
    folder.mkdir()
    manifest = re.search(r"```toml\n(.*?)```", SECTION, re.DOTALL)
    assert manifest
    (folder / "manifest.toml").write_text(manifest[1], encoding="utf-8")
    for level in create_boundaries().levels:
        columns = {"code": level.codes, "name": level.names, "street_code": level.parents}
        frame = geopandas.GeoDataFrame(columns, geometry=level.geometries, crs="EPSG:4326")
        frame.to_file(folder / "cells.gpkg", layer=level.spec.key, driver="GPKG", engine="pyogrio")
    lamp = 'code = "lamp"\nname = { en = "Street lamp", zh = "路灯" }\n'
    (folder / "categories.toml").write_text(f"[[categories]]\n{lamp}", encoding="utf-8")
    (folder.parent / "reports.csv").write_text("x,y,kind\n116.905,38.305,lamp\n116.915,38.315,lamp\n", encoding="utf-8")


def meant(line: str) -> list[str]:
    """A line of the page with what stands for somebody's own put in."""
    named = MEANT | {"FILE": FILES.get(line.split()[0], "")}
    return [named.get(word, word) for word in line.split()]


def test_the_page_can_be_walked_from_nothing(tmp_path: Path, bare: dict[str, str]) -> None:
    own_city(tmp_path / "my-city")
    lines = [line for line in LINES if line.startswith(WALKED)]
    assert lines[0] == "grid check my-city"
    assert {start for start in WALKED for line in lines if line.startswith(start)} == set(WALKED)
    for line in lines[:-1]:
        command = [*PROGRAM, *meant(line)]
        done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    assert "2 stored" in done.stderr
    port = free_port()
    command = [*PROGRAM, *meant(lines[-1]), "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=bare, stderr=subprocess.PIPE) as server:
        try:
            await_ready(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()


def test_a_database_elsewhere_is_said_to_have_no_schema_before_the_check(tmp_path: Path, cluster: Cluster) -> None:
    """A check can take a minute; whoever waited for it was told afterwards."""
    url = cluster.create_database("bare_elsewhere")
    environment = os.environ | {"WANGGE_DATABASE_URL": url, "WANGGE_LANG": "en"}
    command = [*PROGRAM, "grid", "import", str(tmp_path / "no-such-folder")]
    (tmp_path / "no-such-folder").mkdir()
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "wangge db migrate" in done.stderr
