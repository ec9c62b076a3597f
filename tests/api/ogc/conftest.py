"""One city for the tests of OGC API: two editions, reports, what was published of them, a finding, names of places."""

import asyncio
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from tests.builders import create_boundaries
from tests.conftest import LOCAL, clone
from tests.people import signed_in
from tests.reports.releasing import put_reports
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.geo.grid import Grid
from wangge.reports.release.making import make_due
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

FINDING = """
INSERT INTO finding (territory_code, edition_id, kind, against, patrols, category, first_day, last_day, found_on,
                     seen_on, centre, cells, observed, expected, p, tests, reports, reporters, unknown)
VALUES ('xinhua', %s, 'lately', 'rhythm', false, 'wiring', '2026-03-01', '2026-03-02', '2026-03-02', '2026-03-02', %s,
        %s, 9, 1.5, 0.0001, 18, 9, 8, 1)
"""
BACKDROP = "INSERT INTO backdrop VALUES ('xinhua', 'street', 'tests', 'none', 2)"
STREET = """
INSERT INTO backdrop_feature (territory_code, kind, name, minzoom, geom)
SELECT 'xinhua', 'street', %s, 10, ST_Transform(ST_SetSRID(ST_MakeLine(ST_Point(%s, %s), ST_Point(%s, %s)), 4326), 3857)
"""
REPORTS = 60
CATEGORIES = ("wiring", "lamp", "dispute")


@dataclass(frozen=True)
class City:
    """The clients of one application: nobody's, and one of an officer of the cell in which every fourth report lies."""

    url: str
    grid: Grid
    anyone: TestClient
    centre: TestClient
    officer: TestClient
    own: str


@pytest.fixture(scope="package")
def city(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            for edition, valid_from in (("2025", date(2025, 1, 1)), ("2026", date(2026, 1, 1))):
                boundaries = create_boundaries(edition=edition, label=f"{edition} ", valid_from=valid_from)
                import_edition(connection, boundaries)
                publish(connection, "town", edition)
            grid = load_grid(connection, "xinhua")
        leaves = grid.leaves[:: len(grid.leaves) // 4][:4]
        first = datetime(2026, 3, 1, 4, tzinfo=UTC)
        put_reports(
            url,
            [
                (leaves[n % 4], CATEGORIES[n % 3], (first + timedelta(hours=n // 2)).isoformat())  # two at a time
                for n in range(REPORTS)
            ],
        )
        with connect(url) as connection:
            connection.execute(FINDING, (grid.edition_id, leaves[0].id, [leaves[0].id, leaves[1].id]))
            connection.execute(BACKDROP)
            for name in ("新华路", "解放路"):
                connection.execute(STREET, (name, 116.86, 38.31, 116.88, 38.32))
        asyncio.run(released(url))
        home = tmp_path_factory.mktemp("home")
        app = create_app(Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0))
        with TestClient(app, raise_server_exceptions=False, client=LOCAL) as anyone:

            def client_of(grant: Grant, url: str = url) -> TestClient:
                client = copy(anyone)
                client.headers = copy(anyone.headers)
                return signed_in(client, url, [grant])

            centre = client_of(Grant(Role.CENTRE, "xinhua"))
            officer = client_of(Grant(Role.OFFICER, "xinhua", "grid", leaves[0].code))
            yield City(url, grid, anyone, centre, officer, leaves[0].code)


async def released(url: str) -> None:
    async with await connect_async(url) as connection:
        assert await make_due(connection, 5, "xinhua", now=datetime(2026, 4, 5, tzinfo=UTC))
