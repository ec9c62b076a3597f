"""The compiled cover against the R-tree and shapely: every answer must be the same.

Draws points of every kind over cities of every kind and over the shipped territories, and counts the points of which
the position or the on-edge flag differ, or of which a single look-up says something else than the bulk. Any
disagreement is printed with its exact coordinates, and makes the exit code 1.

    .venv/bin/python -m bench.agreement [--points 10000000] [--seed 0] [--only "5,000 cells" taipei] [--draws U,A]
"""

import argparse
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.cities import polygon_sets
from bench.draws import DRAWS
from wangge.geo.boundaries import read_boundaries
from wangge.geo.folders import grid_of
from wangge.geo.index import GridIndex, Hits

__all__ = ["TERRITORIES", "Disagreement", "disagreements", "drawn", "territory"]

BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries"
TERRITORIES = ("washington", "taipei", "xinhua", "hejian")
BATCH = 200_000
SINGLES = 2_000  # of a batch
SHOWN = 20


class Disagreement(NamedTuple):
    """One point, and what the reference, the bulk and the single look-up answer."""

    lon: float
    lat: float
    reference: tuple[int, bool]
    bulk: tuple[int, bool]
    single: tuple[int, bool]

    def __str__(self) -> str:
        said = f"reference {self.reference}, bulk {self.bulk}, single {self.single}"
        return f"({self.lon.hex()}, {self.lat.hex()}): {said}"


def territory(name: str) -> NDArray[np.object_]:
    """The base grids of a shipped territory, in the order of their codes."""
    return grid_of(read_boundaries(BOUNDARIES / name)).index.polygons


def drawn(polygons: NDArray[np.object_], draw: str, n: int, name: str, seed: int) -> NDArray[np.float64]:
    """Points (n, 2) of one kind; the same for the same name and seed."""
    return DRAWS[draw](polygons, n, np.random.default_rng([seed, zlib.crc32(f"{name} {draw}".encode())]))


def disagreements(index: GridIndex, points: NDArray[np.float64], singles: int = SINGLES) -> list[Disagreement]:
    """The points on which the reference, the bulk with one and two threads, and single look-ups are not of one mind.

    Parameters
    ----------
    singles : how many of the points, evenly spread, are also looked up one by one.
    """
    lon, lat = np.ascontiguousarray(points.T)
    expected = index.reference.locate_many(lon, lat)
    bulk, shared = index.locate_many(lon, lat), index.locate_many(lon, lat, threads=2)
    differs = np.zeros(len(lon), dtype=bool)
    for hits in (bulk, shared):
        differs |= (hits.position != expected.position) | (hits.on_edge != expected.on_edge)
    for i in range(0, len(lon), max(1, len(lon) // max(singles, 1))):
        differs[i] |= index.locate(lon[i], lat[i]) != (bulk.position[i], bulk.on_edge[i])

    return [
        Disagreement(lon[i], lat[i], _answer(expected, i), _answer(bulk, i), index.locate(lon[i], lat[i]))
        for i in np.flatnonzero(differs).tolist()
    ]


def _answer(hits: Hits, i: int) -> tuple[int, bool]:
    return int(hits.position[i]), bool(hits.on_edge[i])


def _compare(name: str, index: GridIndex, draws: list[str], points: int, seed: int) -> tuple[int, int]:
    """Points drawn and disagreements of one set, printed line by line."""
    total = wrong = 0
    for draw in draws:
        started = time.perf_counter()
        asked, found = 0, list[Disagreement]()
        for batch, n in enumerate(_batches(points)):
            asked += n
            found += disagreements(index, drawn(index.polygons, draw, n, f"{name} {batch}", seed))
        print(
            f"{name:>15}  {draw}  {asked:>9,} points  {len(found):>6,} disagree  {time.perf_counter() - started:6.1f} s"
        )
        for which in found[:SHOWN]:
            print(f"    {which}")
        total, wrong = total + asked, wrong + len(found)
    return total, wrong


def _batches(points: int) -> Iterator[int]:
    for start in range(0, points, BATCH):
        yield min(BATCH, points - start)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_000_000, help="at least so many over all sets and draws")
    parser.add_argument("--seed", type=int, default=0, help="of the cities and of the points")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the sets and territories")
    parser.add_argument("--draws", default=",".join(DRAWS), help="kinds of points, separated by commas")
    parser.add_argument("--small", action="store_true", help="small cities, made in moments")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    makers: dict[str, Callable[[], NDArray[np.object_]]] = {
        name: partial(make, arguments.seed) for name, make in polygon_sets(full=not arguments.small).items()
    }
    makers |= {name: partial(territory, name) for name in TERRITORIES}
    draws = arguments.draws.split(",")
    chosen = arguments.only or list(makers)
    each = -(-arguments.points // (len(chosen) * len(draws)))
    total = wrong = 0
    for name in chosen:
        asked, found = _compare(name, GridIndex(makers[name]()), draws, each, arguments.seed)
        total, wrong = total + asked, wrong + found
    print(f"{total:,} points, {wrong:,} disagree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
