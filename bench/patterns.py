"""Counting reports: the columns beside DuckDB's in-memory table, in one process, one thread each; chDB's where it is.

    python -m bench.patterns [REPORTS] [alone]        10,000,000 if left out; DuckDB comes with the group `bench`

`alone` leaves the others out. chDB is compared too where `pip install chdb` was done; nothing else uses it.

A synthetic city of three years, 20 categories and 500 hot spots, in columns. All give the same counts, which is
checked. What is shown is the processor's time of the thread (for chDB of the process, for it has threads of its own),
the least and the middle of RUNS, so that what else the machine does matters less; the load is shown beside it.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from bench.crowd import CATEGORIES, FLAGS, FROM, STATES, crowd
from wangge.patterns.columns.counting import Question, Wanted, count, day_number
from wangge.patterns.columns.generation import Generation
from wangge.patterns.columns.layout import CHANGE, Rows
from wangge.patterns.columns.manifest import Manifest
from wangge.patterns.columns.places import Places
from wangge.patterns.columns.writing import months_of, write_lists, write_segment
from wangge.reports.feed.events import Mark

RUNS = 11
OPEN = frozenset(STATES[:3])
FIVE = frozenset(CATEGORIES[k] for k in (1, 3, 5, 7, 11))
MONTH = (date(2023, 3, 1), date(2023, 3, 31))
WORK = frozenset(day * 24 + hour for day in range(5) for hour in range(9, 18))
YEARS = (FROM, FROM + timedelta(days=1095))
ALL = Wanted(20, cells=True, days=True, categories=True, hours=True, flags=True)


class Asked(NamedTuple):
    """A question, its goal in milliseconds (None: none), and by what DuckDB groups it."""

    name: str
    goal: float | None
    question: Question
    wanted: Wanted
    groups: tuple[str, ...]


def questions(places: Places, rows: Rows) -> list[Asked]:
    """What a screen asks; the street tile is the densest of zoom 14."""
    tiles = rows.place >> np.uint32(places.shift(14))
    numbers, counts = np.unique(tiles, return_counts=True)
    x, y = places.bins(numbers[[counts.argmax()]], 14)
    tile = (14, int(x[0]), int(y[0]))
    bins, cells = Wanted(bins=20), Wanted(cells=True)
    month, some = Question(*MONTH), Question(date(2022, 3, 5), date(2023, 9, 16))
    filtered = Question(*MONTH, categories=FIVE, states=OPEN, hours=WORK)
    b20, every = ("place >> 8",), ("place >> 8", "cell", "day", "category", "hour", "flags")
    return [
        Asked("whole city, 33 m", 3, Question(), bins, b20),
        Asked("whole city, 270 m", None, Question(), Wanted(bins=17), ("place >> 14",)),
        Asked("one category of 21 %", 0.3, Question(categories=frozenset({"c00"})), bins, b20),
        Asked("one category of 2 %", 0.3, Question(categories=frozenset({"c15"})), bins, b20),
        Asked("five categories", 8, Question(categories=FIVE), bins, b20),
        Asked("one month", 1, month, bins, b20),
        Asked("one month, 5 categories, open, hours", 1, filtered, bins, b20),
        Asked("open cases, all time", 8, Question(states=OPEN), bins, b20),
        Asked("open, 5 categories, hours, all time", 8, replace(filtered, since=None, until=None), bins, b20),
        Asked("street tile", 0.3, Question(tile=tile), bins, b20),
        Asked("street tile, 5 categories, open", 0.3, Question(tile=tile, categories=FIVE, states=OPEN), bins, b20),
        Asked("422 cells", 0.1, Question(), cells, ("cell",)),
        Asked("422 cells, 560 days", 0.1, some, cells, ("cell",)),
        Asked("422 cells, 560 days, 5 categories", 8, replace(some, categories=FIVE), cells, ("cell",)),
        Asked("by category", None, Question(), Wanted(categories=True), ("category",)),
        Asked("by hour × weekday", None, Question(), Wanted(hours=True), ("hour",)),
        Asked("20 cells, 33 m", None, Question(cells=frozenset(range(200, 220))), bins, b20),
        Asked("six outputs, open cases", 15, Question(*YEARS, states=OPEN), ALL, every),
    ]


def keep(folder: Path, places: Places, rows: Rows) -> tuple[Generation, list[float]]:
    """The rows as columns, and seconds that each month took."""
    months, kept, took = months_of(rows), [], []
    bounds = [0, *(np.flatnonzero(np.diff(months.astype(int))) + 1).tolist(), len(months)]
    for first, past in pairwise(bounds):
        part = Rows._make(column[first:past] for column in rows)
        began = time.thread_time()
        kept.append(write_segment(folder, str(months[first]), part, 422, len(CATEGORIES)))
        took.append(time.thread_time() - began)
    cells = [(k + 1, k + 1) for k in range(422)]
    manifest = Manifest(
        "city", 1, 1, "", "UTC", 0, Mark(1, 1), 0.0, places, CATEGORIES, FLAGS, cells, kept, None, "changes"
    )
    lists = write_lists(folder, Generation.open(folder, manifest))
    manifest = replace(manifest, lists=lists)
    manifest.write(folder)
    return Generation.open(folder, manifest), took


def condition(asked: Asked, places: Places) -> str:
    """What DuckDB filters by."""
    question, tests = asked.question, ["true"]
    if question.since and question.until:
        tests.append(f"day BETWEEN {day_number(question.since)} AND {day_number(question.until)}")
    if question.categories:
        tests.append(f"category IN ({_list(CATEGORIES.index(code) for code in question.categories)})")
    if question.states:
        tests.append(f"flags IN ({_list(k for k, flags in enumerate(FLAGS) if flags[0] in question.states)})")
    if question.hours:
        tests.append(f"hour IN ({_list(question.hours)})")
    if question.cells:
        tests.append(f"cell IN ({_list(cell - 1 for cell in question.cells)})")
    if question.tile:
        tests.append("place BETWEEN {} AND {}".format(*(places.tile(*question.tile) or (0, 0))))
    return " AND ".join(tests)


def _list(numbers: Any) -> str:
    return ", ".join(map(str, sorted(numbers)))


def duck(rows: Rows) -> Any:
    """DuckDB with the columns in memory, one thread; in the order of time, as reports come."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(config={"threads": 1})
    columns = {name: getattr(rows, name) for name in ("place", "day", "hour", "category", "flags", "cell")}
    reports = pa.table(columns)  # noqa: F841 - DuckDB finds it by its name
    connection.execute("CREATE TABLE report AS SELECT * FROM reports")
    return connection


