"""Real parts for every test: a PostGIS cluster of its own, databases cloned from templates, a running server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from copy import copy
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx2
import hypothesis
import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from psycopg import sql

from tests.kept import above, kept_cluster, template
from tests.people import signed_in
from wangge.access import passwords
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api import lifespan
from wangge.api.app import create_app
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.geo.grid import Grid
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.policy.policies import give_policy
from wangge.store.engine import Connection, connect
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

ROOT = Path(__file__).parent.parent
BOUNDARIES = ROOT / "data" / "boundaries"
SERIAL = count()
LOCAL = ("127.0.0.1", 50000)
"""Where the clients of an application that runs in the test itself ask from."""
# The program is started hundreds of times here: compiling it once is enough, whatever this machine's habit is.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# As the program does: what rich would draw of an error, with the values of all names, takes seconds.
PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure([structlog.processors.add_log_level, PLAIN])
# Servers of this process end again, so nothing of them is set apart for its lifetime: it would never be given back.
pytest.MonkeyPatch().setattr(lifespan, "_settle", lambda: None)
# argon2id with the least cost, for what this process hashes: hundreds of sign-ins would take minutes.
passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
passwords.NOBODY = passwords._hash_of_nothing()
# How long an example takes depends on what else this machine does.
hypothesis.settings.register_profile("wangge", deadline=None)
hypothesis.settings.load_profile("wangge")


# What plays a year, kills programs or runs them as a shell does, starts databases of its own, reads files of thousands,
# waits for others, learns, or draws for half a minute: `make long` runs it, and `make test` what is left. The longest
# come first, so that no process of a run is left with them in the end.
LONG = (
    "api/test_cli_demo_year",
    "api/test_schemathesis",
    "reports/test_round_trip",
    "api/test_photo_storage",
    "reports/test_any_life",
    "store/test_cluster",
    "api/test_cli_backup",
    "geo/test_spark",
    "api/test_cli_own_city",
    "api/test_cli_locate",
    "api/test_operations",
    "api/test_cli_regrid",
    "store/test_backup",
    "reports/test_washington",
    "api/test_archive",
    "api/test_hostile",
    "api/test_cli_db",
    "store/test_migrate",
    "docs/test_point_in_time",
    "data/test_synthesis",
    "reports/test_feed_restored",
    "reports/test_feed",
    "api/test_kernel_missing",
    "geo/test_cover_agreement",
    "api/test_disk_full",
    "api/test_cli_reports",
    "reports/test_importing",
    "reports/test_sweep",
    "reports/test_regridding",
    "api/test_bundle",
    "api/test_cli_grid",
    "api/test_feed",
    "access/test_oidc_flow",
    "reports/test_bulk",
    "api/ogc/test_qgis",
    "api/ogc/test_clients",
    "api/test_public_counts",
    "api/test_words",
    "api/test_oidc",
    "api/test_tracing",
    "client/test_notebook",
    "outgoing/test_push",
    "api/test_exports",
    "api/test_codes",
    "api/test_lists",
    "api/test_campaigns",
    "outgoing/test_notices",
    "outgoing/test_open311",
    "reports/test_audit",
    "geo/test_bundle",
    "geo/test_repair",
    "api/test_overlays",
    "miniprogram/test_pages",
    "outgoing/test_webhooks",
    "patterns/test_keeping",
    "reports/test_export",
    "geo/test_overlays",
    "api/test_events",
    "web/test_week",
    "web/test_campaigns",
    "web/test_archive",
)


@pytest.hookimpl(tryfirst=True)  # before those of `-m` are chosen
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes share a run out by files (--dist=loadfile), whose fixtures are made once."""
    order = {ROOT / "tests" / f"{name}.py": position for position, name in enumerate(LONG)}
    for item in items:
        if item.path in order:
            item.add_marker("long")
    items.sort(key=lambda item: order.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostGIS cluster that this process has for itself."""
    with kept_cluster() as cluster:
        yield cluster


def clone(cluster: Cluster, template: str) -> Iterator[str]:
    """A fresh copy of a database, dropped in the end; gives its URL."""
    name = f"t{os.getpid()}_{next(SERIAL)}"
    # Copied as files rather than page by page through the log: an eighth of the work.
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER wangge STRATEGY file_copy")
    with psycopg.connect(above(cluster, "postgres"), autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    yield cluster.url_of(name)
    with suppress(Exception):
        cluster.drop_database(name)


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """Name of a database with the schema and nothing in it."""
    return template(cluster, "migrated", upgrade)


@pytest.fixture(scope="session")
def furnished(cluster: Cluster, migrated: str) -> str:
    """Name of a database with Xinhua and Washington published, with their categories, and no reports."""
    return template(cluster, "furnished", furnish, of=migrated)


def furnish(url: str) -> None:
    with connect(url) as connection:
        for territory in ("xinhua", "washington"):
            load_territory(connection, BOUNDARIES / territory)


def load_territory(connection: Connection, folder: Path) -> None:
    boundaries = read_boundaries(folder)
    edition = import_edition(connection, boundaries)
    put_categories(connection, edition.territory, categories_for(folder))
    give_policy(connection, edition.territory, folder)
    publish(connection, edition.territory, edition.label)


@pytest.fixture
def empty_database(cluster: Cluster, migrated: str) -> Iterator[str]:
    """URL of a migrated database with no territory."""
    yield from clone(cluster, migrated)


@pytest.fixture
def database(cluster: Cluster, furnished: str) -> Iterator[str]:
    """URL of a database with Xinhua and Washington and no reports, for one test."""
    yield from clone(cluster, furnished)


# Accounts and what they ask by come with each client.
CONTENT = """
SELECT c.relname, query_to_xml(format('SELECT count(*), sum(hashtext(t::text)) FROM %I t', c.relname), true, true, '')
FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
    AND NOT c.relname = ANY ('{spatial_ref_sys, account, account_grant, account_session, administrative_change, token,
                               token_family, feed, feed_tick, feed_incarnation}') -- which every server keeps by itself
"""


def content(url: str) -> dict[str, str]:
    """Each table of a database with how much is in it, and a sum over it."""
    with connect(url) as connection:
        return {name: str(found) for name, found in connection.execute(CONTENT)}


@pytest.fixture(scope="module")
def read_settings(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings that point at a database which the tests of one module share: what they store is an error in the end."""
    for url in clone(cluster, furnished):
        before = content(url)
        yield Settings(database_url=url, home=tmp_path_factory.mktemp("home"), columns_s=0, sweep_s=0, release_s=0)
        assert content(url) == before, "a test that was to read only has written"


@pytest.fixture(scope="module")
def reader(read_settings: Settings) -> Iterator[TestClient]:
    """A client that the tests of one module share and only read by, signed in as `client` is."""
    with TestClient(create_app(read_settings), raise_server_exceptions=False, client=LOCAL) as client:
        everywhere = [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)]
        yield signed_in(client, str(read_settings.database_url), everywhere)


