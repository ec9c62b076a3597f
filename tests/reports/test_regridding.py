"""Stored reports go to another edition: every one of them, once, with what was before kept."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from psycopg.conninfo import conninfo_to_dict

from tests.builders import create_boundaries
from tests.conftest import ROOT, heed_interrupts
from wangge.geo.ambiguity import Ambiguity
from wangge.geo.grid import OUTSIDE, Grid
from wangge.reports.bulk.regrid.moves import Moves
from wangge.reports.bulk.regrid.regridding import Regrid, RegridUnderWay
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import load_grid

SHIFT = 0.003
OLD, NEW = 116.9 + 0.01, 116.9 + 0.01 + SHIFT  # the inner line, as the builder computes it
FIRST, LAST = datetime(2025, 11, 20, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC)


@pytest.fixture
def town(empty_database: str) -> str:
    """URL of a database with the editions 2026 (published) and 2027 (its inner line moved) of a town."""
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries())
        publish(connection, "town", "2026")
        import_edition(connection, create_boundaries(edition="2027", shift=SHIFT))
        connection.execute("""INSERT INTO category VALUES ('town', 'lamp', '{"en": "Lamp", "zh": "路灯"}')""")
        connection.execute(
            "SELECT ensure_report_month(m::date) FROM generate_series(%s, %s, '1 month') AS m",
            (FIRST, LAST + timedelta(days=31)),
        )
    return empty_database


def grid_of(url: str, label: str) -> Grid:
    with connect(url) as connection:
        return load_grid(connection, "town", label)


def store(url: str, lonlat: np.ndarray[Any, Any], edition: str = "2026", accuracy: float | None = None) -> None:
    """Reports at places, spread over some months, in the cells of an edition; at an odd place in its first cell."""
    grid = grid_of(url, edition)
    hits = grid.locate_many(lonlat[:, 0], lonlat[:, 1])
    step = (LAST - FIRST) / max(1, len(lonlat))
    rows = [
        (FIRST + step * i, grid.edition_id, grid.leaves[max(0, at)].id, bool(edge), accuracy, lon, lat, lon, lat)
        for i, ((lon, lat), at, edge) in enumerate(zip(lonlat.tolist(), *hits, strict=True))
    ]
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source,
                                on_edge, ambiguous, accuracy_m, raw_lon, raw_lat, datum, geom)
            VALUES (%s, 'town', %s, %s, 'assigned', 'lamp', now(), 'test', %s, false, %s, %s, %s, 'wgs84',
                    ST_SetSRID(ST_MakePoint(%s, %s), 4326))
            """,
            rows,
        )


def places(count: int, seed: int = 1) -> np.ndarray[Any, Any]:
    """Points all over the town, among them corners of its cells and points on its lines."""
    rng = np.random.default_rng(seed)
    anywhere = rng.uniform((116.9, 38.3), (116.92, 38.32), (count, 2))
    anywhere[::7, 0] = OLD
    anywhere[::11, 0] = NEW
    anywhere[::13, 1] = 38.31
    return anywhere


def run(url: str, label: str = "2027", *, rehearsal: bool = False, **options: Any) -> Moves:
    return asyncio.run(Regrid(grid_of(url, label), **options).run(url, rehearsal=rehearsal))


Row = tuple[Any, ...]


def asked(url: str, statement: str, *parameters: Any) -> list[Row]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement, parameters).fetchall()


def state(url: str) -> tuple[list[Row], list[Row]]:
    """Every report's assignment, and the whole history but for its times."""
    return (
        asked(url, "SELECT id, edition_id, cell_id, on_edge, ambiguous FROM report ORDER BY id"),
        asked(
            url,
            "SELECT report_id, report_received_at, edition_id, cell_id, on_edge FROM report_assignment ORDER BY 1, 3",
        ),
    )