def chdb_of(rows: Rows, folder: Path) -> Callable[[str], bytes] | None:
    """What asks chDB, with the columns in memory and one thread; None where it is not installed."""
    try:
        from chdb.session import Session
    except ImportError:
        return None
    import pyarrow as pa
    from pyarrow import parquet

    names = ("place", "day", "hour", "category", "flags", "cell")
    parquet.write_table(pa.table({name: getattr(rows, name) for name in names}), folder / "rows.parquet")
    session = Session()
    session.query("SET max_threads = 1")
    session.query(f"CREATE TABLE report ENGINE = Memory AS SELECT * FROM file('{folder}/rows.parquet', 'Parquet')")
    (folder / "rows.parquet").unlink()

    # in columns, as DuckDB's answer is; reading them is not measured
    return lambda query: bytes(session.query(query, "ArrowStream").bytes())


def numbers_of(stream: bytes) -> int:
    """The sum of the counts in an answer of chDB's."""
    import pyarrow as pa

    return sum(pa.ipc.open_stream(stream).read_all()["n"].to_pylist())


def timed(run: Callable[[], Any], clock: Callable[[], float] = time.thread_time) -> tuple[float, Any]:
    began = clock()
    answer = run()
    return (clock() - began) * 1000, answer


def changes_of(rows: Rows, n: int) -> Any:
    """Changes of n reports to another state, and back to what they were: nothing is counted otherwise."""
    which = np.random.default_rng(3).choice(len(rows.id), n, replace=False)
    changes = np.zeros(2 * n, CHANGE)
    for name in Rows._fields:
        changes[name][:n] = changes[name][n:] = getattr(rows, name)[which]
    changes["weight"][:n], changes["weight"][n:] = -1, 1
    return changes


