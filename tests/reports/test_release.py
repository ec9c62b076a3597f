"""What is published of counts: periods that are over, no place finer than base grids, all of them rounded by chance."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.reports.releasing import put_reports
from wangge.geo.grid import Grid
from wangge.reports.release.making import make_due
from wangge.reports.release.periods import LADDER, About, PeriodKind, depth_of, parse_period, periods_over
from wangge.reports.release.reading import (
    Asked,
    NotReleased,
    Release,
    published_figures,
    published_totals,
    release_for,
    releases_of,
)
from wangge.store.engine import AsyncConnection, connect, connect_async

NOW = datetime(2026, 4, 10, tzinfo=UTC)
STEP = 3


def test_weeks_make_up_months_and_months_years_exactly() -> None:
    over = list(periods_over(date(2023, 11, 20), date(2025, 2, 8)))
    by_kind = {kind: sorted((p for p in over if p.kind is kind), key=lambda p: p.since) for kind in PeriodKind}
    for kind in (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.YEAR):
        assert all(one.until == after.since for one, after in pairwise(by_kind[kind])), kind
    assert by_kind[PeriodKind.YEAR][0].name == "2023"
    assert by_kind[PeriodKind.WEEK][0].name == "2023-11-w3"
    assert by_kind[PeriodKind.WEEK][-1].name == "2025-02-w1"
    assert by_kind[PeriodKind.MONTH][-1].name == "2025-01"
    assert all((week.until - week.since).days in range(7, 11) for week in by_kind[PeriodKind.WEEK])
    for month in by_kind[PeriodKind.MONTH]:
        weeks = [week for week in by_kind[PeriodKind.WEEK] if week.name.startswith(f"{month.name}-")]
        if month.since > date(2023, 11, 20):
            assert (weeks[0].since, weeks[-1].until, len(weeks)) == (month.since, month.until, 4)


@pytest.mark.parametrize(
    "name", ["", "26", "2026-13", "2026-3", "2026-03-w5", "2026-03-05", "9999", "0000", "2026-03-w1 "]
)
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name.strip() or "^$"):
        parse_period(name)


@pytest.mark.parametrize("levels", [1, 2, 3, 4, 5])
def test_places_are_coarser_the_shorter_the_period_and_the_finer_the_kind(levels: int) -> None:
    def depth(kind: PeriodKind, about: About) -> int:
        found = depth_of(kind, about, levels)
        return -1 if found is None else found

    for about in About:
        assert depth(PeriodKind.YEAR, about) >= depth(PeriodKind.MONTH, about) >= depth(PeriodKind.WEEK, about)
    for kind in PeriodKind:
        assert levels >= depth(kind, About.ALL) >= depth(kind, About.GROUP) >= depth(kind, About.CATEGORY)
    assert LADDER[PeriodKind.MONTH][About.GROUP] == 1  # a community's month by group


@pytest.fixture
async def connection(database: str) -> Any:
    async with await connect_async(database) as connection:
        yield connection


async def made(connection: AsyncConnection, period: str) -> Release:
    zone = parse_zone()
    release = await release_for(connection, "xinhua", zone, period=period)
    assert release is not None
    return release


def parse_zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Shanghai")


async def test_a_count_is_a_multiple_near_the_true_one_and_right_on_average(
    connection: AsyncConnection, xinhua: Grid, database: str
) -> None:
    """Each community with 0 to 65 reports in March: none is off by a step or more, and their sum is nearly right."""
    communities = sorted({leaf.path[1] for leaf in xinhua.leaves})
    true = Counter({code: n for n, code in enumerate(communities)})
    inside = {leaf.path[1]: leaf for leaf in xinhua.leaves}
    put_reports(database, [(inside[code], "wiring", "2026-03-10T04:00:00Z") for code in true.elements()])
    assert ("xinhua", "2026-03") in await make_due(connection, STEP, now=NOW)
    release = await made(connection, "2026-03")
    told = {}
    for code in communities:
        figures = await published_figures(connection, release, Asked(), ("community", code))
        told[code] = figures["reports"]
        by_group = await published_figures(connection, release, Asked(group="safety"), ("community", code))
        assert by_group["reports"] == told[code]  # the same reports, counted the same
        assert (await published_figures(connection, release, Asked("wiring"), ("community", code)))["reports"] is None
    assert all(count % STEP == 0 and abs(count - true[code]) < STEP for code, count in told.items())
    assert told[communities[0]] == 0
    assert {told[code] > true[code] for code in communities if true[code] % STEP} == {True, False}
    assert abs(sum(told.values()) - true.total()) < 4 * STEP / 2 * len(communities) ** 0.5
    totals = await published_totals(connection, ["xinhua", "washington"])
    assert abs(totals["xinhua"][0] - true.total()) < STEP
    assert totals["xinhua"][1] == date(2026, 3, 31)
    assert "washington" not in totals


async def test_the_same_reports_are_rounded_the_same_wherever_they_are_counted(
    connection: AsyncConnection, xinhua: Grid, database: str
) -> None:
    """A cell and the only one in it with reports, a month and its only week: counting again tells nothing more."""
    leaves = xinhua.leaves[::50]
    put_reports(database, [(leaf, "noise", "2026-03-09T04:00:00Z") for leaf in leaves for _ in range(4)])
    await make_due(connection, STEP, now=NOW)
    month = await made(connection, "2026-03")
    week = await made(connection, "2026-03-w2")
    for leaf in leaves:
        of = [
            (await published_figures(connection, month, Asked(), place))["reports"]
            for place in zip(("street", "community", "grid"), leaf.path, strict=True)
        ]
        alone = [sum(other.path[depth] == leaf.path[depth] for other in leaves) == 1 for depth in range(3)]
        assert len({count for count, single in zip(of, alone, strict=True) if single}) == 1
        street = ("street", leaf.path[0])
        same = [(await published_figures(connection, one, Asked(), street))["reports"] for one in (month, week)]
        assert same[0] == same[1]
        assert (await published_figures(connection, week, Asked(), ("grid", leaf.code)))["reports"] is None


async def test_only_what_is_over_is_published_and_once(
    connection: AsyncConnection, xinhua: Grid, database: str
) -> None:
    leaf = xinhua.leaves[5]
    put_reports(database, [(leaf, "lamp", "2026-02-28T16:30:00Z")] * 40)  # the first of March there
    assert await make_due(connection, STEP, now=datetime(2026, 3, 7, 16, 5, tzinfo=UTC)) == []
    assert await make_due(connection, STEP, now=datetime(2026, 3, 7, 16, 11, tzinfo=UTC)) == [("xinhua", "2026-03-w1")]
    assert await make_due(connection, STEP, now=datetime(2026, 3, 7, 16, 11, tzinfo=UTC)) == []
    first = await published_figures(connection, await made(connection, "2026-03-w1"), Asked(), None)
    assert first["reports"] in {39, 42}
    put_reports(database, [(leaf, "lamp", "2026-03-02T00:00:00Z")] * 60)  # history that is brought in later
    assert await make_due(connection, STEP, now=datetime(2026, 3, 8, tzinfo=UTC)) == []
    assert await published_figures(connection, await made(connection, "2026-03-w1"), Asked(), None) == first
    await make_due(connection, STEP, now=datetime(2026, 3, 8, tzinfo=UTC), again=["2026-03-w1"])
    again = await published_figures(connection, await made(connection, "2026-03-w1"), Asked(), None)
    assert again["reports"] in {99, 102}
    with pytest.raises(NotReleased):
        await release_for(connection, "xinhua", parse_zone(), period="2026-03")
    with pytest.raises(NotReleased):
        await release_for(connection, "xinhua", parse_zone(), since=datetime(2026, 3, 1, 5, tzinfo=UTC))


async def test_nothing_is_published_while_history_comes_in(
    connection: AsyncConnection, xinhua: Grid, database: str
) -> None:
    put_reports(database, [(xinhua.leaves[5], "lamp", "2026-03-05T00:00:00Z")] * 40)
    with connect(database, autocommit=True) as importing:
        importing.execute("SELECT pg_advisory_lock_shared(hashtext('wangge history'), hashtext('xinhua'))")
        assert await make_due(connection, STEP, now=NOW) == []
        importing.execute("SELECT pg_advisory_unlock_all()")  # a session that ends gives up its locks a moment later
    assert ("xinhua", "2026-03") in await make_due(connection, STEP, now=NOW)


async def test_zero_and_too_few_are_alike(connection: AsyncConnection, xinhua: Grid, database: str) -> None:
    """A week with one report is told as an empty one is, or as a whole step; weeks before the first told are hidden."""
    places = [(leaf, "lamp", f"2026-02-{day:02}T03:00:00Z") for leaf in xinhua.leaves[::40] for day in (3, 10)]
    put_reports(database, places[:1] + [(xinhua.leaves[7], "lamp", "2026-03-05T00:00:00Z")] * 30)
    await make_due(connection, STEP, now=NOW)
    for release in await releases_of(connection, "xinhua"):
        told = await published_figures(connection, release, Asked(), ("street", places[0][0].path[0]))
        assert told["reports"] in {None, 0, STEP} or release.period.name.startswith(("2026-03", "2026-02"))
    names = [release.period.name for release in await releases_of(connection, "xinhua")]
    first = await published_figures(connection, await made(connection, "2026-03-w1"), Asked(), None)
    assert first["reports"] >= 27
    assert ("2026-02-w1" in names) == any(name.startswith("2026-02") for name in names)


async def test_a_year_tells_of_one_edition(connection: AsyncConnection, xinhua: Grid, database: str) -> None:
    put_reports(database, [(leaf, "lamp", "2025-11-05T00:00:00Z") for leaf in xinhua.leaves[::10]])
    await make_due(connection, STEP, now=datetime(2025, 12, 2, tzinfo=UTC))
    with connect(database) as storing:
        storing.execute(
            "INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels)"
            " SELECT territory_code, 'next', valid_from, source, licence, synthetic, hash, levels FROM edition"
            " WHERE id = %s",
            (xinhua.edition_id,),
        )
        storing.execute("UPDATE territory SET current_edition_id = (SELECT max(id) FROM edition) WHERE code = 'xinhua'")
    await make_due(connection, STEP, now=datetime(2026, 3, 2, tzinfo=UTC))
    editions = {release.period.name: release.edition for release in await releases_of(connection, "xinhua")}
    assert editions["2025"] == editions["2025-12"] == editions["2025-11"] != "next"
    assert editions["2026-01"] == "next"
