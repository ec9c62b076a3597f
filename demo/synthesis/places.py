"""Where reports come from: a few hot spots, many moderate ones, homes and roads of the town, quiet villages."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.demo.synthesis.plan import Floats, Plan, wave_field

__all__ = ["City", "Spots", "draw_spots", "scatter"]

Ints = npt.NDArray[np.int64]

COUNTRY = 0.17
"""Share of the reports that come from the fields and villages."""


@dataclass(frozen=True)
class City:
    """The base grids in metres around the town centre, and what a reporter would know of them.

    ``liveliness`` is the expected share of a base grid in what belongs to no hot spot.
    """

    plan: Plan
    cells: npt.NDArray[np.object_]
    centre: Floats
    community: list[str]
    rural: npt.NDArray[np.bool_]
    liveliness: Floats
    outline: BaseGeometry

    @classmethod
    def read(cls, folder: Path, plan: Plan, rng: np.random.Generator) -> "City":
        """The city as its folder tells it; townships (code ``…2xx``) are country."""
        grids = json.loads((folder / "grids.geojson").read_text(encoding="utf-8"))["features"]
        communities = json.loads((folder / "communities.geojson").read_text(encoding="utf-8"))["features"]
        lonlat = np.array([shapely.geometry.shape(grid["geometry"]) for grid in grids])
        cells = shapely.transform(lonlat, plan.ground)
        centre = shapely.get_coordinates(shapely.centroid(cells))
        rural = np.array([grid["properties"]["code"][6] == "2" for grid in grids])
        names = {c["properties"]["code"]: c["properties"]["name"] for c in communities}
        homes = np.array([grid["properties"]["households"] for grid in grids], dtype=float)
        uneven = np.exp(0.9 * wave_field(centre, 1500, rng) + 0.55 * rng.standard_normal(len(cells)))
        lively = homes * uneven
        for side, share in ((rural, COUNTRY), (~rural, 1 - COUNTRY)):
            lively[side] *= share / lively[side].sum()
        return cls(
            plan=plan,
            cells=cells,
            centre=centre,
            community=[_short(names[grid["properties"]["parent"]]) for grid in grids],
            rural=rural,
            liveliness=lively,
            outline=shapely.coverage_union_all(lonlat),
        )

    def nuclei(self, rng: np.random.Generator) -> Floats:
        """The middle of each base grid's village: where its community's houses stand."""
        names = np.array(self.community)
        middle = {name: self.centre[names == name].mean(axis=0) for name in dict.fromkeys(self.community)}
        shift = {name: rng.normal(0, 150, 2) for name in middle}
        return np.array([middle[name] + shift[name] for name in self.community])


@dataclass(frozen=True)
class Spots:
    """Hot spots: where, how strong, how wide (metres), of what kind, how called, and when they flare up."""

    at: Floats
    weight: Floats
    spread: Floats
    kind: list[str]
    name: list[str]
    cell: Ints
    flare_day: Floats
    flare_days: Floats


def draw_spots(city: City, kinds: dict[str, Any], count: int, rng: np.random.Generator) -> Spots:
    """Hot spots at the roads, mostly at crossings, with Pareto weights: few are strong."""
    names = list(kinds)
    town = np.array([kinds[k]["weight"] for k in names], dtype=float)
    country = town * [kinds[k]["country"] for k in names]
    cell = rng.choice(len(city.cells), count, p=city.liveliness)
    rural = city.rural[cell]
    kind = [names[rng.choice(len(names), p=p / p.sum())] for p in (country if r else town for r in rural)]
    weight = np.minimum((1 - rng.random(count)) ** (-1 / 1.15), 26.0) * np.where(rural, 0.55, 1.0)
    return Spots(
        at=np.array([_at_road(city.cells[c], rng.random() < 0.5, rng) for c in cell]),
        weight=weight / weight.sum(),
        spread=rng.uniform(14, 60, count),
        kind=kind,
        name=[city.community[c] + str(rng.choice(kinds[k]["name"])) for c, k in zip(cell, kind, strict=True)],
        cell=cell,
        flare_day=rng.uniform(0, 365, count),
        flare_days=rng.uniform(4, 35, count),
    )


def scatter(city: City, cell: Ints, on_street: npt.NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """A place in or at each base grid: at its roads, at a block of homes, or in its village."""
    nuclei = city.nuclei(rng)
    estates = {int(c): [_inside(city.cells[c], rng) for _ in range(rng.integers(2, 5))] for c in np.unique(cell)}
    places = np.empty((len(cell), 2))
    for i, c in enumerate(cell):
        if city.rural[c] and rng.random() < 0.8:
            places[i] = nuclei[c] + rng.normal(0, 160, 2)
        elif on_street[i]:
            places[i] = _at_road(city.cells[c], False, rng) + rng.normal(0, 10, 2)
        else:
            homes = estates[int(c)]
            places[i] = homes[rng.integers(len(homes))] + rng.normal(0, 38, 2)
    return places


def _at_road(cell: BaseGeometry, crossing: bool, rng: np.random.Generator) -> Floats:
    """A place on the border of a cell, which is a road; a crossing is one of its corners."""
    if crossing:
        corners = shapely.get_coordinates(shapely.simplify(cell, 15))[:-1]
        return np.asarray(corners[rng.integers(len(corners))])
    point = shapely.line_interpolate_point(shapely.get_exterior_ring(cell), rng.random(), normalized=True)
    return np.asarray(shapely.get_coordinates(point)[0])


def _inside(cell: BaseGeometry, rng: np.random.Generator) -> Floats:
    """A place between the middle of a cell and its border, even over the area."""
    middle = shapely.get_coordinates(shapely.point_on_surface(cell))[0]
    return np.asarray(middle + 0.9 * np.sqrt(rng.random()) * (_at_road(cell, False, rng) - middle))


def _short(name: str) -> str:
    return name.removesuffix("居民委员会").removesuffix("村民委员会")