def assert_all_stand_where_they_are_located(url: str, label: str) -> None:
    grid = grid_of(url, label)
    rows = asked(
        url,
        "SELECT edition_id, cell_id, on_edge, ambiguous, ST_X(geom), ST_Y(geom), accuracy_m FROM report"
        " WHERE territory_code = 'town' ORDER BY id",
    )
    *_, lon, lat, accuracy = map(np.array, zip(*rows, strict=True))
    hits = grid.locate_many(lon, lat)
    ambiguous = Ambiguity(grid).of(lon, lat, accuracy.astype(np.float64))
    expected = [
        (grid.edition_id, grid.leaves[at].id, bool(edge), bool(unsure))
        for at, edge, unsure in zip(hits.position, hits.on_edge, ambiguous, strict=True)
    ]
    assert (hits.position != OUTSIDE).all()
    assert [row[:4] for row in rows] == expected


def test_every_report_moves_and_what_was_before_is_kept(town: str) -> None:
    points = places(2_000)
    store(town, points)
    before = asked(town, "SELECT id, received_at, edition_id, cell_id, on_edge FROM report ORDER BY id")
    told: list[tuple[int, int]] = []
    moves = run(town, blocks=3, advance=lambda moves: told.append((moves.seen, moves.moved)))
    assert (moves.reports, moves.seen, moves.moved, moves.outside, moves.left) == (2_000, 2_000, 2_000, 0, 0)
    assert told[-1] == (2_000, 2_000)
    assert len(told) > 8
    assert told == sorted(told)
    assert_all_stand_where_they_are_located(town, "2027")
    assert asked(town, "SELECT report_id, report_received_at, edition_id, cell_id, on_edge FROM report_assignment"
                       " ORDER BY report_id") == before  # fmt: skip
    old, new = (grid_of(town, label).locate_many(*points.T).position for label in ("2026", "2027"))
    codes = [leaf.code for leaf in grid_of(town, "2026").leaves]
    assert moves.flows == Counter((codes[a], codes[b]) for a, b in zip(old, new, strict=True))
    assert moves.renamed == (old != new).sum() > 200


def test_nothing_is_left_to_do_the_second_time(town: str) -> None:
    store(town, places(300))
    run(town)
    before = state(town), revision(town)
    moves = run(town)
    assert (moves.reports, moves.moved, moves.flows) == (0, 0, Counter())
    assert (state(town), revision(town)) == before


def test_there_and_back_again_is_two_entries_a_report(town: str) -> None:
    store(town, places(300))
    first, _ = state(town)
    run(town)
    run(town, "2026")
    last, history = state(town)
    assert last == first
    assert len(history) == 600
    times = asked(town, "SELECT count(DISTINCT assigned_until) FROM report_assignment GROUP BY report_id")
    assert set(times) == {(2,)}


def test_a_rehearsal_tells_the_same_and_changes_nothing(town: str) -> None:
    store(town, places(500))
    store(town, np.array([[117.5, 38.3]]))
    before = state(town), revision(town)
    rehearsed = run(town, rehearsal=True, blocks=2)
    assert (state(town), revision(town)) == before
    moves = run(town, blocks=2)
    assert (rehearsed.moved, rehearsed.flows, rehearsed.outside) == (moves.moved, moves.flows, moves.outside)
    assert (moves.moved, moves.outside, moves.left, rehearsed.left) == (500, 1, 0, 0)


def test_reports_outside_keep_what_they_have_and_are_named(town: str) -> None:
    store(town, places(50))
    store(town, np.array([[117.5, 38.3], [116.95, 38.31]]))
    outside = asked(
        town, "SELECT id, received_at, edition_id, cell_id FROM report WHERE ST_X(geom) > 116.93 ORDER BY id"
    )
    for _ in range(2):  # they are found by every run
        moves = run(town)
        ids = np.concatenate([stray.id for stray in moves.strays])
        at = np.concatenate([stray.received_at for stray in moves.strays])
        order = np.argsort(ids)
        assert ids[order].tolist() == [row[0] for row in outside]
        assert [time.replace(tzinfo=UTC) for time in at[order].tolist()] == [row[1] for row in outside]
        assert {code for stray in moves.strays for code in stray.cell} == {"A1"}
    kept = asked(town, "SELECT id, received_at, edition_id, cell_id FROM report WHERE ST_X(geom) > 116.93 ORDER BY id")
    assert kept == outside
    assert asked(town, "SELECT count(*) FROM report_assignment") == [(50,)]


