"""After the grid is redrawn open cases are with the desks that answer for their places."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import shapely

from tests.builders import create_boundaries
from tests.conftest import clone
from tests.reports.town import START, Town, build_town
from wangge.duty.desks import publish
from wangge.geo.boundaries import Boundaries
from wangge.reports.bulk.regrid.handing_on import hand_on
from wangge.reports.bulk.regrid.moves import Moves
from wangge.reports.bulk.regrid.regridding import Regrid
from wangge.reports.case.actions import load_setting
from wangge.reports.case.checking import contradictions
from wangge.reports.clock.sweep import sweep
from wangge.reports.errors import UnknownReport
from wangge.reports.policy.document import PolicyFile
from wangge.reports.policy.policies import put_policy
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

BORDERLAND = 116.9115, 38.305  # in B1, and in A1 once the inner line has moved


@pytest.fixture
def town(cluster: Cluster, migrated: str) -> Iterator[Town]:
    for url in clone(cluster, migrated):
        town = build_town(url)
        yield town
        with town.reading() as connection:
            assert list(contradictions(connection)) == []


def moved_line() -> Boundaries:
    return create_boundaries(edition="2027", shift=0.003)


def one_cell_for_b() -> Boundaries:
    """B1 and B2 are one base grid, B3."""
    boundaries = create_boundaries(edition="2027")
    streets, grids = boundaries.levels
    whole = shapely.union_all(grids.geometries[2:])
    merged = replace(
        grids,
        codes=["A1", "A2", "B3"],
        names=["a1", "a2", "b3"],
        parents=["A", "A", "B"],
        geometries=np.array([*grids.geometries[:2], whole], dtype=object),
        attributes=grids.attributes[:3],
    )
    return replace(boundaries, levels=(streets, merged))


def redraw(town: Town, boundaries: Boundaries, *, published: bool = True) -> Moves:
    """Bring in an edition and assign all reports to it."""
    with connect(town.url) as connection:
        import_edition(connection, boundaries)
        if published:
            publish(connection, "town", "2027")
        grid = load_grid(connection, "town", "2027")
        town.desks |= dict(connection.execute("SELECT coalesce(nullif(code, ''), 'centre'), id FROM desk").fetchall())
    if published:
        town.grid = grid
    return asyncio.run(Regrid(grid).run(town.url))


def stands(town: Town, number: str) -> tuple[Any, ...]:
    """Code of the cell and of the desk, the level, and the moves of a case."""
    query = """
        SELECT c.code, coalesce(d.code, ''), r.level, array(
            SELECT move FROM report_event e WHERE e.report_id = r.id AND version > 1 ORDER BY e.id)
        FROM report r JOIN cell c ON c.id = r.cell_id JOIN desk d ON d.id = r.desk_id WHERE r.id = %s"""
    with town.reading() as connection:
        row = connection.execute(query, (int(number.split("-")[1]),)).fetchone()
    assert row is not None
    return row


def filed(town: Town, where: str | tuple[float, float], *moves: tuple[Any, ...]) -> str:
    async def file() -> str:
        async with await town.connection() as connection:
            number = (await town.file(connection, where)).number
            if moves:
                await town.walk(connection, number, *moves)
            return number

    return asyncio.run(file())


def test_a_case_goes_to_the_desk_of_the_base_grid_it_lies_in_now(town: Town) -> None:
    new = filed(town, BORDERLAND)
    handled = filed(
        town,
        BORDERLAND,
        ("officer B1", "register"),
        ("officer B1", "dispatch", {"parties": town.parties("power")}),
        ("power", "accept"),
    )
    elsewhere = filed(town, "B1")
    assert redraw(town, moved_line()).handed_on == 2
    assert stands(town, new) == ("A1", "A1", "grid", ["redraw"])
    assert stands(town, handled) == ("A1", "A1", "grid", ["register", "dispatch", "accept", "redraw"])
    assert stands(town, elsewhere) == ("B1", "B1", "grid", [])
    with town.reading() as connection:
        facts, actor, state = connection.execute(
            "SELECT facts, actor, state FROM report_event WHERE move = 'redraw' AND state <> 'assigned'"
        ).fetchone()  # type: ignore[misc]
    told = {name: facts[name] for name in ("from_cell", "cell", "edition", "from_desk", "desk", "level", "step")}
    assert told == {
        "from_cell": "B1",
        "cell": "A1",
        "edition": "2027",
        "from_desk": town.desks["B1"],
        "desk": town.desks["A1"],
        "level": "grid",
        "step": "handle",
    }
    assert (actor, state) == ("wangge", "accepted")


def test_the_new_desk_carries_it_on_and_the_old_one_does_not_see_it_any_more(town: Town) -> None:
    number = filed(town, BORDERLAND)
    redraw(town, moved_line())

    async def carry_on() -> list[str]:
        async with await town.connection() as connection:
            answers = []
            for who in ("officer B1", "officer A1"):
                try:
                    answers.append((await town.move(connection, who, number, "register")).case.state.value)
                except Exception as refused:
                    answers.append(type(refused).__name__)
            return answers

    assert asyncio.run(carry_on()) == ["UnknownReport", "registered"]


def test_a_level_has_its_full_time_with_what_was_handed_on(town: Town) -> None:
    number = filed(town, BORDERLAND)
    redraw(town, moved_line())
    with town.reading() as connection:
        since, alarm, handed = connection.execute(
            """SELECT r.level_since, r.alarm_at, e.at FROM report r JOIN report_event e ON e.report_id = r.id
               WHERE e.move = 'redraw'"""
        ).fetchone()  # type: ignore[misc]
    assert since == handed
    assert alarm is not None
    assert stands(town, number)[2] == "grid"


def test_what_a_street_or_the_centre_has_stays_there_while_it_answers_for_the_place(town: Town) -> None:
    same_street = filed(
        town, "B1", ("officer B1", "register"), ("officer B1", "escalate", {"reason": "beyond my grid"})
    )
    other_street = filed(
        town,
        BORDERLAND,
        ("officer B1", "register"),
        ("officer B1", "escalate", {"reason": "beyond my grid"}),
    )
    centre = filed(
        town,
        BORDERLAND,
        ("officer B1", "register"),
        ("officer B1", "escalate", {"reason": "beyond my grid"}),
        ("street B", "escalate", {"reason": "beyond my street"}),
    )
    assert redraw(town, moved_line()).handed_on == 1
    assert stands(town, same_street)[:3] == ("B1", "B", "street")
    assert stands(town, other_street)[:3] == ("A1", "A", "street")
    assert stands(town, centre)[:3] == ("A1", "", None)


def test_cases_of_a_closed_desk_are_handed_on_parked_ones_too(town: Town) -> None:
    running = filed(town, "B1")
    parked = filed(town, "B2", ("centre", "register"), ("centre", "park", {"reason": "until spring"}))
    ended = filed(town, "B2", ("centre", "void", {"reason": "a trial"}))
    assert redraw(town, one_cell_for_b()).handed_on == 2
    assert stands(town, running)[:3] == ("B3", "B3", "grid")
    assert stands(town, parked)[:3] == ("B3", "B3", "grid")
    assert stands(town, ended)[1] == "B2"

    async def resume() -> None:
        async with await town.connection() as connection:
            town.now += timedelta(days=400)
            await town.move(connection, "centre", parked, "resume")

    asyncio.run(resume())
    with town.reading() as connection:
        since = connection.execute(
            "SELECT level_since FROM report WHERE id = %s", (int(parked.split("-")[1]),)
        ).fetchone()
    assert since == (town.now,)


def test_a_second_run_finds_nothing_to_hand_on(town: Town) -> None:
    filed(town, BORDERLAND)
    redraw(town, moved_line())

    async def again() -> int:
        async with await town.connection() as connection:
            return await hand_on(connection, await load_setting(connection, town.grid, routing=False))

    assert asyncio.run(again()) == 0


def test_an_edition_that_is_not_published_moves_no_case_to_another_desk(town: Town) -> None:
    number = filed(town, BORDERLAND)
    assert redraw(town, moved_line(), published=False).handed_on == 0
    assert stands(town, number) == ("A1", "B1", "grid", [])


def test_until_then_the_desks_above_carry_a_case_of_a_closed_desk(town: Town) -> None:
    number, other = filed(town, "B2"), filed(town, "B2")
    with connect(town.url) as connection:
        import_edition(connection, one_cell_for_b())
        publish(connection, "town", "2027")
        town.grid = load_grid(connection, "town")

    async def carry() -> None:
        async with await town.connection() as connection:
            await town.walk(
                connection,
                number,
                ("street B", "register"),
                ("street B", "dispatch", {"parties": town.parties("power")}),
                ("power", "accept"),
            )
            await town.move(connection, "street B", other, "register")
            await town.move(connection, "street B", other, "escalate", reason="beyond my grid")
            with pytest.raises(UnknownReport):
                await town.move(connection, "street A", number, "note", note="-")

    asyncio.run(carry())
    assert stands(town, number) == ("B2", "B2", "grid", ["register", "dispatch", "accept"])
    assert stands(town, other)[:3] == ("B2", "B", "street")


def test_it_goes_on_rising_from_where_it_was_handed_to(town: Town) -> None:
    with connect(town.url) as connection:
        put_policy(connection, "town", PolicyFile(levels={"grid": "24h"}))
    number = filed(town, BORDERLAND)
    redraw(town, moved_line())

    async def late() -> None:
        async with await town.connection() as connection:
            await sweep(connection, START.replace(year=START.year + 1))

    asyncio.run(late())
    assert stands(town, number)[:3] == ("A1", "A", "street")