@pytest.fixture(scope="module")
def shared(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client for the tests of one module that leave each other alone, signed in as `client` is."""
    for url in clone(cluster, furnished):
        home = tmp_path_factory.mktemp("home")
        settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            yield signed_in(client, url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings that point at this test's database."""
    return Settings(database_url=database, home=tmp_path / "home", columns_s=0)  # which may be a second behind


@pytest.fixture
def anonymous(settings: Settings) -> Iterator[TestClient]:
    """A client of the application over this test's database, without an account."""
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
        yield client


@pytest.fixture
def client(anonymous: TestClient, database: str) -> TestClient:
    """The same, signed in as somebody who is administrator and command centre of every territory."""
    return signed_in(anonymous, database, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])


@pytest.fixture
def client_as(settings: Settings, database: str, exits: ExitStack) -> Callable[..., TestClient]:
    """Makes clients of one application that are signed in with one role each, in a cell or for an organisation."""
    running = exits.enter_context(TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL))

    def make(
        role: Role | str,
        territory: str | None = "xinhua",
        level: str | None = None,
        code: str | None = None,
        organisation: int | None = None,
    ) -> TestClient:
        client = copy(running)  # of the one application that runs, with headers of its own
        client.headers = dict(running.headers)
        return signed_in(client, database, [Grant(Role(role), territory, level, code, organisation)])

    return make


@pytest.fixture
def exits() -> Iterator[ExitStack]:
    with ExitStack() as exits:
        yield exits


@pytest.fixture
def xinhua(database: str) -> Grid:
    """Xinhua's published grid in memory."""
    with connect(database) as connection:
        return load_grid(connection, "xinhua")


def heed_interrupts() -> None:
    """For `preexec_fn`: Ctrl-C reaches the process, even where this test run was started with it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Server:
    """A running `wangge serve` over a database of its own, with Xinhua and Washington and no reports at first."""

    url: str
    database_url: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(cluster: Cluster, furnished: str) -> Iterator[Server]:
    """A server process for the tests that need a real one, such as the browser's."""
    # Without columns, which may be a second behind, without what is published at an hour that no test knows, and with
    # as many sign-ins as the tests make.
    quiet = {"WANGGE_LOG_LEVEL": "warning", "WANGGE_COLUMNS_S": "0", "WANGGE_RELEASE_S": "0", "WANGGE_SIGN_IN_RATE": ""}
    yield from serving(cluster, furnished, **quiet)


def serving(cluster: Cluster, template: str, folder: Path = ROOT, /, **settings: str) -> Iterator[Server]:
    """A server process of the program in a folder, with these variables over a copy of a database, until the end."""
    for database_url in clone(cluster, template):
        port = free_port()
        environment = os.environ | settings | {"WANGGE_DATABASE_URL": database_url, "WANGGE_PORT": str(port)}
        command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"]
        process = subprocess.Popen(command, env=environment, cwd=folder)
        try:
            url = f"http://127.0.0.1:{port}"
            await_ready(url, process)
            yield Server(url, database_url)
        finally:
            process.terminate()
            process.wait(30)


def await_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return once the server says that it is ready."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended early"
        with suppress(httpx2.TransportError):
            if httpx2.get(f"{url}/readyz").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not become ready")
