"""Hejian at work: an officer for each base grid, and a year of reports from its villages. Nobody is anybody."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wangge.demo.synthesis.courses import COLUMNS as COURSE
from wangge.demo.synthesis.courses import courses_of
from wangge.demo.synthesis.files import BOUNDARIES, write_packed
from wangge.demo.synthesis.reports import COLUMNS, COUNT, ENDINGS, NEW_YEAR, OPENINGS, days_of, pick
from wangge.demo.synthesis.staff import BEGIN, names_of, write_sheet
from wangge.demo.synthesis.territories import HEJIAN
from wangge.geo.boundaries import LevelCells, read_boundaries

__all__ = ["countryside"]

REPORTS = 1_200
TOWNSHIP = "130984101"
"""Where the demo's own village lies: more is reported there, so that its desks have work."""

VILLAGE = "130984101201"
BUSY = {TOWNSHIP: 5.0, VILLAGE: 60.0}

PARTS = ("村东", "村西", "村南", "村北", "村中", "村口", "村委会旁")


def countryside(data: Path) -> None:
    """Write the roster of Hejian, its reports of a year and their courses."""
    rng = np.random.default_rng(HEJIAN.seed + REPORTS)
    levels = read_boundaries(BOUNDARIES / HEJIAN.code).levels
    people = tomllib.loads((Path(__file__).parent / "people.toml").read_text(encoding="utf-8"))
    names = names_of(people, rng)
    roster = (
        (f"HJ-{number:04d}", next(names), code, "responsible", BEGIN.isoformat())
        for number, code in enumerate(sorted(levels[-1].codes), 1)
    )
    folder = data / "boundaries" / HEJIAN.code
    write_sheet(folder / "roster.csv", ("number", "name", "cell", "role", "valid_from"), roster)
    rows = list(_reports(levels[-2], levels[-1], rng))
    write_packed(data / "reports" / "hejian_2025.csv.gz", COLUMNS, rows)
    told = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    courses = courses_of(told, HEJIAN.plan, rng, REPORTS / COUNT)
    write_packed(data / "reports" / "hejian_2025_courses.csv.gz", COURSE, courses)


def _reports(villages: LevelCells, grids: LevelCells, rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Reports in the order of time, in base grids by their households."""
    phrases = _phrases()
    called = dict(zip(villages.codes, villages.names, strict=True))
    homes = np.array([one["households"] for one in grids.attributes], dtype=float)
    busy = [BUSY.get(parent or "", BUSY.get((parent or "")[:9], 1.0)) for parent in grids.parents]
    weight = homes * np.array(busy)
    days = days_of(phrases, rng)
    rates = {name: entry["rate"] for name, entry in phrases["categories"].items()}
    drawn = []
    for cell in rng.choice(len(homes), REPORTS, p=weight / weight.sum()):
        category = pick(rates, rng)
        hours = np.array(phrases["hours"][phrases["categories"][category]["hours"]])
        at = 86400 * rng.choice(365, p=days[category]) + 3600 * (rng.choice(24, p=hours / hours.sum()) + rng.random())
        lon, lat = _point(grids.geometries[cell], rng)
        place = _short(called[grids.parents[cell] or ""]) + str(rng.choice(PARTS))
        what = f"{place}{rng.choice(phrases['categories'][category]['says'])}"
        said = f"【合成】{rng.choice(OPENINGS)}{what}{rng.choice(ENDINGS)}"
        accuracy = float(np.clip(rng.lognormal(np.log(11), 0.7), 3, 120))
        drawn.append((int(at), f"{lon:.7f}", f"{lat:.7f}", f"{accuracy:.0f}", category, said))
    for number, (seconds, *rest) in enumerate(sorted(drawn), 1):
        yield (f"SYN-{number:06d}", (NEW_YEAR + timedelta(seconds=seconds)).isoformat(), *rest, "true")


def _phrases() -> dict[str, Any]:
    """What is said in the country, in the seasons and at the hours of the town."""
    town, country = (
        tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("phrases", "countryside")
    )
    return {"seasons": town["seasons"], "hours": town["hours"], **country}


def _point(shape: Any, rng: np.random.Generator) -> tuple[float, float]:
    """A place inside a base grid."""
    west, south, east, north = shapely.bounds(shape)
    while True:
        lon, lat = rng.uniform((west, south), (east, north))
        if shapely.contains_xy(shape, lon, lat):
            return float(lon), float(lat)


def _short(name: str) -> str:
    """What a village is called, without its office."""
    return name.removesuffix("村民委员会").removesuffix("居民委员会").removesuffix("村") or name
