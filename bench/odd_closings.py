"""Whether planted false closings are found: honest and false ones, ranked by how odd they are.

    .venv/bin/python -m bench.odd_closings [DISTRICTS]

Honest closings are as untidy as they are: half the cameras tell no place, some clocks are wrong, desks close in
batches, kept texts are used, some are seen to within minutes. A false one does one of the usual things, and each of
the others at times.
Printed: the AUC (how often a false closing is ranked above an honest one), and how many of the first hundred are false.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from wangge.reports.figures.oddity import Closing, Picture, odd_closings

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
CASES, FALSE = 4000, 0.03
LON, LAT, WIDE = 116.85, 38.31, 0.05
PEOPLE, DESKS = 120, 6
TEXTS = ("已处理完毕", "现场已清理干净", "已恢复正常照明", "已劝离并告知车主")
WAYS = ("bulk", "no photo", "photo again", "photo old", "photo elsewhere", "never went")


def district(seed: int) -> tuple[list[Closing], set[int]]:
    """Closings of a year, and which of them are false."""
    chance = np.random.default_rng(seed)
    closings = [_honest(n, chance) for n in range(1, CASES + 1)]
    false = {int(n) for n in chance.choice(CASES, int(CASES * FALSE), replace=False)}
    for at in false:
        ways = {WAYS[chance.integers(len(WAYS))], *(way for way in WAYS if chance.random() < 0.15)}
        closings[at] = _falsified(closings[at], closings, ways, chance)
    return closings, {at + 1 for at in false}


def _honest(number: int, chance: np.random.Generator) -> Closing:
    received = YEAR + timedelta(minutes=float(chance.uniform(0, 365 * 1440)))
    lon, lat = (float(chance.uniform(middle - WIDE / 2, middle + WIDE / 2)) for middle in (LON, LAT))
    begun = received + timedelta(minutes=float(chance.exponential(20)))
    took = float(chance.lognormal(5, 1.2)) if chance.random() > 0.02 else float(chance.uniform(1, 4))
    done = begun + timedelta(minutes=took)
    due = done + timedelta(minutes=float(chance.exponential(600)))
    closed = min(due, done + timedelta(minutes=float(chance.exponential(120))))
    if chance.random() < 0.3:  # a desk closes what it has before it goes home
        closed = closed.replace(hour=10, minute=int(chance.integers(0, 20)))
    pictures = [Picture(False, _likeness(chance), chance.bytes(32))]
    if chance.random() > 0.05:
        drift = 0.004 if chance.random() < 0.02 else 0.0003
        known = chance.random() < 0.5
        clock = timedelta(days=200) if chance.random() < 0.01 else timedelta()
        at = (lon + float(chance.normal(0, drift)), lat + float(chance.normal(0, drift))) if known else (None, None)
        pictures.append(Picture(True, _likeness(chance), chance.bytes(32), done - clock, *at))
    note = TEXTS[chance.integers(len(TEXTS))] if chance.random() < 0.4 else f"处理情况 {number}"
    people = f"officer {chance.integers(PEOPLE)}", f"desk {chance.integers(DESKS)}"
    return Closing(
        number, received, lon, lat, 15, closed, people[1], due, begun, done, people[0], note, False, tuple(pictures)
    )


def _likeness(chance: np.random.Generator) -> int:
    return int(chance.integers(-(2**63), 2**63 - 1))


def _falsified(one: Closing, others: Sequence[Closing], ways: set[str], chance: np.random.Generator) -> Closing:
    before, after = [p for p in one.pictures if not p.after], [p for p in one.pictures if p.after]
    shown = after or [Picture(True, _likeness(chance), chance.bytes(32), one.done_at)]
    if "photo again" in ways:  # perhaps sent on by a messenger, which draws it anew
        again = others[int(chance.integers(len(others)))].pictures[0]
        flip = (1 << int(chance.integers(63))) if chance.random() < 0.5 else 0
        shown = [Picture(True, again.likeness ^ flip, chance.bytes(32), None)]
    if "photo old" in ways:
        shown = [p._replace(taken_at=one.received_at - timedelta(days=float(chance.uniform(1, 60)))) for p in shown]
    if "photo elsewhere" in ways:
        shown = [p._replace(lon=LON + float(chance.uniform(0.03, 0.05)), lat=LAT) for p in shown]
    if "no photo" in ways:
        shown = []
    one = replace(one, pictures=(*before, *shown))
    if "never went" in ways and one.begun is not None:
        one = replace(one, done_at=one.begun + timedelta(seconds=float(chance.uniform(5, 150))))
    if "bulk" in ways:  # the desk's last minutes before the limit of many
        due = YEAR + timedelta(days=float(chance.integers(12) * 30 + 29), hours=9)
        one = replace(one, due_at=due, closed_at=due - timedelta(minutes=float(chance.uniform(0, 9))), closer="desk 1")
    return one


def auc(scores: Sequence[float], false: Sequence[bool]) -> float:
    """How often something false has a higher score than something honest; equal scores count half."""
    order = np.asarray(scores)
    is_false = np.asarray(false)
    bad, good = np.sort(order[is_false]), np.sort(order[~is_false])
    below = np.searchsorted(good, bad, "left") + np.searchsorted(good, bad, "right")
    return float(below.sum() / 2 / (len(bad) * len(good)))


def ranked(seed: int) -> tuple[float, float]:
    """Of a district: the AUC, and the share of false closings among the hundred oddest."""
    closings, false = district(seed)
    found = odd_closings(closings)
    scores = {odd.closing.id: odd.score for odd in found}
    first = sum(odd.closing.id in false for odd in found[:100]) / 100
    return auc([scores.get(one.id, 0) for one in closings], [one.id in false for one in closings]), first


def main() -> None:
    districts = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    areas, firsts = zip(*(ranked(seed) for seed in range(districts)), strict=True)
    print(f"{districts} districts of {CASES:,} closings, {FALSE:.0%} false: AUC {np.mean(areas):.3f}", end=" ")
    print(f"(least {min(areas):.3f}); false among the first hundred {np.mean(firsts):.0%}")


if __name__ == "__main__":
    main()
