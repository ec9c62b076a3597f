"""How fast cases are moved, and how fast a desk finds what lies on it.

    python -m bench.case_rate [--played 2000] [--cases 1000000] [--rounds 20]

Played: reports are filed and carried through eight moves each at simulated times, many in one transaction, by the same
rules and statements as a single move. Single: one move, one transaction, over one connection. Queue: the first page of
100 of a desk's queue, and a later one, among a million open cases; the goal is 20 ms.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import shapely

from bench.cluster import own_cluster
from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.geo.grid import Grid
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments
from wangge.reports.case.docket import Docket
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.intake import submitting as intake
from wangge.reports.intake.submitting import Submission
from wangge.reports.listing import reading
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.listing.reading import Sort, Spot, spot_of
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid
from wangge.store.migrate import upgrade

BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries" / "xinhua"
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
CENTRE = Person(1, "centre", (Grant(Role.CENTRE),))
DESK = Person(2, "desk", (Grant(Role.CENTRE),))
MOVES = ("register", "dispatch", "accept", "start", "report-back", "verify", "close", "confirm")
BATCH = 500
PAGE = 100

MONTHS = """
SELECT ensure_report_month(('2026-01-01'::date + make_interval(months => n))::date) FROM generate_series(0, 12) n
"""

# A year of open cases over all desks, a tenth of them at the centre's.
FILL = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source, on_edge,
                    ambiguous, raw_lon, raw_lat, datum, geom, desk_id, level, level_since, step, due_at, alarm_at)
SELECT at, 'xinhua', c.edition_id, c.id, 'assigned', 'lamp', at, 'bench', false, false, ST_X(c.label), ST_Y(c.label),
       'wgs84', c.label, CASE WHEN n %% 10 = 0 THEN centre.id ELSE d.id END, d.level, at, 'register',
       at + interval '10 days', at + interval '8 days'
FROM generate_series(1, %(cases)s) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 year' / %(cases)s AS at) t
JOIN (SELECT row_number() OVER (ORDER BY c.id) - 1 AS k, c.*, count(*) OVER () AS leaves
      FROM cell c WHERE c.level = 2) c ON c.k = (n * 7919::bigint) %% c.leaves
JOIN desk d ON d.territory_code = 'xinhua' AND d.level = 'grid' AND d.code = c.code
JOIN desk centre ON centre.territory_code = 'xinhua' AND centre.level IS NULL
"""


async def play(url: str, grid: Grid, count: int) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        points = shapely.get_coordinates(shapely.point_on_surface(grid.index.polygons)).tolist()
        keys = []
        begun = time.perf_counter()
        async with connection.transaction():
            for n in range(count):
                (lon, lat), at = points[n % len(points)], START + timedelta(minutes=n)
                submission = Submission(lon, lat, "lamp")
                receipt, _ = await intake.submit(connection, grid, submission, source="bench", now=at)
                keys.append((receipt.id, receipt.received_at))
        filed = time.perf_counter() - begun
        begun = time.perf_counter()
        for first in range(0, count, BATCH):
            async with connection.transaction():
                setting = await actions.load_setting(connection, grid)
                docket = await Docket.open(connection, setting, keys[first : first + BATCH])
                for case in docket.cases.values():
                    for step, name in enumerate(MOVES):
                        given = Arguments(note="done") if name == "report-back" else Arguments()
                        who = DESK if name == "verify" else CENTRE
                        docket.move(case, who, name, given, case.received_at + timedelta(minutes=step + 1))
                await docket.save()
        moved = time.perf_counter() - begun
        print(f"filed   {count / filed:8.0f} reports/s, in one transaction")
        year = 10825 * moved / count
        print(f"played  {count * len(MOVES) / moved:8.0f} moves/s; 10,825 cases of 8 moves in {year:.1f} s")
        await single(connection, grid)


async def single(connection: AsyncConnection, grid: Grid, moves: int = 200) -> None:
    ((lon, lat),) = shapely.get_coordinates(shapely.point_on_surface(grid.index.polygons[0])).tolist()
    receipt, _ = await intake.submit(connection, grid, Submission(lon, lat, "lamp"), source="bench")
    took = []
    for _ in range(moves):
        begun = time.perf_counter()
        async with connection.transaction():
            await actions.move(connection, CENTRE, grid, receipt.number, "note", Arguments(note="x"))
        took.append(time.perf_counter() - begun)
    print(f"single  {1000 * statistics.median(took):8.2f} ms a move (median)")


async def queue(url: str, grid: Grid, rounds: int) -> None:
    scope, waiting = whole("xinhua"), sorted(OPEN - {State.PARKED})
    async with await connect_async(url) as connection:
        places = {"centre": None, "base grid": ("grid", grid.leaves[5].code)}
        for name, place in places.items():
            desk = await reading.desk_at(connection, "xinhua", place)
            assert desk is not None
            where = ReportFilter("xinhua", states=tuple(waiting), desk=desk)
            rows = await reading.list_reports(connection, where, scope, PAGE, Sort.DUE)
            after = spot_of(rows[-1], Sort.DUE)

            async def first(where: ReportFilter = where) -> None:
                await reading.list_reports(connection, where, scope, PAGE, Sort.DUE)

            async def later(where: ReportFilter = where, after: Spot = after) -> None:
                await reading.list_reports(connection, where, scope, PAGE, Sort.DUE, after)

            print(f"queue   {name:10} first page {await timed(first, rounds)}, later page {await timed(later, rounds)}")


async def timed(act: Callable[[], Awaitable[None]], rounds: int) -> str:
    took = []
    for _ in range(rounds + 3):
        begun = time.perf_counter()
        await act()
        took.append(1000 * (time.perf_counter() - begun))
    return f"{statistics.median(took[3:]):6.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--played", type=int, default=2000)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with own_cluster() as cluster:
        run(cluster.url, options)


def run(url: str, options: argparse.Namespace) -> None:
    upgrade(url)
    with connect(url, autocommit=True) as connection:
        edition = import_edition(connection, read_boundaries(BOUNDARIES))
        put_categories(connection, "xinhua", categories_for(BOUNDARIES))
        publish(connection, "xinhua", edition.label)
        grid = load_grid(connection, "xinhua")
        connection.execute(MONTHS)
    asyncio.run(play(url, grid, options.played))
    with connect(url, autocommit=True) as connection:
        begun = time.perf_counter()
        connection.execute(FILL, {"cases": options.cases})
        connection.execute("ANALYZE report")
        print(f"filled  {options.cases:,} open cases in {time.perf_counter() - begun:.0f} s")
    asyncio.run(queue(url, grid, options.rounds))


if __name__ == "__main__":
    main()
