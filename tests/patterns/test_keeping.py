"""Columns that are kept by the feed are what the database is, whatever happens to cases and to the builder."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from tests.builders import create_boundaries
from tests.conftest import clone
from tests.reports.test_any_life import Life
from tests.reports.town import POINTS, START, Town, build_town
from wangge.patterns.columns.keeping import Builder
from wangge.patterns.columns.manifest import Manifest
from wangge.patterns.columns.proving import verify
from wangge.reports.bulk.regrid.regridding import Regrid
from wangge.reports.feed.appending import append
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

SERIAL = count()
LIVES = settings(
    max_examples=5,
    stateful_step_count=40,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Killed(Exception):
    """The builder is gone, in the middle of what it did."""


@pytest.fixture(scope="module")
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        yield build_town(url)


class Counted(Life):
    """A town in which things happen, and whose columns are kept."""

    home: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = self.home / str(next(SERIAL))
        self.builder = Builder(self.folder, "town", compact_from=12)

    @rule()
    def number(self) -> None:
        self.runner.run(tick(self.link))

    @rule()
    def follow(self) -> None:
        self.runner.run(self.builder.step(self.link))
        proof = self.runner.run(verify(self.link, self.folder, "town"))
        assert (proof.wrong, proof.current) == ([], True)
        with self.town.reading() as connection:
            rows = connection.execute("SELECT count(*) FROM report").fetchone()
        assert rows == (proof.compared,)
        assert self.builder.kept is not None
        there = self.builder.kept.generation.manifest.rows + int(self.builder.kept.delta.changes["weight"].sum())
        assert there == proof.compared

    @rule()
    def tell(self) -> None:
        """Something that is of no report."""
        self.runner.run(append(self.link, "town", "find", "wangge", {}))

    @rule(where=st.sampled_from(sorted(POINTS)), days=st.integers(0, 40))
    def report(self, where: str, days: int) -> None:
        if self.town.now < START + timedelta(days=300):
            self.town.now += timedelta(days=days)
        self.add(self.runner.run(self.town.file(self.link, where)).number)

    @rule(where=st.sampled_from(["append", "write", "unlink", "read"]), torn=st.booleans())
    def kill(self, where: str, torn: bool) -> None:
        """The builder dies while it does something, with half a frame written; another goes on."""
        dying = Dying(self.builder, where)
        with suppress(Killed):
            self.runner.run(dying.step(self.link))
        if torn and (self.folder / "manifest.json").exists():
            with (self.folder / Manifest.read(self.folder).delta).open("ab") as file:
                file.write(b"WANGGEDE" + bytes(17))
        self.builder = Builder(self.folder, "town", compact_from=12)

    @invariant()
    def rows_are_what_events_say(self) -> None:
        """Looked at elsewhere."""


class Dying:
    """A builder that is killed at one point of a step."""

    def __init__(self, builder: Builder, where: str) -> None:
        self.builder, self.where = builder, where

    async def step(self, connection: Any) -> None:
        from wangge.patterns.columns import delta, keeping

        points = {
            "append": (delta.Delta, "append"),
            "write": (keeping, "write_lists"),
            "unlink": (Manifest, "files"),
            "read": (keeping, "read_reports"),
        }
        owner, name = points[self.where]
        before = getattr(owner, name)

        def die(*_: Any, **__: Any) -> Any:
            raise Killed

        setattr(owner, name, die)
        try:
            await self.builder.step(connection)
        finally:
            setattr(owner, name, before)


def test_columns_are_what_the_database_is_in_any_life(town: Town, tmp_path: Path) -> None:
    Counted.town, Counted.home = town, tmp_path
    with connect(town.url, autocommit=True) as Counted.watch:
        run_state_machine_as_test(Counted, settings=LIVES)


def test_a_regrid_and_another_edition_are_noticed(cluster: Cluster, migrated: str, tmp_path: Path) -> None:
    for url in clone(cluster, migrated):
        asyncio.run(_regrid(build_town(url), tmp_path))


async def _regrid(town: Town, folder: Path) -> None:
    builder = Builder(folder, "town")
    async with await town.connection() as link:
        for k in range(40):
            town.now += timedelta(days=3)
            await town.file(link, (116.901 + 0.018 * k / 40, 38.305))
        await builder.step(link)
        first = Manifest.read(folder)
        with connect(town.url) as connection:
            import_edition(connection, create_boundaries(edition="2027", shift=0.003))
            publish(connection, "town", "2027")
            grid = load_grid(connection, "town")
        assert not (await verify(link, folder, "town")).current
        await builder.step(link)  # under the old assignments, seen through the new edition
        second = Manifest.read(folder)
        assert second.edition != first.edition
        assert any(assigned != here for assigned, here in second.cells)
        assert (await verify(link, folder, "town")).wrong == []
        await Regrid(grid).run(town.url)
        assert not (await verify(link, folder, "town")).current
        await builder.step(link)
        third = Manifest.read(folder)
        assert all(assigned == here for assigned, here in third.cells)
        proof = await verify(link, folder, "town")
        assert (proof.wrong, proof.compared) == ([], 40)


def test_what_was_altered_is_made_anew(cluster: Cluster, migrated: str, tmp_path: Path) -> None:
    for url in clone(cluster, migrated):
        asyncio.run(_altered(build_town(url), tmp_path))


async def _altered(town: Town, folder: Path) -> None:
    async with await town.connection() as link:
        for where in POINTS:
            await town.file(link, where)
        await Builder(folder, "town").step(link)
        for suffix in ("*.col", "*.ids", "lists-*.bin", "manifest.json"):
            file = next(folder.glob(suffix))
            content = file.read_bytes()
            file.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
            await Builder(folder, "town").step(link)
            proof = await verify(link, folder, "town")
            assert (proof.wrong, proof.compared) == ([], 4)
