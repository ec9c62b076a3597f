"""Counts by columns equal the database's, whoever asks; where columns lack, the database answers and says why."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import clone
from tests.reports.town import PEOPLE, Town, build_town
from wangge.access.person import NotAllowed, Scope
from wangge.access.roles import Right
from wangge.patterns.columns.keeping import Builder, folder_of
from wangge.patterns.columns.shelf import Shelf
from wangge.patterns.counts import by_columns, summaries
from wangge.patterns.counts.answering import answer
from wangge.patterns.counts.asked import Asked, By, Counted, Filter, Source, Why
from wangge.patterns.counts.by_database import count_in_database
from wangge.patterns.counts.summaries import summarise
from wangge.reports.errors import MoveRefused
from wangge.reports.feed.sequencing import tick
from wangge.reports.listing.counts import counted_rows, summary_of
from wangge.reports.listing.filters import Matched, ReportFilter
from wangge.store.engine import AsyncConnection, connect, snapshot
from wangge.store.postgres.cluster import Cluster

WEST, SOUTH = 116.9, 38.3
SIDE = 0.02


class World(NamedTuple):
    """A town with cases in many places, states and months, some of them changed since its columns were built."""

    town: Town
    home: Path
    runner: asyncio.Runner
    link: AsyncConnection


@pytest.fixture(scope="module")
def world(cluster: Cluster, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for url in clone(cluster, migrated):
        town, home = build_town(url), tmp_path_factory.mktemp("home")
        with asyncio.Runner() as runner:
            link: AsyncConnection = runner.run(town.connection())
            builder = Builder(folder_of(home, "town"), "town")
            runner.run(_live(town, link, builder))
            yield World(town, home, runner, link)
            runner.run(link.close())


async def _live(town: Town, link: AsyncConnection, builder: Builder) -> None:
    chance, numbers = random.Random(5), []
    for k in range(120):
        town.now += timedelta(hours=chance.choice([1, 7, 23, 50]))
        place = (WEST + SIDE * chance.random(), SOUTH + SIDE * chance.random())
        filed = await town.file(link, place, category=chance.choice(["lamp", "lamp", "wiring"]))
        numbers.append(filed.number)
        if k % 3 == 0:
            await _moved(town, link, numbers[-1], chance)
        if k == 80:
            await builder.step(link)
    for number in numbers[::7]:
        with suppress(MoveRefused, NotAllowed):
            await town.move(link, "centre", number, "void", reason="because")
    await tick(link)
    await builder.step(link)
    assert builder.kept is not None
    assert len(builder.kept.delta.changes) > 40


async def _moved(town: Town, link: AsyncConnection, number: str, chance: random.Random) -> None:
    with suppress(MoveRefused, NotAllowed):
        await town.move(link, "centre", number, "register")
        parties = town.parties(chance.choice(["power", "water"]))
        await town.move(link, "centre", number, "dispatch", parties=parties)
        if chance.random() < 0.5:
            await town.move(link, "centre", number, "relocate", point=(WEST + SIDE * chance.random(), SOUTH + 0.001),
                            reason="wrong")  # fmt: skip


def some_of(values: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values))


DAYS = st.none() | st.dates(date(2026, 2, 25), date(2026, 12, 20))
POINTS = st.tuples(st.floats(WEST, WEST + SIDE), st.floats(SOUTH, SOUTH + SIDE))
AREAS = st.lists(POINTS, min_size=3, max_size=5, unique=True).map(lambda ring: shapely.Polygon(ring).buffer(0.0007))
CELLS = st.frozensets(
    st.sampled_from([("street", "A"), ("street", "B"), ("grid", "A1"), ("grid", "B2"), ("grid", "A2")])
)
FILTERS = st.builds(
    Filter,
    DAYS,
    DAYS,
    some_of(["lamp", "wiring", "nothing"]),
    some_of(["assigned", "registered", "dispatched", "voided"]),
    some_of(["normal", "urgent"]),
    some_of(["test", "api"]),
    st.none() | st.frozensets(st.integers(1, 7)),
    st.none() | st.frozensets(st.integers(0, 23)),
    st.none() | CELLS,
    st.none() | AREAS,
)


def as_facts(counted: Counted) -> dict[str, Any]:
    """What was counted, without where."""
    bins = counted.bins
    triples = zip(bins.x.tolist(), bins.y.tolist(), bins.count.tolist(), strict=True) if bins else None
    return {
        "total": counted.total,
        "cells": counted.cells,
        "days": counted.days,
        "categories": counted.categories,
        "states": counted.states,
        "hours": counted.hours,
        "bins": triples and {(x, y): n for x, y, n in triples},
    }


def scope_of(town: Town, who: str) -> Scope:
    return town.people[who].scope("town", Right.READ)


@settings(max_examples=150)
@given(
    who=st.sampled_from(sorted(PEOPLE)),
    wanted=FILTERS,
    by=st.frozensets(st.sampled_from(By)),
    zoom=st.sampled_from([9, 14, 17, 20]),
)
def test_columns_count_what_the_database_counts(
    world: World, who: str, wanted: Filter, by: frozenset[By], zoom: int
) -> None:
    town = world.town
    asked = Asked(scope_of(town, who), wanted, by, zoom)
    found = world.runner.run(answer(world.link, Shelf(world.home), town.grid, asked))
    assert found.source is Source.COLUMNS
    right = world.runner.run(count_in_database(world.link, town.grid, asked))
    assert as_facts(found) == as_facts(right)


def test_the_town_has_what_scopes_part(world: World) -> None:
    """Else the test above would show little: cells, organisations and the whole town see different numbers."""
    numbers = {}
    for who in PEOPLE:
        asked = Asked(scope_of(world.town, who), Filter())
        numbers[who] = world.runner.run(answer(world.link, Shelf(world.home), world.town.grid, asked)).total
    assert numbers["centre"] == 120
    assert 0 < numbers["officer A1"] < numbers["street A"] < 120
    assert 0 < numbers["power"] < 60
    assert numbers["roads"] == 0


def test_without_columns_the_database_answers_and_says_why(world: World, tmp_path: Path) -> None:
    town, asked = world.town, Asked(scope_of(world.town, "street A"), Filter(), frozenset(By))
    missing = world.runner.run(answer(world.link, Shelf(tmp_path), town.grid, asked))
    assert (missing.source, missing.why) == (Source.DATABASE, Why.MISSING)
    there = world.runner.run(answer(world.link, Shelf(world.home), town.grid, asked))
    assert (there.source, there.why) == (Source.COLUMNS, None)
    assert as_facts(missing) == as_facts(there)


def test_columns_that_are_behind_or_of_another_edition_do_not_answer(
    cluster: Cluster, migrated: str, tmp_path: Path
) -> None:
    for url in clone(cluster, migrated):
        asyncio.run(_behind(build_town(url), tmp_path))


async def _behind(town: Town, home: Path) -> None:
    shelf, asked = Shelf(home), Asked(scope_of(town, "centre"), Filter())
    async with await town.connection() as link:
        builder = Builder(folder_of(home, "town"), "town")
        await builder.step(link)
        await town.file(link, "A1")
        await tick(link)
        at_once = await answer(link, shelf, town.grid, asked)
        assert (at_once.total, at_once.source) == (0, Source.COLUMNS)  # at its place in the feed
        with connect(town.url) as connection:
            connection.execute("UPDATE feed_tick SET at = at - interval '10 seconds'")
        late = await answer(link, shelf, town.grid, asked)
        assert (late.total, late.source, late.why) == (1, Source.DATABASE, Why.BEHIND)
        await builder.step(link)
        followed = await answer(link, shelf, town.grid, asked)
        assert (followed.total, followed.source) == (1, Source.COLUMNS)
        with connect(town.url) as connection:
            connection.execute("UPDATE territory SET timezone = 'Europe/Paris'")
        other = await answer(link, shelf, town.grid, asked)
        assert (other.total, other.why) == (1, Why.OUTDATED)


def test_a_word_that_no_column_knows_is_counted_as_none(world: World) -> None:
    asked = Asked(scope_of(world.town, "centre"), replace(Filter(), categories=frozenset({"nothing"})))
    assert world.runner.run(answer(world.link, Shelf(world.home), world.town.grid, asked)).total == 0


LISTS: tuple[dict[str, Any], ...] = (
    {},
    {"categories": ("lamp",), "counted": True},
    {"states": ("voided", "refused", "assigned"), "urgencies": ("normal",)},
    {"cell": "A", "level": "street"},
    {"weekdays": (1, 2, 6), "hours": tuple(range(7, 19)), "zone": "Asia/Shanghai"},
)


async def _counted_twice(world: World) -> int:
    """Counts by the columns and by the database are the same; how many cases there are in all."""
    town, shelf, counted = world.town, Shelf(world.home), 0
    for who in PEOPLE:
        for wanted in LISTS:
            where, scope = ReportFilter("town", **wanted), scope_of(town, who)
            right = await summary_of(world.link, where, scope)
            assert await summarise(world.link, shelf, town.grid, where, scope) == right, (who, wanted)
            counted = max(counted, right.total)
    return counted


@pytest.mark.parametrize("many", [0, 1_000])
def test_a_list_is_counted_as_it_stands_though_the_columns_lag(
    world: World, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    async def changed() -> None:
        for k in range(3):
            number = (await town.file(link, "A1" if k else "B2", category="wiring")).number
            await town.move(link, "centre", number, "refuse", reason="because")
        with suppress(MoveRefused, NotAllowed):
            await town.move(link, "centre", number, "reopen", reason="after all")

    def never(*_: object) -> None:
        raise AssertionError("the database counted it all")

    town, link = world.town, world.link
    builder = Builder(folder_of(world.home, "town"), "town")
    monkeypatch.setattr(by_columns, "MANY_CASES", many)
    monkeypatch.setattr(summaries, "is_small", lambda *_: False)
    monkeypatch.setattr(summaries, "summary_of", never)
    world.runner.run(changed())  # which has no place in the feed yet
    assert world.runner.run(_counted_twice(world)) >= 123
    world.runner.run(tick(link))
    world.runner.run(_counted_twice(world))
    world.runner.run(builder.step(link))
    monkeypatch.setattr(summaries, "MOST_CHANGED", -1)
    with pytest.raises(AssertionError, match="counted it all"):
        world.runner.run(_counted_twice(world))


def test_what_happens_while_a_list_is_counted_is_in_all_of_its_counts_or_in_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that ends is not missing between the open ones and the ended ones."""
    town, shelf, real = world.town, Shelf(world.home), counted_rows
    where, scope = ReportFilter("town"), scope_of(town, "centre")
    monkeypatch.setattr(summaries, "is_small", lambda *_: False)

    async def totals() -> tuple[int, int]:
        link, other = world.link, await town.connection()
        number = (await town.file(link, "A1")).number
        await tick(link)
        await Builder(folder_of(world.home, "town"), "town").step(link)
        meanwhile = iter([town.move(other, "centre", number, "refuse", reason="because")])

        async def counted(connection: AsyncConnection, matched: Matched) -> list[Any]:
            for move in meanwhile:
                await move
            return await real(connection, matched)

        before = (await summary_of(link, where, scope)).total
        monkeypatch.setattr(summaries, "counted_rows", counted)
        async with snapshot(link):
            during = (await summarise(link, shelf, town.grid, where, scope)).total
        await other.close()
        return before, during

    before, during = world.runner.run(totals())
    assert during == before
