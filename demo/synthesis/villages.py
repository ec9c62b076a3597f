"""What the villages of Hejian have, drawn so that they add up to what the city published. Nobody counted it."""

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from wangge.data import DATA
from wangge.demo.synthesis.cells import shares_of
from wangge.demo.synthesis.files import BOUNDARIES, Feature, read_communities, write_geojson
from wangge.demo.synthesis.plan import Floats
from wangge.demo.synthesis.territories import HEJIAN
from wangge.geo.files.vector import read_records

__all__ = ["villages"]

EARLIER = (("2023-12-31", 0.74), ("2024-12-31", 0.87))
"""Days before, and about which share of its income a village had by then."""

AREAS, IN_AREA = 3, 12
"""Demonstration areas, and villages in each."""

DEAREST = 12_000.0
"""So far at most a village's change of a cost lies from the mean."""

CELLS = BOUNDARIES / HEJIAN.code / "cells.gpkg"

Ints = npt.NDArray[np.int64]


def villages(data: Path) -> None:
    """Write the values of each day as CSV, and the demonstration areas as an overlay."""
    told = tomllib.loads((DATA / "attributes" / HEJIAN.code / "published.toml").read_text(encoding="utf-8"))
    rng = np.random.default_rng(HEJIAN.seed + told["villages"]["count"])
    names = _names(told["villages"]["town"])
    homes = _homes(list(names))
    columns = _values(told, homes, rng)
    folder = data / "attributes" / HEJIAN.code
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{told['on']}.csv", names, columns)
    for day, share in EARLIER:
        earlier = np.round(np.array(columns["income"]) * rng.uniform(share - 0.1, share + 0.1, len(names)), -2)
        _write(folder / f"{day}.csv", names, {"income": earlier.astype(int).tolist()})
    overlay = data / "overlays" / HEJIAN.code
    overlay.mkdir(parents=True, exist_ok=True)
    write_geojson(overlay / "demonstration_areas.geojson", _areas(names, rng))


def _names(town: Mapping[str, int]) -> dict[str, str]:
    """The villages by code, without the first communities of each street of the town."""
    return {
        code: name
        for street in read_communities(BOUNDARIES / HEJIAN.code)
        for code, name in street.communities[town.get(street.code, 0) :]
    }


def _homes(codes: Sequence[str]) -> Floats:
    """The households of each village."""
    found = dict.fromkeys(codes, 0)
    grids = read_records(CELLS, "grid", ["parent", "households"]).fields
    for parent, households in zip(grids["parent"], grids["households"], strict=True):
        if parent in found:
            found[parent] += households
    return np.array(list(found.values()), dtype=float)


def _values(told: dict[str, Any], homes: Floats, rng: np.random.Generator) -> dict[str, Sequence[Any]]:
    """Each column, a value a village; None is missing."""
    count, of, doing, customs = len(homes), told["committees"], told["activities"], told["customs"]
    members = 3 + _drawn(np.full(count, 4), of["members"] - 3 * count, rng)
    secretary = np.isin(np.arange(count), rng.choice(count, of["veteran_secretaries"], replace=False))
    college = _drawn(members, _part(of["members"], of["college"]), rng)
    shares = {
        "party": _drawn(members, _part(of["members"], of["party"]), rng),
        "college": college,
        "secondary": _drawn(members - college, _part(of["members"], of["secondary"]), rng),
        "earners": _drawn(members, _part(of["members"], of["earners"]), rng),
    }
    bases = np.isin(np.arange(count), rng.choice(count, doing["bases"], replace=False)).astype(int)
    courses, attendances = bases.copy(), bases.copy()
    at = np.flatnonzero(bases)
    courses[at] = shares_of(doing["courses"], rng.uniform(1, 3, len(at)), 1)
    attendances[at] = shares_of(doing["attendances"], courses[at] * rng.uniform(0.8, 1.2, len(at)), 1)
    without = rng.multinomial(customs["weddings_without"], homes / homes.sum())
    low = np.array(shares_of(customs["weddings_low"], homes * rng.uniform(0.7, 1.3, count), 1))
    return {
        "income": _incomes(told["income"], homes, rng),
        "members": members.tolist(),
        **{key: _percent(part, members) for key, part in shares.items()},
        "veterans": (secretary + _drawn(members - 1, of["veterans"] - int(secretary.sum()), rng)).tolist(),
        "veteran_secretary": ["yes" if one else "no" for one in secretary],
        "bases": bases.tolist(),
        "courses": courses.tolist(),
        "attendances": attendances.tolist(),
        "cloud": shares_of(doing["cloud_attendances"], homes * rng.uniform(0.7, 1.3, count), 1),
        **{one["key"]: _terms(one["terms"], one["villages"], count, rng) for one in told["terms"]},
        "projects": _drawn(np.ones(count, dtype=int), doing["projects"], rng).tolist(),
        "weddings_without": without.tolist(),
        "weddings_low": low.tolist(),
        "weddings": (without + low).tolist(),
        "wedding_cost": _around(customs["wedding_cost"], without + low, rng),
        "funeral_cost": _around(customs["funeral_cost"], np.ones(count, dtype=int), rng),
    }


