"""A territory is laid out from the top: streets, then communities, then base grids."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.demo.synthesis.arrangement import lay_out
from wangge.demo.synthesis.cells import in_rows, name_places, shares_of
from wangge.demo.synthesis.cutting import Cutter, Piece
from wangge.demo.synthesis.files import BOUNDARIES, Feature, Row, read_communities, read_layer
from wangge.demo.synthesis.plan import Plan, Streets, wave_field
from wangge.geo.purposes import Purpose

__all__ = ["Layout", "Territory"]

Layout = Callable[[Cutter, Piece, list[Row]], dict[str, list[Piece]]]
"""Cuts the whole territory into its streets, by code; no community crosses a piece of a street."""


@dataclass(frozen=True)
class Territory:
    """What a synthetic territory is made from.

    Parameters
    ----------
    code
        The folder under ``data/boundaries``.
    plan, lane_m
        The map to the ground, and the usual distance of two lanes.
    grids, least_grids
        How many base grids there are, and the fewest of a community.
    town_density
        How many times denser the base grids of the town are than those of the fields.
    sample_m
        Distance of the sampled places.
    layout
        Cuts the territory into streets.
    seed
        Of everything drawn.
    special
        Base grids, by code, that are special: what for, and how that is called.
    """

    code: str
    plan: Plan
    lane_m: float
    grids: int
    least_grids: int
    town_density: float
    sample_m: float
    layout: Layout
    seed: int
    special: Mapping[str, tuple[Purpose, str]] = field(default_factory=dict)

    def make(self) -> tuple[list[Feature], list[Feature], list[Feature]]:
        """Streets, communities and base grids, each in the order of their codes."""
        rng = np.random.default_rng(self.seed)
        outline = self._outline()
        cutter, whole = self._start(outline, rng)
        streets = read_communities(BOUNDARIES / self.code)
        pieces = self.layout(cutter, whole, streets)
        communities = [_communities(cutter, pieces[s.code], len(s.communities)) for s in streets]
        flat = [piece for group in communities for piece in group]
        counts = shares_of(self.grids, np.array([cutter.weight(p) for p in flat]), self.least_grids)
        grids = [cutter.divide(p, [1.0] * n) for p, n in zip(flat, counts, strict=True)]
        cells = lay_out(self.plan, outline, [piece for group in grids for piece in group])
        groups = np.split(cells, np.cumsum(counts)[:-1])
        return self._features(streets, groups, rng)

    def _outline(self) -> BaseGeometry:
        _, shapes = read_layer(BOUNDARIES / self.code / "source" / "outline.geojson")
        (outline,) = shapely.get_parts(shapes)
        return shapely.Polygon(outline)

    def _start(self, outline: BaseGeometry, rng: np.random.Generator) -> tuple[Cutter, Piece]:
        """The whole territory in the plan, with places sampled all over it."""
        step = self.sample_m / 111_319.49
        west, south, east, north = outline.bounds
        lon, lat = np.meshgrid(np.arange(west, east, step * 1.27), np.arange(south, north, step))
        lonlat = np.column_stack([lon.ravel(), lat.ravel()])
        lonlat = lonlat[shapely.contains_xy(outline, lonlat)]
        ground = self.plan.ground(lonlat)
        uneven = np.exp(0.35 * wave_field(ground, 3000, rng) + 0.25 * wave_field(ground, 1100, rng))
        mass = (1 + (self.town_density - 1) * (1 - self.plan.rural(ground))) * uneven
        body = shapely.transform(shapely.segmentize(outline, step), self.plan.flatten)
        places = self.plan.flatten(lonlat)
        reach = float(np.abs(shapely.get_coordinates(body)).max()) + 1000
        cutter = Cutter(places, mass, Streets.draw(reach, self.lane_m, rng), rng)
        return cutter, Piece(shapely.box(*body.bounds).buffer(500, join_style="mitre"), body, np.arange(len(places)))

    def _features(
        self, streets: list[Row], groups: Sequence[npt.NDArray[np.object_]], rng: np.random.Generator
    ) -> tuple[list[Feature], list[Feature], list[Feature]]:
        upper, middle, lower = [], [], []
        start = 0
        for street in streets:
            own = groups[start : start + len(street.communities)]
            start += len(own)
            unions = np.array([shapely.coverage_union_all(group) for group in own])
            upper.append(Feature({"code": street.code, "name": street.name}, shapely.coverage_union_all(unions)))
            centres = shapely.get_coordinates(shapely.centroid(unions))
            for (code, name), place in zip(street.communities, name_places(street, centres), strict=True):
                middle.append(Feature({"code": code, "name": name, "parent": street.code}, unions[place]))
                lower += _numbered(code, name, own[place], rng)
        return upper, middle, [self._marked(cell) for cell in lower]

    def _marked(self, cell: Feature) -> Feature:
        """A base grid with what it is for and its name, where it is special."""
        told = dict(cell.properties)
        if (known := self.special.get(str(told["code"]))) is None:
            return cell
        purpose, name = known
        return replace(cell, properties=told | {"name": f"{told['name']}（{name}，合成）", "purpose": purpose.value})


def _communities(cutter: Cutter, pieces: list[Piece], count: int) -> list[Piece]:
    counts = shares_of(count, np.array([cutter.weight(piece) for piece in pieces]), 1)
    return [part for piece, n in zip(pieces, counts, strict=True) for part in cutter.divide(piece, [1.0] * n)]


def _numbered(community: str, name: str, cells: npt.NDArray[np.object_], rng: np.random.Generator) -> list[Feature]:
    """The base grids of a community with their codes, names and households."""
    households = np.clip(rng.lognormal(np.log(235), 0.28, len(cells)), 150, 500).round().astype(int)
    short = name.removesuffix("居民委员会").removesuffix("村民委员会")
    return [
        Feature(
            {
                "code": f"{community}{number:03d}",
                "name": f"{short}第{number}网格",
                "parent": community,
                "households": int(households[number - 1]),
            },
            cells[place],
        )
        for number, place in enumerate(in_rows(cells), start=1)
    ]
