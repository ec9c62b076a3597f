"""Heat tiles and the density on the scale, counted in columns, are the database's."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import mapbox_vector_tile
import pytest

from tests.patterns.test_counts import World, scope_of, world
from tests.reports.town import PEOPLE
from wangge.patterns.columns.places import column_of, line_of
from wangge.patterns.columns.shelf import Shelf
from wangge.tilesets import Drawing, HeatFilter, UnknownTile, draw_heat, hot_density
from wangge.tilesets.counted import counted_heat, heat_bins

__all__ = ["world"]  # the fixture

DAY = datetime(2026, 5, 1, tzinfo=UTC) - timedelta(hours=8)  # midnight there
FILTERS = [
    HeatFilter(),
    HeatFilter(category="lamp"),
    HeatFilter(since=DAY, until=DAY + timedelta(days=31)),
    HeatFilter(cell="A", level="street"),
    HeatFilter(cell="B2"),
    HeatFilter(min_count=2),
]


def features(tile: bytes) -> list[tuple[Any, ...]]:
    layer = mapbox_vector_tile.decode(tile).get("heat", {"features": []}) if tile else {"features": []}
    return [(*f["geometry"]["coordinates"], f["properties"]["count"]) for f in layer["features"]]


def test_tiles_hold_what_the_database_draws(world: World) -> None:
    seen = 0
    for who in ("centre", "street A", "officer B1", "power"):
        for wanted in FILTERS:
            seen += world.runner.run(_compared(world, who, wanted))
    assert seen > 500


async def _compared(world: World, who: str, wanted: HeatFilter) -> int:
    scope, seen = scope_of(world.town, who), 0
    heat = await counted_heat(world.link, Shelf(world.home), world.town.grid, scope, wanted)
    assert heat is not None
    for z in (0, 7, 11, 12, 14):
        x, y = column_of(116.91, z), line_of(38.31, z)
        for place in ((z, x, y), (z, min(x + 1, 2**z - 1), y)):
            ours = features(await heat.draw(world.link, *place) or b"")
            assert ours == features(await draw_heat(world.link, scope, wanted, *place)), (who, wanted, place)
            seen += len(ours)
    return seen


def test_the_density_is_the_databases(world: World) -> None:
    async def compare() -> None:
        drawing = await Drawing.of(world.link, "town")
        for who in PEOPLE:
            for wanted in FILTERS:
                scope = scope_of(world.town, who)
                heat = await counted_heat(world.link, Shelf(world.home), world.town.grid, scope, wanted)
                assert heat is not None
                right = await hot_density(world.link, drawing, wanted, scope)
                assert await heat.density(world.link) == pytest.approx(right)

    world.runner.run(compare())


def test_the_validator_follows_filter_scope_and_place(world: World) -> None:
    async def etag(who: str, wanted: HeatFilter, *place: int) -> str:
        scope = scope_of(world.town, who)
        heat = await counted_heat(world.link, Shelf(world.home), world.town.grid, scope, wanted)
        assert heat is not None
        return heat.etag(*place)

    async def asked() -> list[str]:
        wanted = HeatFilter()
        return [
            await etag("centre", wanted, 12, 5, 5),
            await etag("centre", wanted, 12, 5, 6),
            await etag("street A", wanted, 12, 5, 5),
            await etag("power", wanted, 12, 5, 5),
            await etag("centre", HeatFilter(category="lamp"), 12, 5, 5),
        ]

    first, again = world.runner.run(asked()), world.runner.run(asked())
    assert first == again
    assert len(set(first)) == len(first)
    with pytest.raises(UnknownTile):
        world.runner.run(etag("centre", HeatFilter(), 15, 0, 0))
    with pytest.raises(UnknownTile):
        world.runner.run(etag("centre", HeatFilter(), 3, 8, 0))


def test_spans_that_are_no_days_are_left_to_the_database(world: World) -> None:
    noon = HeatFilter(since=DAY + timedelta(hours=12))
    scope = scope_of(world.town, "centre")
    assert world.runner.run(counted_heat(world.link, Shelf(world.home), world.town.grid, scope, noon)) is None
    assert date(2026, 5, 1) == (DAY + timedelta(hours=8)).date()


def test_bins_are_as_wide_as_the_database_says(world: World) -> None:
    async def compare() -> None:
        query = """SELECT z, y, wangge_heat_bins(z, y)
                   FROM generate_series(0, 14) z, generate_series(0, (1 << z) - 1, greatest(1, (1 << z) / 150)) y"""
        rows = await (await world.link.execute(query)).fetchall()
        assert len(rows) > 1000
        assert [(z, y) for z, y, bins in rows if heat_bins(z, y) != bins] == []

    world.runner.run(compare())