def test_on_edge_and_ambiguous_are_found_anew(town: str) -> None:
    store(town, np.array([(OLD, 38.305), (NEW, 38.305)]), accuracy=30.0)
    with connect(town) as connection:
        connection.execute("UPDATE report SET ambiguous = ST_X(geom) < 116.911")
    assert asked(town, "SELECT on_edge, ambiguous FROM report ORDER BY id") == [(True, True), (False, False)]
    run(town)
    assert asked(town, "SELECT on_edge, ambiguous FROM report ORDER BY id") == [(False, False), (True, True)]
    assert asked(town, "SELECT on_edge FROM report_assignment ORDER BY report_id") == [(True,), (False,)]
    assert_all_stand_where_they_are_located(town, "2027")


def test_other_territories_are_left_alone(town: str) -> None:
    with connect(town) as connection:
        import_edition(connection, create_boundaries("village", edition="2026"))
        import_edition(connection, create_boundaries("village", edition="2027", shift=SHIFT))
    store(town, places(100))
    with connect(town) as connection:
        village = load_grid(connection, "village", "2027")
    moves = asyncio.run(Regrid(village).run(town))
    assert moves.reports == 0
    assert asked(town, "SELECT count(*) FROM report_assignment") == [(0,)]


def test_two_at_once_are_refused_and_the_lock_ends_with_the_run(town: str) -> None:
    store(town, places(200))
    started, go_on = threading.Event(), threading.Event()

    def pause(_: Moves) -> None:
        started.set()
        assert go_on.wait(20)

    first = threading.Thread(target=lambda: run(town, blocks=1, advance=pause))
    first.start()
    assert started.wait(20)
    with pytest.raises(RegridUnderWay):
        run(town)
    rehearsed = run(town, rehearsal=True)  # which changes nothing, and so need not wait
    assert rehearsed.reports > 0
    go_on.set()
    first.join()
    assert run(town).reports == 0


@pytest.mark.parametrize("change", ["ST_SetSRID(ST_MakePoint(116.905, 38.315), 4326)", "geom"], ids=["place", "else"])
def test_a_report_that_changes_meanwhile_is_read_again(town: str, change: str) -> None:
    """Another transaction holds a changed report while the regrid wants to assign it."""
    store(town, np.array([[116.9115, 38.305]] * 20))
    with psycopg.connect(town) as other:
        other.execute(
            f"UPDATE report SET geom = {change}, description = 'changed' WHERE id = (SELECT min(id) FROM report)"
        )
        thread = threading.Thread(target=lambda: run(town))
        thread.start()
        await_waiting(town)
        other.commit()
        thread.join()
    assert_all_stand_where_they_are_located(town, "2027")
    assert asked(town, "SELECT count(*), count(DISTINCT report_id) FROM report_assignment") == [(20, 20)]
    assert asked(town, "SELECT count(*) FROM report WHERE description = 'changed'") == [(1,)]


def await_waiting(url: str) -> None:
    """Return once somebody waits for a row that another has changed."""
    until = time.monotonic() + 20
    look = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not asked(url, look):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_reports_that_arrive_meanwhile_are_assigned_too(town: str) -> None:
    store(town, places(200))
    late = iter([places(30, seed=2)])

    def arrive(_: Moves) -> None:
        for points in late:
            store(town, points)

    moves = run(town, blocks=1, jobs=1, advance=arrive)
    assert (moves.reports, moves.seen, moves.moved, moves.left) == (230, 230, 230, 0)
    assert sum(moves.flows.values()) == 230
    assert_all_stand_where_they_are_located(town, "2027")


def test_what_arrives_without_end_is_not_chased_for_ever(town: str) -> None:
    store(town, places(20))
    moves = run(town, blocks=1, jobs=1, advance=lambda _: store(town, places(1)))
    assert 0 < moves.left < 30
    assert moves.moved >= 20


