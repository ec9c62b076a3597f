"""Gi*, Moran and smoothed rates over HTTP: of one's own base grids among themselves, and with their warning."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.patterns.planting import Reports
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.patterns.statistics.autocorrelation import gi_star, local_moran, smoothed_rates, standardised_rates
from wangge.patterns.statistics.neighbours import Neighbours
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua/cell-statistics"


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str) -> Iterator[dict[str, Any]]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        reports = Reports(grid, 3)
        reports.background("lamp", 400)
        reports.add(0, 3, "parking")
        reports.store(url)
        settings = Settings(database_url=url, columns_s=0, sweep_s=0, release_s=0)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            yield {"client": client, "url": url, "grid": grid}


def asked(city: dict[str, Any], grant: Grant, **query: str) -> Any:
    signed_in(city["client"], city["url"], [grant])
    answer = city["client"].get(HERE, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_they_are_those_of_the_counts_and_say_that_they_mislead(city: dict[str, Any]) -> None:
    grid = city["grid"]
    told = asked(city, Grant(Role.CENTRE, "xinhua"), category="lamp")
    cells = told["cells"]
    assert [cell["code"] for cell in cells] == [leaf.code for leaf in grid.leaves]
    n = np.array([cell["reports"] for cell in cells], float)
    assert n.sum() > 390  # a few lie beyond the rim
    assert told["per_cell"] == pytest.approx(n.mean())
    assert (told["misleading"], told["misleading_below"]) == (True, 50)
    assert "不可据以下结论" in told["note"]["zh"]
    homes = np.array([float(leaf.attributes["households"]) for leaf in grid.leaves])
    neighbours = Neighbours.touching(np.array([leaf.geometry for leaf in grid.leaves], dtype=object))
    i, z = local_moran(standardised_rates(n, homes), neighbours)
    wanted = {
        "gi_star_z": gi_star(n, neighbours),
        "moran_i": i,
        "moran_z": z,
        "smoothed_rate": smoothed_rates(n, homes),
    }
    for name, values in wanted.items():
        assert [cell[name] for cell in cells] == pytest.approx(values.tolist())
    none = asked(city, Grant(Role.CENTRE, "xinhua"), **{"from": "2020-01-01", "to": "2020-01-31"})
    assert {(cell["reports"], cell["gi_star_z"]) for cell in none["cells"]} == {(0, 0.0)}


def test_a_desk_gets_its_own_base_grids_and_an_officer_s_alone_has_no_statistics(city: dict[str, Any]) -> None:
    leaf = city["grid"].leaves[0]
    street = asked(city, Grant(Role.STREET_DESK, "xinhua", "street", leaf.path[0]))
    assert {cell["code"][:9] for cell in street["cells"]} == {leaf.path[0]}
    alone = asked(city, Grant(Role.OFFICER, "xinhua", "grid", leaf.code))
    assert [(cell["code"], cell["gi_star_z"], cell["smoothed_rate"]) for cell in alone["cells"]] == [
        (leaf.code, None, None)
    ]


def test_days_that_end_before_they_begin_are_refused(city: dict[str, Any]) -> None:
    signed_in(city["client"], city["url"], [Grant(Role.CENTRE, "xinhua")])
    answer = city["client"].get(HERE, params={"from": "2026-02-01", "to": "2026-01-01"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "to")
    assert city["client"].get(HERE, params={"from": "yesterday"}).status_code == 422
