"""The cells' tiles are read from a file on static storage, where there is one of the current edition."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.staticfiles import StaticFiles
from typer.testing import CliRunner

from tests.conftest import Server, free_port
from tests.web.page import Viewer
from tests.web.test_basemap import running
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.store.settings import Settings


@pytest.fixture(scope="module")
def storage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The application beside a folder with an archive of Xinhua's cells; its address, and the folder."""
    folder, port = tmp_path_factory.mktemp("storage"), free_port()
    file = folder / "xinhua.pmtiles"
    with ThreadPoolExecutor(1) as aside:  # the browser's tests run in an event loop already
        words = ["tiles", "build", "xinhua", "-o", str(file), "--max-zoom", "12"]
        environment = {"WANGGE_DATABASE_URL": server.database_url}
        done = aside.submit(lambda: CliRunner().invoke(build("tiles"), words, env=environment)).result()
    assert done.exit_code == 0, done.output
    archive = f"http://127.0.0.1:{port}/storage/{{territory}}.pmtiles"
    app = create_app(Settings(database_url=server.database_url, cells_archive=archive))
    app.mount("/storage", StaticFiles(directory=folder))
    for url in running(app, port):
        yield url, folder


def test_cells_come_from_the_archive_and_from_the_service_where_it_is_of_another_edition(
    open_viewer: Callable[..., Viewer], storage: tuple[str, Path]
) -> None:
    url, folder = storage
    viewer = open_viewer(url=url).open()
    assert len(viewer.drawn("cells-street-fill")) == 6
    viewer.page.evaluate("wangge.map.jumpTo({ zoom: 14.5 })")  # beyond the archive's last zoom it is scaled
    viewer.settled()
    assert viewer.drawn("cells-grid-fill")
    assert viewer.asked(r"/storage/xinhua\.pmtiles")
    assert viewer.asked("/tiles/xinhua/cells/") == []

    washington = open_viewer(url=url, expected_errors="404").open("#t=washington")  # there is no archive of it
    assert len(washington.drawn("cells-anc-fill")) == 40
    file = folder / "xinhua.pmtiles"
    file.rename(folder / "washington.pmtiles")
    other = open_viewer(url=url).open("#t=washington")
    assert len(other.drawn("cells-anc-fill")) == 40
    assert other.asked("/tiles/washington/cells/")
