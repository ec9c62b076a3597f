"""One grid for all departments: which base grids an overlay cuts, and what would end the cuts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wangge.geo.grid import Cell
from wangge.geo.overlays.areas import Area
from wangge.geo.people import PEOPLE

if TYPE_CHECKING:
    from wangge.geo.overlays.shares import Shares

__all__ = ["LEAST", "Cut", "Fusion", "Moved", "as_answer", "fused"]

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
    """

    cells: "list[Shares]"
    cuts: list[Cut]
    proposal: dict[str, str | None]
    moves: list[Moved]


def fused(cells: Sequence[Cell], areas: Sequence[Area], least: float = LEAST) -> Fusion:
    """Lay areas over base grids.

    Parameters
    ----------
    least : share of a cell, 0 to 1, from which on a part counts as one.
    """
    from wangge.geo.overlays.shares import borders_inside, shares_of  # a server that is asked for no fusion has none

    shapes = {cell.code: cell.geometry for cell in cells if cell.geometry is not None}
    shares = shares_of(shapes, areas)
    by_code = {area.code: area for area in areas}
    known = [name for name in PEOPLE if all(_number(cell.attributes.get(name)) is not None for cell in cells)]
    proposal: dict[str, str | None] = {}
    cuts, moves = [], []
    of_cell = {cell.code: cell for cell in cells}
    for one in shares:
        cell = of_cell[one.cell]
        people = {name: float(cell.attributes[name]) for name in known}
        parts = [part for part in one.parts if part.share >= least]
        chosen = parts[0].area if parts else None
        proposal[one.cell] = chosen
        if len(parts) > 1 or (parts and one.none >= least):
            border = borders_inside(shapes[one.cell], [by_code[part.area] for part in parts])
            cuts.append(Cut(cell, one, border, people))
            left: list[tuple[str | None, float]] = [(part.area, part.share) for part in parts[1:]]
            left += [(None, one.none)] if one.none >= least else []
            moves += [
                Moved(cell, area, str(chosen), share * one.m2, {name: n * share for name, n in people.items()})
                for area, share in left
            ]
    cuts.sort(key=lambda cut: (-cut.border_m, cut.cell.code))
    return Fusion(shares, cuts, proposal, moves)


def as_answer(fusion: Fusion) -> dict[str, Any]:
    """A fusion in plain values."""
    return {
        "cells": [
            {
                "code": one.cell,
                "m2": one.m2,
                "none": one.none,
                "parts": [part._asdict() for part in one.parts],
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


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value >= 0 else None