def _part(whole: int, percent: float) -> int:
    return round(whole * percent / 100)


def _drawn(room: Ints, total: int, rng: np.random.Generator) -> Ints:
    """How many of all that there is room for are in each, when so many are drawn by chance."""
    places = np.repeat(np.arange(len(room)), room)
    return np.bincount(rng.choice(places, total, replace=False), minlength=len(room))


def _percent(part: Ints, whole: Ints) -> list[float]:
    return [round(100 * int(some) / int(of), 6) for some, of in zip(part, whole, strict=True)]


def _incomes(steps: Sequence[Mapping[str, int]], homes: Floats, rng: np.random.Generator) -> list[int]:
    """Incomes in whole hundreds: larger villages as a rule have more, and so many are over each step."""
    rank = np.argsort(-homes * rng.lognormal(0, 0.7, len(homes)), kind="stable")
    over = [step["over"] for step in steps] + [steps[-1]["over"] * 3]
    upto = [step["villages"] for step in steps] + [0]
    found = np.zeros(len(homes), dtype=int)
    for (low, high), (first, after) in zip(pairwise(over), pairwise(upto), strict=True):
        there = rank[after:first]
        drawn = np.sort(low + (high - low) * rng.beta(1, 3, len(there)))[::-1]
        found[there] = np.clip(np.round(drawn, -2), low + 100, high).astype(int)
    return [int(one) for one in found]


def _terms(terms: int, chosen: int, count: int, rng: np.random.Generator) -> list[str | None]:
    """In which term each of the chosen villages was trained; the terms are of one size as far as they can be."""
    found: list[str | None] = [None] * count
    for n, village in enumerate(rng.permutation(count)[:chosen]):
        found[village] = f"term{n % terms + 1}"
    return found


def _around(mean: int, weights: Ints, rng: np.random.Generator) -> list[int]:
    """Numbers whose mean by weight is exactly so much: of two villages the one is above it, the other below."""
    found = np.full(len(weights), mean)
    order = rng.permutation(len(weights))
    for one, other in zip(order[::2], order[1::2], strict=False):
        step = int(rng.uniform(-1, 1) * DEAREST / max(weights[one], weights[other]) / 10) * 10
        found[one] += step * weights[other]
        found[other] -= step * weights[one]
    return [int(value) for value in found]


def _areas(names: Mapping[str, str], rng: np.random.Generator) -> list[Feature]:
    """Villages that lie together, around some that were drawn; no village is in two."""
    cells = read_records(CELLS, "village", ["code"])
    shapes = {code: shape for code, shape in zip(cells.fields["code"], cells.geometries, strict=True) if code in names}
    free = list(shapes)
    found = []
    for number in range(1, AREAS + 1):
        seed = shapely.centroid(shapes[free[int(rng.integers(len(free)))]])
        near = sorted(free, key=lambda code: float(shapely.distance(shapely.centroid(shapes[code]), seed)))[:IN_AREA]
        free = [code for code in free if code not in near]
        properties: dict[str, str | int | bool] = {
            "code": f"S{number}",
            "name": f"第{number}示范片区（合成）",
            "synthetic": True,
        }
        found.append(Feature(properties, shapely.coverage_union_all([shapes[code] for code in near])))
    return found


def _write(path: Path, names: Mapping[str, str], columns: Mapping[str, Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", *columns))
        writer.writerows(_rows(names, columns))


def _rows(names: Mapping[str, str], columns: Mapping[str, Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    for (code, name), values in zip(names.items(), zip(*columns.values(), strict=True), strict=True):
        yield code, name, *("" if value is None else value for value in values)
