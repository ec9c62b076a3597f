"""The look-up beside its peers, in one process and in turn: bulk, single, by vertices, by threads, in time zones.

Every round asks each peer once, the medians of the rounds are compared, and every answer is held against the reference
(R-tree and shapely). Slow peers get the first of the same points only. Ratios and goals are printed side by side.

    .venv/bin/python -m bench.locate d422 5k    (uv sync --inexact --group dev --group bench, for the peers)

Sections: d422, 5k, 100k (cities of bench.cities), vertices, threads, zones; all of them when none is named.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.cities import CITIES, city
from bench.draws import DRAWS
from bench.peers import PEERS, Opened
from bench.zones import zones
from wangge.geo.cover import Cover
from wangge.geo.index import GridIndex
from wangge.geo.reference import Reference

BULK = 2_000_000
SHARED = 8_000_000
SINGLES = {"wangge": 10_000, "shapely STRtree + intersects_xy": 10_000, "rtree + prepared shapely": 10_000}
FEW_SINGLES = 2_000
RATIOS = {  # at least so many times the peer
    "shapely STRtree + intersects_xy": {"d422": 100, "5k": 70, "100k": 55},
    "SedonaDB": {"d422": 100, "5k": 100, "100k": 100},
}
SINGLE_US, SINGLE_RATIO, BYTES, BUILD_S, FLAT, THREADS = 0.15, 100, 75, 0.1, 0.8, 1.7

Floats = NDArray[np.float64]


def verdict(value: float, goal: float, *, at_most: bool = False) -> str:
    """The goal beside a value, and whether it is reached."""
    reached = value <= goal if at_most else value >= goal
    return f"{'≤' if at_most else '≥'} {goal:g} {'reached' if reached else 'NOT REACHED'}"


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def drawn(polygons: NDArray[np.object_], draw: str, n: int) -> tuple[Floats, Floats]:
    x, y = DRAWS[draw](polygons, n, np.random.default_rng(0)).T
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def measure_city(name: str, draw: str, rounds: int, only: list[str] | None) -> None:
    """Bulk and single look-ups of ours and of every peer over one city."""
    polygons = city(*CITIES[name])
    vertices = int(shapely.get_num_coordinates(polygons).sum())
    build = float(np.median([seconds(Cover.of, polygons) for _ in range(1 if name == "100k" else 5)]))
    index = GridIndex(polygons)
    size = index.cover.block.nbytes / vertices
    print(f"\n{name}: {len(polygons):,} cells, {vertices:,} vertices, points {draw}")
    print(f"  build {build:.3f} s{f'   {verdict(build, BUILD_S, at_most=True)}' if name == 'd422' else ''}")
    print(f"  {size:.1f} bytes a vertex{f'   {verdict(size, BYTES, at_most=True)}' if name == '100k' else ''}")
    x, y = drawn(polygons, draw, BULK)
    with ExitStack() as stack:
        asked: dict[str, tuple[Opened, int]] = {
            "wangge": (Opened(lambda x, y: index.locate_many(x, y).position, index.locate), BULK)
        }
        for peer, (opening, points) in PEERS.items():
            if only is None or any(word in peer for word in only):
                asked[peer] = (stack.enter_context(opening(polygons)), points)
        _bulk(name, index.reference, asked, x, y, rounds)
        _single({peer: opened for peer, (opened, _) in asked.items()}, x, y, rounds)


def _bulk(
    name: str, reference: Reference, asked: dict[str, tuple[Opened, int]], x: Floats, y: Floats, rounds: int
) -> None:
    expected = reference.locate_many(x, y).position
    took: dict[str, list[float]] = {peer: [] for peer in asked}
    wrong = {
        peer: int((opened.many(x[:points], y[:points]) != expected[:points]).sum())
        for peer, (opened, points) in asked.items()
    }
    for _ in range(rounds):
        for peer, (opened, points) in asked.items():
            took[peer].append(seconds(opened.many, x[:points], y[:points]))
    rate = {peer: asked[peer][1] / float(np.median(times)) / 1e6 for peer, times in took.items()}
    print(f"  {'bulk, one thread':<34}{'points':>10}{'Mpt/s':>9}{'ratio':>9}{'disagree':>10}  goal")
    for peer, mpt in rate.items():
        ratio = rate["wangge"] / mpt
        goal = RATIOS.get(peer, {}).get(name)
        said = verdict(ratio, goal) if goal else ""
        print(f"  {peer:<34}{asked[peer][1]:>10,}{mpt:>9.3f}{ratio:>9.1f}{wrong[peer]:>10,}  {said}", flush=True)


def _single(asked: dict[str, Opened], x: Floats, y: Floats, rounds: int) -> None:
    took: dict[str, list[float]] = {peer: [] for peer, opened in asked.items() if opened.one}
    for _ in range(rounds):
        for peer, times in took.items():
            n = SINGLES.get(peer, FEW_SINGLES)
            times.append(seconds(_one_by_one, asked[peer].one, x[:n].tolist(), y[:n].tolist()) / n * 1e6)
    mine = float(np.median(took["wangge"]))
    print(f"  {'one by one from Python':<34}{'µs':>10}{'':>9}{'ratio':>9}")
    for peer, times in took.items():
        median = float(np.median(times))
        said = ""
        if peer == "wangge":
            said = verdict(median, SINGLE_US, at_most=True)
        elif peer.startswith("shapely"):
            said = verdict(median / mine, SINGLE_RATIO)
        print(f"  {peer:<34}{median:>10.3f}{'':>9}{median / mine:>9.1f}{'':>10}  {said}", flush=True)


def _one_by_one(one: Callable[[float, float], Any], x: list[float], y: list[float]) -> None:
    for lon, lat in zip(x, y, strict=True):
        one(lon, lat)


def measure_vertices(draw: str, rounds: int) -> None:
    """The rate by vertices a cell, which it must not depend on."""
    covers = {}
    for vertices in (50, 205, 1_000):
        polygons = city(422, vertices)
        covers[vertices] = (Cover.of(polygons), *drawn(polygons, draw, BULK))
    took: dict[int, list[float]] = {vertices: [] for vertices in covers}
    for _ in range(2 * rounds):
        for vertices, (cover, x, y) in covers.items():
            took[vertices].append(seconds(cover.locate_many, x, y))
    rate = {vertices: BULK / float(np.median(times)) / 1e6 for vertices, times in took.items()}
    print(f"\n422 cells by vertices, points {draw}: " + ", ".join(f"{v}: {r:.1f} Mpt/s" for v, r in rate.items()))
    flat = rate[1_000] / rate[50]
    print(f"  1,000 / 50 vertices: {flat:.2f}   {verdict(flat, FLAT)}")


def measure_threads(draw: str, rounds: int) -> None:
    """Two threads beside one."""
    polygons = city(*CITIES["d422"])
    cover = Cover.of(polygons)
    x, y = drawn(polygons, draw, SHARED)
    took: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(2 * rounds):
        for threads, times in took.items():
            times.append(seconds(cover.locate_many, x, y, threads))
    rate = {threads: SHARED / float(np.median(times)) / 1e6 for threads, times in took.items()}
    gain = rate[2] / rate[1]
    print(f"\n{SHARED:,} points {draw} in d422: one thread {rate[1]:.1f} Mpt/s, two {rate[2]:.1f}")
    print(f"  {gain:.2f} times   {verdict(gain, THREADS)}")


def measure_zones(rounds: int) -> None:
    """Single look-ups beside tzfpy: the polygons that it carries and exports, and points all over them."""
    import tzfpy

    names, polygons = zones()
    index = GridIndex(polygons)
    x, y = drawn(polygons, "U", 100_000)
    position = index.locate_many(x, y).position
    said = [tzfpy.get_tzs(lon, lat) for lon, lat in zip(x.tolist(), y.tolist(), strict=True)]
    same = sum((names[at] in zone) if at >= 0 else not zone for at, zone in zip(position.tolist(), said, strict=True))
    took: dict[str, list[float]] = {"wangge": [], "tzfpy": []}
    for _ in range(rounds):
        for peer, one in (("wangge", index.locate), ("tzfpy", tzfpy.get_tz)):
            took[peer].append(seconds(_one_by_one, one, x.tolist(), y.tolist()) / len(x) * 1e6)
    mine, theirs = (float(np.median(times)) for times in took.values())
    vertices = int(shapely.get_num_coordinates(polygons).sum())
    print(f"\n{len(names)} time zones as tzfpy {tzfpy.data_version()} exports them, {vertices:,} vertices, points U")
    print(f"  one by one: wangge {mine:.3f} µs, tzfpy get_tz {theirs:.3f} µs ({theirs / mine:.1f} times)")
    print(f"  get_tzs names the zone that wangge gives for {same / len(x):.4%} of {len(x):,} points")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sections = ("d422", "5k", "100k", "vertices", "threads", "zones")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(sections))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--draw", default="B", choices=DRAWS, help="the kind of points, of bench.draws")
    parser.add_argument("--peers", nargs="+", metavar="WORD", help="peers whose names contain one of the words")
    options = parser.parse_args()
    unknown = set(options.sections) - set(sections)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}")
    for section in options.sections or sections:
        if section in CITIES:
            measure_city(section, options.draw, options.rounds, options.peers)
        elif section == "zones":
            measure_zones(options.rounds)
        else:
            {"vertices": measure_vertices, "threads": measure_threads}[section](options.draw, options.rounds)


if __name__ == "__main__":
    main()
