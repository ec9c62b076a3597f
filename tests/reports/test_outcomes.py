"""What became of cases, as it is published: rounded as all counts are, a month after the month, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import clone
from tests.reports.releasing import put_reports
from wangge.geo.grid import Grid
from wangge.reports.release.making import make_due
from wangge.reports.release.outcomes import DAYS, Outcomes, outcomes_of, shares_of
from wangge.store.engine import AsyncConnection, connect, connect_async, first_value
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

STEP = 3
RECEIVED = "2026-03-10T04:00:00Z"
TOLD_FROM = datetime(2026, 4, 30, 16, 11, tzinfo=UTC)  # thirty days after March is over there, and settled


@given(st.dictionaries(st.sampled_from((0, *DAYS)), st.integers(0, 10_000).map(lambda n: n * STEP)))
def test_a_longer_span_has_no_fewer_and_none_more_than_there_are(counts: dict[int, int]) -> None:
    told = shares_of(counts)
    assert told["within"] == sorted(told["within"])
    assert len(told["within"]) == len(DAYS)
    assert all(0 <= one <= told["cases"] and one % STEP == 0 for one in told["within"])
    assert told == shares_of({0: told["cases"], **dict(zip(DAYS, told["within"], strict=True))})  # says all it says


# Cases of lamps in one street: days until they were closed, None for those that stand open.
TAKEN = [0.5] * 20 + [2] * 17 + [6.9] * 11 + [13] * 7 + [29] * 5 + [31] * 9 + [None] * 13
NO_MATTER = ("withdrawn", "voided", "refused")


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str) -> Iterator[tuple[str, Grid]]:
    """A March of lamps in one street; in another a single report of noise that was closed at once."""
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        leaf = grid.leaves[5]
        other = next(one for one in grid.leaves if one.path[0] != leaf.path[0])
        put_reports(url, [(leaf, "lamp", RECEIVED)] * (len(TAKEN) + len(NO_MATTER)) + [(other, "noise", RECEIVED)])
        with connect(url) as connection:
            lamps = connection.execute("SELECT id FROM report WHERE category = 'lamp' ORDER BY id").fetchall()
            close = "UPDATE report SET state = 'closed', closed_at = received_at + %s WHERE id = %s"
            for (case,), days in zip(lamps, TAKEN, strict=False):
                if days is not None:
                    connection.execute(close, (timedelta(days=days), case))
            for (case,), state in zip(lamps[len(TAKEN) :], NO_MATTER, strict=True):
                connection.execute("UPDATE report SET state = %s WHERE id = %s", (state, case))
            connection.execute(
                "UPDATE report SET state = 'closed', closed_at = received_at + interval '1 hour'"
                " WHERE category = 'noise'"
            )
        yield url, grid


@pytest.fixture
async def connection(city: tuple[str, Grid]) -> Any:
    async with await connect_async(city[0]) as connection:
        yield connection


def path_of(grid: Grid, at: int = 5) -> dict[str, str]:
    return dict(zip(("street", "community", "grid"), grid.leaves[at].path, strict=True))


async def told(connection: AsyncConnection, path: dict[str, str], edition: int | None = None) -> Outcomes:
    current = "SELECT current_edition_id FROM territory WHERE code = 'xinhua'"
    return await outcomes_of(connection, "xinhua", path, edition or await first_value(connection, current, {}))


async def test_what_is_told_is_near_the_truth_and_once(connection: AsyncConnection, city: tuple[str, Grid]) -> None:
    url, grid = city
    await make_due(connection, STEP, now=TOLD_FROM - timedelta(minutes=2))
    assert (await told(connection, {})).counts == {}  # the last case of March had no thirty days yet
    await make_due(connection, STEP, now=TOLD_FROM)
    street = await told(connection, path_of(grid))
    assert (street.level, street.code, street.finest) == ("street", grid.leaves[5].path[0], "street")
    lamps = street.counts["category", "lamp"]
    true = {0: len(TAKEN)} | {span: sum(one is not None and one <= span for one in TAKEN) for span in DAYS}
    assert all(lamps[days] % STEP == 0 and abs(lamps[days] - n) < STEP for days, n in true.items())
    assert street.counts["all", ""] == lamps  # the same cases are rounded the same, of a kind or of all
    whole = await told(connection, {})
    assert whole.counts["category", "lamp"] == lamps  # and in their only street as in all of them
    assert str(street.since) == "2026-03-01"
    assert str(street.until) == "2026-04-01"
    with connect(url) as closing:
        closing.execute(
            "UPDATE report SET state = 'closed', closed_at = received_at + interval '1 hour' WHERE state = 'assigned'"
        )
    await make_due(connection, STEP, now=TOLD_FROM + timedelta(days=1))
    assert await told(connection, path_of(grid)) == street  # told once, whatever becomes of cases later


async def test_a_single_case_is_told_as_none_or_as_a_step(connection: AsyncConnection, city: tuple[str, Grid]) -> None:
    """Whether it was there and whether it was closed is one draw: told alike, wherever it is counted."""
    _, grid = city
    await make_due(connection, STEP, now=TOLD_FROM)
    of = next(at for at, leaf in enumerate(grid.leaves) if leaf.path[0] != grid.leaves[5].path[0])
    street = await told(connection, path_of(grid, of))
    for where in (street, await told(connection, {})):
        noise = where.counts.get(("category", "noise"), {})
        assert {noise.get(days, 0) for days in (0, *DAYS)} in ({0}, {STEP})
    assert street.counts.get(("all", ""), {}) == street.counts.get(("category", "noise"), {})


async def test_months_that_are_made_anew_tell_anew(connection: AsyncConnection, city: tuple[str, Grid]) -> None:
    await make_due(connection, STEP, now=TOLD_FROM)
    before = await told(connection, {})
    await connection.execute("UPDATE report SET state = 'closed', closed_at = received_at WHERE state = 'assigned'")
    await make_due(connection, STEP, now=TOLD_FROM, again=["2026-03"])
    after = await told(connection, {})
    assert after.counts["category", "lamp"][1] >= before.counts["category", "lamp"][1]
    assert after.until == before.until


async def test_a_cell_that_is_another_place_by_now_is_told_as_what_it_lies_in(
    connection: AsyncConnection, city: tuple[str, Grid]
) -> None:
    _, grid = city
    await make_due(connection, STEP, now=TOLD_FROM)
    path = path_of(grid)
    copied = """
    WITH e AS (
        INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels)
        SELECT territory_code, 'later', valid_from + 100, source, licence, synthetic, 'later', levels
        FROM edition WHERE id = %(id)s RETURNING id
    )
    INSERT INTO cell (edition_id, level, code, name, path, area_m2, label, geom)
    SELECT e.id, level, code, name, path, area_m2, label,
        CASE WHEN code = %(moved)s THEN ST_Translate(geom, 0.1, 0) ELSE geom END
    FROM cell c, e WHERE edition_id = %(id)s AND level = 0 RETURNING edition_id
    """
    streets = sorted({leaf.path[0] for leaf in grid.leaves} - {path["street"]})
    later = await first_value(connection, copied, {"id": grid.edition_id, "moved": streets[0]})
    assert await told(connection, path, later) == await told(connection, path)
    elsewhere = await told(connection, {"street": streets[0]}, later)
    assert (elsewhere.level, elsewhere.counts) == (None, (await told(connection, {})).counts)
    assert elsewhere.edition == grid.edition
