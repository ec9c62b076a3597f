"""The bundle of a territory over HTTP, and look-ups from the file that was downloaded."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import httpx2
import numpy as np
import pytest
import shapely
import typer
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from bench.draws import DRAWS
from tests.builders import create_boundaries
from tests.conftest import BOUNDARIES, ROOT, Server
from wangge.api.app import create_app
from wangge.api.cli import grid as grid_commands
from wangge.api.cli.locate import locate
from wangge.geo.bundle import open_bundle
from wangge.geo.grid import Grid
from wangge.store.engine import connect
from wangge.store.grids import bundles
from wangge.store.grids.editions import import_edition, publish
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua/bundle"


def kept(settings: Settings) -> list[Path]:
    return sorted((settings.home / "bundles").iterdir())


def test_the_current_edition_comes_as_a_file(client: TestClient, xinhua: Grid, tmp_path: Path) -> None:
    answer = client.get(HERE)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="xinhua-{xinhua.edition}.bundle"'
    assert answer.headers["cache-control"] == "no-cache"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "content-encoding" not in answer.headers
    (tmp_path / "a.bundle").write_bytes(answer.content)
    opened = open_bundle(tmp_path / "a.bundle")
    assert (opened.edition, opened.hash, opened.synthetic) == (xinhua.edition, xinhua.hash, True)
    x, y = DRAWS["B"](shapely.get_parts(xinhua.index.polygons), 2_000, np.random.default_rng(1)).T
    np.testing.assert_array_equal(opened.locate_many(x, y).position, xinhua.locate_many(x, y).position)


def test_what_a_reader_has_is_not_sent_again(client: TestClient, settings: Settings) -> None:
    etag = client.get(HERE).headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
    for told in (etag, f'"other", W/{etag}', "*"):
        again = client.get(HERE, headers={"If-None-Match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(HERE, headers={"If-None-Match": '"other"'}).status_code == 200
    assert len(kept(settings)) == 1
    # Another server gives the same file the same name.
    with TestClient(create_app(settings.model_copy(update={"home": settings.home / "other"}))) as other:
        assert other.get(HERE, headers={"If-None-Match": etag}).status_code == 304


def test_head_and_ranges(reader: TestClient) -> None:
    whole = reader.get(HERE)
    head = reader.head(HERE)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type", "content-disposition"):
        assert head.headers[name] == whole.headers[name]
    rest = reader.get(HERE, headers={"Range": "bytes=1000-", "If-Range": whole.headers["etag"]})
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    changed = reader.get(HERE, headers={"Range": "bytes=1000-", "If-Range": '"before"'})
    assert (changed.status_code, changed.content) == (200, whole.content)


def test_any_edition_can_be_asked_for(client: TestClient, database: str, tmp_path: Path) -> None:
    label = "2027/秋 1"
    with connect(database) as connection:
        import_edition(connection, create_boundaries())
        publish(connection, "town", "2026")
        import_edition(connection, create_boundaries(edition=label, shift=0.001))
    here = "/api/v1/territories/town/bundle"
    until = time.monotonic() + 5
    while (current := client.get(here)).status_code == 404:
        assert time.monotonic() < until
        time.sleep(0.05)
    other = client.get(here, params={"edition": label})
    assert other.status_code == 200
    assert "filename*=utf-8''" + quote("town-2027_秋_1.bundle") in other.headers["content-disposition"]
    assert "immutable" in other.headers["cache-control"]
    assert other.headers["etag"] != current.headers["etag"]
    (tmp_path / "b").write_bytes(other.content)
    assert open_bundle(tmp_path / "b").edition == label
    named = client.get(here, params={"edition": "2026"})
    assert (named.content, named.headers["etag"]) == (current.content, current.headers["etag"])
    with connect(database) as connection:
        publish(connection, "town", label)
    until = time.monotonic() + 5
    while client.get(here).headers["etag"] != other.headers["etag"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert client.get(here, params={"edition": "2026"}).headers["etag"] == current.headers["etag"]


def test_what_is_not_there_is_a_problem(reader: TestClient) -> None:
    answer = reader.get(HERE, params={"edition": "1999"}, headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-edition")
    assert not answer.json()["detail"].isascii()
    assert reader.get("/api/v1/territories/atlantis/bundle").json()["type"] == "/problems/unknown-territory"
    assert reader.get(HERE, params={"edition": "a\0"}).status_code == 422
    assert reader.post(HERE).status_code == 405


def test_it_is_described(reader: TestClient) -> None:
    described = reader.get("/openapi.json").json()["paths"]["/api/v1/territories/{territory}/bundle"]
    assert set(described) == {"get"}
    assert described["get"]["responses"]["200"]["content"] == {
        "application/zip": {"schema": {"type": "string", "format": "binary"}}
    }
    assert "304" in described["get"]["responses"]
    assert "edition" in [parameter["name"] for parameter in described["get"]["parameters"]]


def test_a_file_that_was_removed_is_written_again(client: TestClient, settings: Settings) -> None:
    first = client.get(HERE)
    for path in kept(settings):
        path.unlink()
    again = client.get(HERE)
    assert again.content == first.content
    assert len(kept(settings)) == 1


def test_a_home_that_cannot_be_written_to_does_not_matter(database: str, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with TestClient(create_app(Settings(database_url=database, home=tmp_path / "home"))) as client:
        assert client.get(HERE).status_code == 200
        assert client.get(HERE).status_code == 200


def test_only_so_many_files_are_kept(
    client: TestClient, database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MOST", 3)
    with connect(database) as connection:
        for n in range(6):
            import_edition(connection, create_boundaries("xinhua", edition=f"e{n}", shift=n / 10_000))
    assert client.get(HERE).status_code == 200
    for n in range(4):
        assert client.get(HERE, params={"edition": f"e{n}"}).status_code == 200
    assert len(kept(settings)) == 5  # somebody may still be reading them
    monkeypatch.setattr(bundles, "GRACE_S", 0)
    first = client.get(HERE)
    for n in (4, 5):
        assert client.get(HERE, params={"edition": f"e{n}"}).status_code == 200
    assert len(kept(settings)) == 3
    assert any(first.headers["etag"].strip('"') in path.name for path in kept(settings))  # asked for lately
    assert client.get(HERE, params={"edition": "e0"}).status_code == 200


def test_many_phones_at_once_get_the_same_file(server: Server) -> None:
    answers: list[tuple[int, bytes]] = []

    def download() -> None:
        with httpx2.Client(timeout=60) as phone:
            answer = phone.get(f"{server.url}{HERE}", headers={"Accept-Encoding": "gzip, br"})
            answers.append((answer.status_code, answer.content))

    phones = [threading.Thread(target=download) for _ in range(40)]
    for phone in phones:
        phone.start()
    slowest = 0.0
    while any(phone.is_alive() for phone in phones):  # others are answered meanwhile
        started = time.monotonic()
        assert httpx2.get(f"{server.url}/healthz", timeout=30).status_code == 200
        slowest = max(slowest, time.monotonic() - started)
    for phone in phones:
        phone.join()
    assert {status for status, _ in answers} == {200}
    assert len(answers) == 40
    assert len({content for _, content in answers}) == 1
    assert slowest < 5


def test_the_downloaded_file_answers_offline_as_the_grid_does(
    client: TestClient, database: str, xinhua: Grid, tmp_path: Path
) -> None:
    bundle, points = tmp_path / "xinhua.bundle", tmp_path / "points.csv"
    bundle.write_bytes(client.get(HERE).content)
    places = np.concatenate(
        [DRAWS[draw](shapely.get_parts(xinhua.index.polygons), 200, np.random.default_rng(4)) for draw in "UOVEAB"]
    )
    points.write_text("lon,lat\n" + "".join(f"{lon!r},{lat!r}\n" for lon, lat in places.tolist()))

    def located(*where: object, **environment: str) -> str:
        command = [
            sys.executable,
            "-c",
            "from wangge.api.cli import main; main()",
            "locate",
            str(points),
            *map(str, where),
        ]
        plain = {key: value for key, value in os.environ.items() if not key.startswith("WANGGE_")}
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=plain | {"PYTHONPATH": str(ROOT)} | environment,
            check=True,
            text=True,
            capture_output=True,
        ).stdout

    offline = located("--bundle", bundle, WANGGE_HOME="/nonexistent", WANGGE_DATABASE_URL="postgresql://nowhere:1/x")
    assert offline == located("--grid", BOUNDARIES / "xinhua", WANGGE_HOME="/nonexistent")
    assert offline == located("--territory", "xinhua", WANGGE_DATABASE_URL=database)
    assert len(offline.splitlines()) == len(places) + 1
    assert offline.count("true") > 100


def test_the_command_line_writes_the_same_file(
    client: TestClient, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.setenv("WANGGE_LANG", "en")
    path = tmp_path / "a.bundle"
    done = CliRunner().invoke(grid_commands.app, ["bundle", "xinhua", "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert re.search(r"xinhua 2026-01: 422 base grids, [\d,]+ kB", done.output)
    assert path.read_bytes() == client.get(HERE).content
    for wrong, kind in (
        (["xinhua", "-o", str(path), "--edition", "1999"], "unknown-edition"),
        (["atlantis", "-o", str(path)], "unknown-territory"),
        (["xinhua", "-o", str(tmp_path / "none" / "a.bundle")], "cannot-write"),
    ):
        refused = CliRunner().invoke(grid_commands.app, ["bundle", *wrong])
        assert getattr(refused.exception, "kind", None) == kind
    app = typer.Typer()
    app.command()(locate)
    (tmp_path / "p.csv").write_text("lon,lat\n116.87,38.32\n")
    assert CliRunner().invoke(app, [str(tmp_path / "p.csv"), "--bundle", str(path)]).exit_code == 0


def test_a_cut_download_is_refused_in_the_readers_language(reader: TestClient, tmp_path: Path) -> None:
    bundle, points = tmp_path / "xinhua.bundle", tmp_path / "points.csv"
    bundle.write_bytes(reader.get(HERE).content[:-5_000])
    points.write_text("lon,lat\n116.87,38.32\n")
    command = [
        sys.executable,
        "-c",
        "from wangge.api.cli import main; main()",
        "locate",
        str(points),
        "--bundle",
        str(bundle),
    ]
    for language, said in (("en", "not a whole bundle"), ("zh", "不是完整的网格包")):
        environment = os.environ | {"WANGGE_LANG": language, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        done = subprocess.run(command, env=environment, text=True, capture_output=True, cwd=tmp_path)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