def test_a_chunk_that_got_into_a_deadlock_is_begun_again(town: str) -> None:
    store(town, np.array([[116.9115, 38.305]] * 20))
    ids = [row[0] for row in asked(town, "SELECT id FROM report_202512 ORDER BY id")]
    with psycopg.connect(town) as other:
        other.execute("UPDATE report SET description = 'mine' WHERE id = %s", (ids[len(ids) // 2],))
        thread = threading.Thread(target=lambda: run(town, jobs=1))
        thread.start()
        await_waiting(town)
        # The regrid has some of the others. It waits longer, so it is the one that the server makes give up.
        other.execute("UPDATE report SET description = 'mine' WHERE id = ANY (%s)", (ids,))
        other.commit()
        thread.join()
    assert asked(town, "SELECT count(*) FROM report_assignment") == [(20,)]
    assert asked(town, "SELECT count(*) FROM report WHERE description = 'mine'") == [(len(ids),)]
    assert_all_stand_where_they_are_located(town, "2027")


PROGRAM = """
import asyncio, sys, time
from wangge.reports.bulk.regrid.regridding import Regrid
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

def slowly(moves):
    print(moves.moved, flush=True)
    time.sleep(0.02)

with connect(sys.argv[1]) as connection:
    grid = load_grid(connection, "town", "2027")
try:
    asyncio.run(Regrid(grid, blocks=1, advance=slowly).run(sys.argv[1]))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_a_run_that_was_cut_off_is_gone_on_with(town: str, cluster: Any, sent: signal.Signals) -> None:
    store(town, places(3_000))
    name = f"twin{os.getpid()}_{sent}"
    uncut = cluster.create_database(name, template=conninfo_to_dict(town)["dbname"])
    run(uncut)
    expected = state(uncut)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, town],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    assert process.stdout
    told = [int(process.stdout.readline()) for _ in range(5)]
    process.send_signal(sent)
    told += [int(line) for line in process.communicate(timeout=20)[0].split()]
    assert process.returncode == (130 if sent == signal.SIGINT else -signal.SIGKILL)
    moved = asked(town, "SELECT count(*) FROM report_assignment")[0][0]
    under = asked(town, "SELECT count(*) FROM report r JOIN edition e ON e.id = r.edition_id WHERE e.label = '2027'")
    assert under == [(moved,)]  # each chunk whole: moved and kept
    assert 0 < moved < 3_000
    if sent == signal.SIGINT:
        assert told[-1] == moved  # what was said is what is stored
    assert run(town).moved == 3_000 - moved
    assert state(town) == expected
    cluster.drop_database(name)


def test_the_history_can_only_grow_and_what_it_names_stays(town: str) -> None:
    store(town, places(10))
    run(town)
    for statement in (
        "UPDATE report_assignment SET on_edge = true",
        "DELETE FROM report_assignment",
        "TRUNCATE report_assignment",
        "DELETE FROM cell",
        "TRUNCATE cell CASCADE",
        "UPDATE cell SET edition_id = edition_id",
    ):
        with connect(town) as connection, pytest.raises(psycopg.Error, match="are kept"):
            connection.execute(statement)
    with connect(town) as connection, pytest.raises(psycopg.IntegrityError):
        connection.execute("DELETE FROM edition")


@pytest.mark.parametrize("many", [1, 3])
def test_awkward_places_and_any_number_of_connections(town: str, many: int) -> None:
    corners = shapely.get_coordinates([leaf.geometry for leaf in grid_of(town, "2027").leaves])
    beside = np.nextafter(corners, corners.mean(axis=0))
    store(town, np.concatenate([corners, beside, np.array([[NEW, 38.31]] * 5)]), accuracy=12.5)
    moves = run(town, jobs=many, blocks=1)
    assert moves.outside == 0
    assert_all_stand_where_they_are_located(town, "2027")


def revision(url: str) -> Row:
    return asked(url, "SELECT coalesce(sum(n), 0) FROM report_revision")[0]
