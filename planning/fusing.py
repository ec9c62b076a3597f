"""One grid for all departments: which base grids an overlay cuts, and what would end the cuts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wangge.geo.grid import Cell, Grid
from wangge.geo.overlays.areas import Area
from wangge.geo.overlays.lived import Kept, Lived
from wangge.geo.people import PEOPLE

if TYPE_CHECKING:
    from wangge.geo.overlays.households import Homes
    from wangge.geo.overlays.shares import Shares

__all__ = ["LEAST", "Cut", "Fusion", "Moved", "as_answer", "counted", "fused"]

LEAST = 0.005
"""A part of a cell that is less of it than this is none: two offices drew one border, each a little otherwise."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A base grid that lies in several areas, or partly in none: its parts, and metres of border that run through it.

    `people` are those of PEOPLE that live in it, by attribute.
    """

    cell: Cell
    shares: "Shares"
    border_m: float
    people: dict[str, float]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a proposal moves from an area, None for none, to another: so much of a base grid, and whom by share."""

    cell: Cell
    source: str | None
    target: str
    m2: float
    people: dict[str, float]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How a grid lies under an overlay.

    Attributes
    ----------
    cells : every base grid with its shares.
    cuts : those that are cut, the longest border first.
    proposal : for each base grid the area that has most of it, so that none is cut; None for who lies in none.
    moves : what that proposal takes from one area and gives to another.
    lived : households of each base grid and of its parts, where they were counted or the grid says how many it has.
    households : of the layer that they were counted from, wherever they are; None without one.
    """

    cells: "list[Shares]"
    cuts: list[Cut]
    proposal: dict[str, str | None]
    moves: list[Moved]
    lived: Mapping[str, Lived]
    households: float | None = None


def counted(grid: Grid, areas: Sequence[Area], homes: "Homes") -> Kept:
    """How many households of a layer lie in each base grid of a grid, and in each area there, to be kept."""
    from wangge.geo.overlays.households import lived_in  # it takes a while to import

    shapes = {cell.code: cell.geometry for cell in grid.leaves if cell.geometry is not None}
    return Kept(grid.edition_id, homes.total, lived_in(shapes, areas, homes))


def fused(
    cells: Sequence[Cell],
    areas: Sequence[Area],
    least: float = LEAST,
    *,
    homes: "Homes | None" = None,
    kept: Kept | None = None,
    people: Mapping[str, Mapping[str, float]] | None = None,
) -> Fusion:
    """Lay areas over base grids.

    Parameters
    ----------
    least : share of a cell, 0 to 1, from which on a part counts as one.
    homes : households where they are, in the place of those that base grids say, spread evenly in each.
    kept : households that were counted before, in the place of `homes`, in the same cells and areas.
    people : by name of PEOPLE and code of a base grid, in the place of what the grid's own attributes say.
    """
    from wangge.geo.overlays.shares import borders_inside, shares_of  # a server that is asked for no fusion has none

    shapes = {cell.code: cell.geometry for cell in cells if cell.geometry is not None}
    shares = shares_of(shapes, areas)
    by_code = {area.code: area for area in areas}
    said = {name: {cell.code: _number(cell.attributes.get(name)) for cell in cells} for name in PEOPLE}
    said |= {
        name: {cell.code: _number(values.get(cell.code)) for cell in cells} for name, values in (people or {}).items()
    }
    known = {name: values for name, values in said.items() if None not in values.values()}
    lived = dict(kept.lived) if kept else _lived(shapes, areas, shares, known.get("households"), homes)
    proposal: dict[str, str | None] = {}
    cuts, moves = [], []
    of_cell = {cell.code: cell for cell in cells}
    for one in shares:
        cell = of_cell[one.cell]
        all_of = {name: float(values[cell.code] or 0) for name, values in known.items()}
        if one.cell in lived:
            all_of["households"] = lived[one.cell].whole
        parts = [part for part in one.parts if part.share >= least]
        chosen = parts[0].area if parts else None
        proposal[one.cell] = chosen
        if len(parts) > 1 or (parts and one.none >= least):
            border = borders_inside(shapes[one.cell], [by_code[part.area] for part in parts])
            cuts.append(Cut(cell, one, border, all_of))
            left: list[tuple[str | None, float]] = [(part.area, part.share) for part in parts[1:]]
            left += [(None, one.none)] if one.none >= least else []
            moves += [
                Moved(cell, area, str(chosen), share * one.m2, _part(all_of, share, lived.get(one.cell), area))
                for area, share in left
            ]
    cuts.sort(key=lambda cut: (-cut.border_m, cut.cell.code))
    counted = kept or homes
    return Fusion(shares, cuts, proposal, moves, lived, counted.total if counted else None)


def _lived(
    shapes: Mapping[str, Any],
    areas: Sequence[Area],
    shares: "Sequence[Shares]",
    said: Mapping[str, float | None] | None,
    homes: "Homes | None",
) -> dict[str, Lived]:
    """Households by base grid: counted where they are, else those that it says, as if they were spread evenly."""
    if homes is not None:
        from wangge.geo.overlays.households import lived_in

        return lived_in(shapes, areas, homes)
    if said is None:
        return {}
    return {
        one.cell: Lived(n, {part.area: part.share * n for part in one.parts}, one.none * n)
        for one in shares
        for n in (float(said[one.cell] or 0),)
    }


def _part(all_of: Mapping[str, float], share: float, lived: Lived | None, area: str | None) -> dict[str, float]:
    """Who lives in a part of a base grid: by its share, but for households that were counted there."""
    part = {name: n * share for name, n in all_of.items()}
    if lived is not None:
        part["households"] = lived.none if area is None else lived.parts.get(area, 0.0)
    return part


def as_answer(fusion: Fusion) -> dict[str, Any]:
    """A fusion in plain values."""
    return {
        "counted": fusion.households is not None,
        "cells": [
            {
                "code": one.cell,
                "m2": one.m2,
                "none": one.none,
                "households": lived.whole if (lived := fusion.lived.get(one.cell)) else None,
                "none_households": lived.none if lived else None,
                "parts": [part._asdict() | _households(lived, part.area) for part in one.parts],
                "proposed": fusion.proposal[one.cell],
            }
            for one in fusion.cells
        ],
        "cuts": [
            {"code": cut.cell.code, "name": cut.cell.name, "border_m": cut.border_m, "people": cut.people}
            for cut in fusion.cuts
        ],
        "moves": [
            {"code": move.cell.code, "from": move.source, "to": move.target, "m2": move.m2, "people": move.people}
            for move in fusion.moves
        ],
    }


def _households(lived: Lived | None, area: str) -> dict[str, float | None]:
    """How many live in a part, and which share of the base grid's that is; null where nobody said or nobody lives."""
    count = lived.parts.get(area, 0.0) if lived else None
    return {
        "households": count,
        "household_share": count / lived.whole if lived and lived.whole and count is not None else None,
    }


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value >= 0 else None