@contextmanager
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(n: int, *, alone: bool = False) -> None:
    places, rows = crowd(n)
    with somewhere() as folder:
        generation, took = keep(folder, places, rows)
        manifest = generation.manifest
        lists = manifest.lists.size if manifest.lists else 0
        hot = sum(kept.size for kept in manifest.segments)
        print(f"{n:,} reports, {len(took)} months; load {os.getloadavg()[0]:.1f}")
        print(f"bytes a report: {hot / n:.1f} columns and sums, {lists / n:.1f} lists, 24 kept beside")
        opened, _ = timed(lambda: Generation.open(folder, Manifest.read(folder)))
        print(f"a month written in {median(took) * 1000:.0f} ms, all opened and checked in {opened:.1f} ms")
        database, chdb = (None, None) if alone else (duck(rows), chdb_of(rows, folder))
        changes = changes_of(rows, n // 200)  # a hundredth of the rows, as pairs
        heads = "".join(f"{name:>9}" for name in ("least", "middle", "+1 %", "DuckDB", "×", "chDB", "×"))
        print(f"{'':38}{'goal':>6}{heads}   ms")
        for asked in questions(places, rows):
            show(asked, generation, changes, database, chdb, places)
    print(
        f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; load {os.getloadavg()[0]:.1f}"
    )


def show(asked: Asked, generation: Generation, changes: Any, database: Any, chdb: Any, places: Places) -> None:
    where = condition(asked, places)
    ours, changed, theirs, others = [], [], [], []
    for _ in range(RUNS):
        ms, found = timed(lambda: count(generation, None, asked.question, asked.wanted))
        ours.append(ms)
        changed.append(timed(lambda: count(generation, changes, asked.question, asked.wanted))[0])
    for _ in range(3 if database else 0):
        total = 0.0
        for group in asked.groups:
            query = f"SELECT {group} AS k, count(*) AS n FROM report WHERE {where} GROUP BY k"
            ms, answer = timed(lambda query=query: database.execute(query).fetchnumpy())  # type: ignore[misc]
            total += ms
            assert int(answer["n"].sum()) == found.total, (asked.name, group)
            if group.startswith("place") and found.bins is not None:
                assert len(answer["n"]) == len(found.bins.count), asked.name
        theirs.append(total)
    for _ in range(3 if chdb else 0):
        total = 0.0
        for group in asked.groups:
            query = f"SELECT {group.replace('place >>', 'bitShiftRight(place,') + (')' if '>>' in group else '')} AS k,"
            ms, answer = timed(
                lambda query=query: chdb(f"{query} count() AS n FROM report WHERE {where} GROUP BY k"),  # type: ignore[misc]
                time.process_time,
            )
            total += ms
            assert numbers_of(answer) == found.total, (asked.name, group)
        others.append(total)
    goal = f"{asked.goal:g}" if asked.goal else "–"
    numbers = f"{min(ours):9.3f}{median(ours):9.3f}{median(changed):9.3f}"
    beside = "".join(f"{median(each):9.1f}{median(each) / median(ours):9.0f}" for each in (theirs, others) if each)
    print(f"{asked.name:38}{goal:>6}{numbers}{beside}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 10_000_000, alone="alone" in sys.argv)
