"""How well doubles are found among Washington's real requests, by what the city marked and by doubles that are made up;
and what it takes to suggest categories.

    python -m bench.words

The requests have a place, a time and a kind, and no words and no photos: only these three reasons are measured. The
city says of 858 requests that they are duplicates, and not of which. So two things are measured, on the months of 2016;
what is declared of how cases lie was looked up in those of 2015:

- *marked*: whether a request is a duplicate by its status, against whether an open one of its kind is likelier the same
  than not;
- *made up*: for one request in thirty a double is added, of the same kind, 1 to 100 hours later, 20 metres off (one in
  seven 60); a pair is right when it is such a pair. Doubles that are really among the rest, and the city did not mark,
  count as wrong.

Beside them: the nearest open one of the kind within a radius, and saying always that nothing is a double.
"""

import csv
import gzip
import resource
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy.spatial import KDTree

from wangge.data import DATA
from wangge.geo.reference import metres_per_degree
from wangge.reports.text.doubles import AROUND_M, LIKELY, Other, Subject, doubles
from wangge.reports.text.grams import COLUMNS
from wangge.reports.text.model import Model, read_model

SPAN = timedelta(days=60)
RADII = (5, 20, 50, 100)
SHARE = 1 / 30


@dataclass(frozen=True)
class Filed:
    kind: str
    x: float
    y: float
    at: datetime
    until: datetime
    marked: bool = False
    of: int = -1


