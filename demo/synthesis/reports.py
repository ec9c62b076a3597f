"""A year of synthetic reports that look like a real command line's: none of them happened."""

import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from wangge.demo.synthesis.files import BOUNDARIES, write_packed
from wangge.demo.synthesis.places import City, Spots, draw_spots, scatter
from wangge.demo.synthesis.plan import Floats
from wangge.demo.synthesis.territories import XINHUA

__all__ = ["COLUMNS", "ENDINGS", "NEW_YEAR", "OPENINGS", "days_of", "pick", "reports"]

COUNT = 10_825
SPOTS = 170
AT_SPOTS = 0.5
"""Share of the reports that belong to a hot spot."""

IN_FLARE = 0.45
"""Share of a hot spot's reports that come in one burst of days to weeks."""

NEW_YEAR = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=8)))
WEEKDAY = np.array([1.25, 1.1, 1.05, 1.0, 1.05, 0.75, 0.65])
HOLIDAYS = ((27, 35, 0.35), (93, 96, 0.7), (120, 125, 0.6), (273, 281, 0.55))
"""First day, day after the last, share of the usual: Spring Festival, Qingming, May Day, National Day of 2025."""

OPENINGS = ("", "", "", "您好，", "反映：", "请核实：")
ENDINGS = (
    "。",
    "，请处理。",
    "，请尽快处理。",
    "，已经好几天了。",
    "，存在安全隐患。",
    "，希望解决。",
    "，多次反映未解决。",
)
COLUMNS = ("external_id", "occurred_at", "lon", "lat", "accuracy", "category", "description", "synthetic")

Ints = npt.NDArray[np.int64]


def reports(data: Path) -> None:
    """Write the reports as CSV; the same bytes inside the gzip each time."""
    write_packed(data / "reports" / "xinhua_2025.csv.gz", COLUMNS, _rows(np.random.default_rng(XINHUA.seed)))


def _rows(rng: np.random.Generator) -> list[tuple[str, ...]]:
    with (Path(__file__).parent / "phrases.toml").open("rb") as file:
        phrases = tomllib.load(file)
    city = City.read(BOUNDARIES / XINHUA.code, XINHUA.plan, rng)
    spots = draw_spots(city, phrases["kinds"], SPOTS, rng)
    drawn = int(COUNT * 1.08)
    spot = np.where(rng.random(drawn) < AT_SPOTS, rng.choice(SPOTS, drawn, p=spots.weight), -1)
    category = _categories(phrases, spots, spot, rng)
    cell = np.where(spot < 0, rng.choice(len(city.cells), drawn, p=city.liveliness), spots.cell[spot])
    on_street = np.array([phrases["categories"][c]["place"] == "street" for c in category])
    ground = scatter(city, cell, on_street, rng)
    at_spot = spots.at[spot] + rng.standard_normal((drawn, 2)) * spots.spread[spot, None]
    ground[spot >= 0] = at_spot[spot >= 0]
    lonlat = np.round(XINHUA.plan.lonlat(ground), 7)
    inside = np.flatnonzero(shapely.contains_xy(city.outline, lonlat))[:COUNT]
    at = _times(phrases, spots, spot, category, rng)
    accuracy = np.clip(rng.lognormal(np.log(11), 0.7, drawn), 3, 120).round()
    said = [_say(phrases, city, spots, int(s), int(c), k, rng) for s, c, k in zip(spot, cell, category, strict=True)]
    order = inside[np.argsort(at[inside], kind="stable")]
    return [
        (
            f"SYN-{number:06d}",
            (NEW_YEAR + timedelta(seconds=int(at[i]))).isoformat(),
            f"{lonlat[i, 0]:.7f}",
            f"{lonlat[i, 1]:.7f}",
            f"{accuracy[i]:.0f}",
            str(category[i]),
            said[i],
            "true",
        )
        for number, i in enumerate(order, start=1)
    ]


def _categories(phrases: dict[str, Any], spots: Spots, spot: Ints, rng: np.random.Generator) -> list[str]:
    """What each report is about: a hot spot's own mixture, the town's elsewhere."""
    usual = {name: entry["rate"] for name, entry in phrases["categories"].items()}
    mixes = [phrases["kinds"][kind]["mix"] for kind in spots.kind]
    return [pick(mixes[s] if s >= 0 else usual, rng) for s in spot]


def pick(mix: dict[str, float], rng: np.random.Generator) -> str:
    """A name by its weight."""
    weights = np.array(list(mix.values()), dtype=float)
    return list(mix)[rng.choice(len(weights), p=weights / weights.sum())]


def _times(phrases: dict[str, Any], spots: Spots, spot: Ints, category: list[str], rng: np.random.Generator) -> Floats:
    """Seconds since new year: season, weather, weekday, holidays and hour as the category has them."""
    days = days_of(phrases, rng)
    at = np.empty(len(spot))
    for i, (s, name) in enumerate(zip(spot, category, strict=True)):
        likely = days[name]
        if s >= 0 and rng.random() < IN_FLARE:
            away = (np.arange(365) - spots.flare_day[s]) / spots.flare_days[s]
            flare = likely * np.exp(-(away**2) / 2)
            likely = flare if flare.sum() > 1e-4 else likely
        day = rng.choice(365, p=likely / likely.sum())
        hours = np.array(phrases["hours"][phrases["categories"][name]["hours"]])
        at[i] = 86400 * day + 3600 * (rng.choice(24, p=hours / hours.sum()) + rng.random())
    return at


def days_of(phrases: dict[str, Any], rng: np.random.Generator) -> dict[str, Floats]:
    """For each category how likely each day of the year is."""
    year = [NEW_YEAR + timedelta(days=day) for day in range(365)]
    month = np.array([day.month - 1 for day in year])
    usual = WEEKDAY[[day.weekday() for day in year]] * rng.lognormal(0, 0.16, 365)
    for first, after, share in HOLIDAYS:
        usual[first:after] *= share
    storms = np.zeros(365)
    for day in rng.choice(np.arange(165, 245), 9, replace=False):
        storms[day : day + 3] += [5.0, 3.0, 1.0]
    likely = {}
    for name, entry in phrases["categories"].items():
        season = np.array(phrases["seasons"][entry["season"]], dtype=float)[month]
        if entry["season"] == "heat":
            season = np.where((np.arange(365) >= 74) & (np.arange(365) < 302), 0.0, season)
        likely[name] = season * usual * (1 + storms if entry.get("wet") else 1)
        likely[name] /= likely[name].sum()
    return likely


def _say(
    phrases: dict[str, Any], city: City, spots: Spots, spot: int, cell: int, name: str, rng: np.random.Generator
) -> str:
    """What the resident writes; it begins by saying that it is synthetic."""
    entry = phrases["categories"][name]
    if spot >= 0:
        place = spots.name[spot]
    elif city.rural[cell]:
        place = city.community[cell] + str(rng.choice(["村东", "村西", "村南", "村北", "村中"]))
    elif entry["place"] == "home":
        place = f"{city.community[cell]}{rng.integers(1, 29)}号楼{rng.integers(1, 6)}单元"
    else:
        place = city.community[cell] + str(rng.choice(["路口", "路段", "门前", "巷口", "公交站旁"]))
    what = f"{place}{rng.choice(entry['says'])}"
    return f"【合成】{rng.choice(OPENINGS)}{what}{rng.choice(ENDINGS)}"
