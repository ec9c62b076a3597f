"""What stood out over the months: planted places are told as what they were, to those whose cells they are."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.api.app import create_app
from wangge.geo.grid import Grid
from wangge.patterns.findings.emerged import emerged
from wangge.patterns.findings.emergence import emergence
from wangge.patterns.findings.evidence import Gathered, Ground, ground_of
from wangge.patterns.findings.nightly import as_kept
from wangge.patterns.statistics.merging import Filed
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

LAST = date(2026, 6, 30)
PERSISTENT, NEW = 40, 300
RUN = """
INSERT INTO finding_run (territory_code, day, seed, reports, sessions, tests, unseen, emerging)
VALUES ('xinhua', %s, 1, 1, 1, 1, '[]', %s)
"""


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str) -> Iterator[tuple[str, Grid, Ground]]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        yield url, grid, ground_of(grid)


def a_year(ground: Ground, days: int = 365, seed: int = 1) -> Gathered:
    """Lamps by households, three a base grid and month; around one four times as many, around another lately."""
    random = np.random.default_rng(seed)
    assert ground.households is not None
    homes = ground.households / ground.households.sum()
    per_month = len(homes) * 3
    cells = [random.choice(len(homes), per_month * days // 30, p=homes)]
    ages = [random.integers(0, days, len(cells[0]))]
    for centre, reach in ((PERSISTENT, days), (NEW, 30)):
        near = np.append([centre], ground.neighbours.of(centre))
        extra = random.choice(near, int(9 * len(near) * reach / 30))
        cells.append(extra)
        ages.append(random.integers(0, reach, len(extra)))
    cell, age = np.concatenate(cells), np.concatenate(ages)
    n = len(cell)
    category = np.where(np.arange(n) % 40 == 0, 1, 0)  # one in forty is of another kind
    patrols = np.zeros(n, bool)
    filed = Filed(np.zeros(n), np.zeros(n), np.zeros(n), category, np.zeros(n, np.int64))
    return Gathered(LAST, ["lamp", "noise"], np.arange(n), cell, age, category, patrols, filed)


def test_planted_places_are_told_as_what_they_were(city: tuple[str, Grid, Ground]) -> None:
    _, _, ground = city
    given = a_year(ground)
    found = emergence(given, np.arange(len(given)), ground)
    assert (found.why, found.months[0], found.months[-1], len(found.months)) == (None, "2025-07", "2026-06", 12)
    lamps = {place.cell: place for place in found.places if place.category is None}
    assert (lamps[PERSISTENT].pattern, lamps[PERSISTENT].cold, lamps[PERSISTENT].months) == ("persistent", False, 12)
    assert (lamps[NEW].pattern, lamps[NEW].months) == ("new", 1)
    assert sum(place.leads for place in lamps.values()) < len(lamps) / 2  # neighbours are told once
    for centre in (PERSISTENT, NEW):
        near = np.append([centre], ground.neighbours.of(centre))
        ours = np.isin(given.cell, near) & (given.age < 61)  # of May and June
        assert lamps[centre].observed == ours.sum() > 1.5 * lamps[centre].expected
    assert [few.category for few in found.few] == ["noise"]
    assert found.few[0].per_bin < found.few[0].least == 0.5
    touched = {PERSISTENT, NEW, *ground.neighbours.of(PERSISTENT).tolist(), *ground.neighbours.of(NEW).tolist()}
    around = {one for cell in touched for one in ground.neighbours.of(cell).tolist()} | touched
    elsewhere = [cell for cell, place in lamps.items() if cell not in around and not place.cold]
    assert len(elsewhere) <= 0.05 * len(lamps) + 2


def test_a_city_that_began_lately_or_has_no_households_is_told_so(city: tuple[str, Grid, Ground]) -> None:
    _, _, ground = city
    few = a_year(ground, days=200)
    assert (emergence(few, np.arange(len(few)), ground).why, emergence(few, np.arange(len(few)), ground).places) == (
        "months",
        [],
    )
    nobody = Ground(ground.zones, ground.neighbours, None, ground.plane)
    assert emergence(few, np.arange(len(few)), nobody).why == "households"


def test_staff_read_what_stood_out_in_their_cells(city: tuple[str, Grid, Ground]) -> None:
    url, grid, ground = city
    given = a_year(ground)
    kept = as_kept(grid, emergence(given, np.arange(len(given)), ground))
    with connect(url) as connection:
        connection.execute(RUN, (LAST, json.dumps(kept)))
    place = grid.leaves[PERSISTENT]
    other = next(leaf.path[0] for leaf in grid.leaves if leaf.path[0] != place.path[0])
    settings = Settings(database_url=url, columns_s=0, sweep_s=0, release_s=0)
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:

        def asked(code: str) -> Any:
            signed_in(client, url, [Grant(Role.STREET_DESK, "xinhua", "street", code)])
            return client.get("/api/v1/territories/xinhua/emerging").json()

        ours, theirs = asked(place.path[0]), asked(other)
    assert (ours["day"], ours["months"][-1], ours["note"]) == ("2026-06-30", "2026-06", None)
    told = next(one for one in ours["places"] if one["cell"]["code"] == place.code and one["category"] is None)
    assert told["pattern"] == "persistent"
    assert told["sentence"]["zh"].startswith(f"全部类别：{place.name}及其邻近网格为持续热点，12个月中12个月如此；")
    assert "a persistent hot spot, in 12 of 12 months" in told["sentence"]["en"]
    assert {one["cell"]["code"][:9] for one in ours["places"]} == {place.path[0]}
    assert place.code not in {one["cell"]["code"] for one in theirs["places"]}
    assert ours["too_few"][0]["category"] == "noise"


def test_what_was_found_in_another_edition_is_not_told_of_this_one(city: tuple[str, Grid, Ground]) -> None:
    url, grid, _ = city
    kept = {"edition": grid.edition_id + 1, "months": ["2026-07"], "places": [{"cell": 1}], "few": [], "why": None}
    with connect(url) as connection:
        connection.execute(RUN, (date(2026, 7, 31), json.dumps(kept)))

    async def ask(until: date | None) -> Any:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await emerged(connection, grid, whole("xinhua"), until)

    found = asyncio.run(ask(None))
    assert (found.why, found.places) == ("edition", [])
    before = asyncio.run(ask(LAST))
    assert before is None or before.why is None
    with connect(url) as connection:
        connection.execute("DELETE FROM finding_run WHERE day = '2026-07-31'")