def requests() -> list[Filed]:
    """Those of 2016 in the order in which they were opened, in metres."""
    with gzip.open(DATA / "reports" / "washington_2015_2016.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["ADDDATE"] >= "2016"]
    east, north = metres_per_degree(38.9)
    found = []
    for row in rows:
        resolved = row["RESOLUTIONDATE"]
        until = datetime.fromisoformat(resolved) if resolved[:4] > "1970" else datetime.max.replace(tzinfo=UTC)
        x, y = float(row["LONGITUDE"]) * east, float(row["LATITUDE"]) * north
        at = datetime.fromisoformat(row["ADDDATE"])
        found.append(Filed(row["SERVICECODE"], x, y, at, until, "DUPLICATE" in row["SERVICEORDERSTATUS"]))
    return sorted(found, key=lambda one: one.at)


def with_doubles(real: list[Filed], seed: int = 1) -> list[Filed]:
    """The same, and doubles of some of those that are still open when the double comes."""
    luck = np.random.default_rng(seed)
    real = [one for one in real if not one.marked]
    made = []
    for place in luck.choice(len(real), int(len(real) * SHARE), replace=False):
        one = real[int(place)]
        at = one.at + timedelta(hours=float(luck.uniform(1, 100)))
        if at < one.until and at < real[-1].at:
            off = luck.normal(0, 60 if luck.random() < 1 / 7 else 20, 2)
            made.append(Filed(one.kind, one.x + off[0], one.y + off[1], at, one.until, of=int(place)))
    return sorted(
        [*(Filed(o.kind, o.x, o.y, o.at, o.until, of=-2 - i) for i, o in enumerate(real)), *made], key=lambda o: o.at
    )


def around(filed: list[Filed]) -> list[list[tuple[float, int]]]:
    """For each request the earlier ones of its kind within 500 m that were open when it came, the nearest first."""
    near: list[list[tuple[float, int]]] = [[] for _ in filed]
    by_kind = defaultdict(list)
    for i, one in enumerate(filed):
        by_kind[one.kind].append(i)
    for places in by_kind.values():
        points = np.array([(filed[i].x, filed[i].y) for i in places])
        for i, found in zip(places, KDTree(points).query_ball_point(points, AROUND_M), strict=True):
            one = filed[i]
            open_then = [
                j
                for j in map(places.__getitem__, found)
                if j != i and filed[j].at <= one.at < filed[j].until and one.at - filed[j].at <= SPAN
            ]
            near[i] = sorted((float(np.hypot(one.x - filed[j].x, one.y - filed[j].y)), j) for j in open_then)
    return near


def guesses(filed: list[Filed], near: list[list[tuple[float, int]]]) -> tuple[list[tuple[float, int]], float]:
    """For each request how likely it doubles the likeliest other, and which; and milliseconds for each."""
    found = []
    begun = time.perf_counter()
    for one, others in zip(filed, near, strict=True):
        told = doubles(Subject(one.at), [Other(metres, filed[j].at) for metres, j in others[:200]])
        found.append((told[0].chance, others[told[0].place][1]) if told else (0.0, -1))
    return found, (time.perf_counter() - begun) * 1000 / len(filed)


def said(name: str, right: int, guessed: int, real: int) -> None:
    precision = f"{right / guessed:.3f}" if guessed else "–"
    print(f"  {name:34} precision {precision:>6}  recall {right / real:.3f}  ({guessed} guessed, {real} real)")


def speed() -> None:
    """Of suggestions, by weights of as many categories as Washington has; what they say does not matter here."""
    luck = np.random.default_rng(1)
    shape = (COLUMNS, 48)
    weights = luck.normal(size=shape).astype(np.float16)
    codes = tuple(map(str, range(48)))
    rarity, bias = np.ones(COLUMNS, np.float16), np.zeros(48, np.float32)
    arrays, digest = Model(codes, weights, rarity, bias, 1.0).as_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    model = read_model(arrays, digest)
    print(f"a model of 48 categories: {weights.nbytes / 1e6:.1f} MB, read in {time.perf_counter() - begun:.2f} s,")
    print(f"  {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3:.0f} MB more at the most")
    for length in (20, 200, 2000):
        text = "".join(map(chr, luck.integers(0x4E00, 0x9FA5, length)))
        spent = []
        for _ in range(50):
            begun = time.perf_counter()
            model.suggest(text, codes)
            spent.append((time.perf_counter() - begun) * 1000)
        print(f"  {length} characters: {sorted(spent)[25]:.1f} ms, {max(spent):.1f} at the most")


def main() -> None:
    speed()
    real = requests()
    near = around(real)
    scored, spent = guesses(real, near)
    total = sum(one.marked for one in real)
    print(f"marked by the city: {len(real)} requests of 2016, {spent:.2f} ms each")
    said("nothing is a double", 0, 0, total)
    for radius in RADII:
        hit = [bool(others) and others[0][0] <= radius for others in near]
        said(
            f"an open one within {radius} m",
            sum(h and o.marked for h, o in zip(hit, real, strict=True)),
            sum(hit),
            total,
        )
    for least in (LIKELY, 0.8, 0.9):
        hit = [chance >= least for chance, _ in scored]
        said(f"chance {least}", sum(h and o.marked for h, o in zip(hit, real, strict=True)), sum(hit), total)

    made_up("made up, among all that was filed", with_doubles(real))
    alone = [one for one, others in zip(real, near, strict=True) if not others or others[0][0] > SAME_POINT_M]
    made_up("made up, among what no open one of its kind has the very same point with", with_doubles(alone))


def made_up(title: str, mixed: list[Filed]) -> None:
    """Pairs that were found, among requests to which doubles were added."""
    near = around(mixed)
    scored, _ = guesses(mixed, near)
    total = sum(one.of >= 0 for one in mixed)

    def same(i: int, j: int) -> bool:
        return mixed[i].of >= 0 and mixed[j].of in (-2 - mixed[i].of, mixed[i].of)

    print(f"{title}: {len(mixed)} requests")
    for radius in RADII:
        hits = [(i, others[0][1]) for i, others in enumerate(near) if others and others[0][0] <= radius]
        said(f"an open one within {radius} m", sum(same(i, j) for i, j in hits), len(hits), total)
    for least in (LIKELY, 0.8, 0.9):
        hits = [(i, j) for i, (chance, j) in enumerate(scored) if chance >= least]
        said(f"chance {least}", sum(same(i, j) for i, j in hits), len(hits), total)


SAME_POINT_M = 5
"""Addresses are points there: who asks for the same twice, and neighbours in one house, have one place."""


if __name__ == "__main__":
    main()
