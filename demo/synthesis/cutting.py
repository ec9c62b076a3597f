"""A piece of a plan is cut along streets into as many parts as it needs, each of about its share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.demo.synthesis.plan import Floats, Streets

__all__ = ["Cutter", "Piece", "join"]

FAR = 1e6
"""Metres beyond any territory."""

ENOUGH = 4
"""Cuts to choose from before those that miss the shares are left out."""


@dataclass(frozen=True)
class Piece:
    """A part of the plan.

    Attributes
    ----------
    frame
        Its straight borders, which may reach beyond the outline.
    body
        The frame inside the outline.
    members
        Which of the sampled places lie in it.
    """

    frame: BaseGeometry
    body: BaseGeometry
    members: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cutter:
    """Cuts pieces along streets.

    Parameters
    ----------
    places
        Sampled places in plan coordinates, shape (n, 2).
    mass
        How much each place weighs: the density of base grids there.
    streets
        Where cuts may run.
    rng
        Breaks near-ties between cuts, so that the plan is not monotonous.
    """

    places: Floats
    mass: Floats
    streets: Streets
    rng: np.random.Generator

    def weight(self, piece: Piece) -> float:
        """The mass of the places in a piece."""
        return float(self.mass[piece.members].sum())

    def divide(self, piece: Piece, shares: Sequence[float]) -> list[Piece]:
        """As many pieces as shares, in their order, each with about its share of the mass."""
        if len(shares) == 1:
            return [piece]
        low, high, count = self._best_cut(piece, np.asarray(shares, dtype=float))
        return self.divide(low, shares[:count]) + self.divide(high, shares[count:])

    def cut(self, piece: Piece, axis: int, at: float) -> tuple[Piece, Piece]:
        """The part below and the part above a position on an axis."""
        if axis == 0:
            low, high = shapely.box(-FAR, -FAR, at, FAR), shapely.box(at, -FAR, FAR, FAR)
        else:
            low, high = shapely.box(-FAR, -FAR, FAR, at), shapely.box(-FAR, at, FAR, FAR)
        is_low = self.places[piece.members, axis] < at
        return _clip(piece, low, is_low), _clip(piece, high, ~is_low)

    def cut_along(self, piece: Piece, way: Sequence[tuple[float, float]]) -> tuple[Piece, Piece]:
        """The parts on the right and on the left of a way, such as a railway or a canal.

        The way leads from end to end of the plan, eastward or northward; its ends are prolonged.
        """
        (x0, y0), (x1, y1) = way[0], way[-1]
        north = abs(y1 - y0) > abs(x1 - x0)
        start, end = ((x0, -FAR), (x1, FAR)) if north else ((-FAR, y0), (FAR, y1))
        corners = [(FAR, FAR), (FAR, -FAR)] if north else [(FAR, -FAR), (-FAR, -FAR)]
        right = shapely.Polygon([start, *way, end, *corners])
        is_right = shapely.contains_xy(right, self.places[piece.members])
        left = shapely.box(-FAR, -FAR, FAR, FAR) - right
        return _clip(piece, right, is_right), _clip(piece, left, ~is_right)

    def split(self, piece: Piece, axis: int, low: float, high: float) -> tuple[Piece, Piece]:
        """Two parts along one axis, ``low : high`` by mass as nearly as the broader streets allow."""
        streets = self.streets.position[axis][self.streets.rank[axis] >= 1]
        along = self.places[piece.members, axis]
        mass = self.mass[piece.members]
        part = np.array([mass[along < at].sum() for at in streets]) / mass.sum()
        return self.cut(piece, axis, float(streets[np.argmin(np.abs(part - low / (low + high)))]))

    def street_near(self, axis: int, at: float) -> float:
        """The broader street that is nearest to a position."""
        streets = self.streets.position[axis][self.streets.rank[axis] >= 1]
        return float(streets[np.argmin(np.abs(streets - at))])

    def _best_cut(self, piece: Piece, shares: Floats) -> tuple[Piece, Piece, int]:
        tolerance = 0.08 + 1.2 / len(shares)
        best: tuple[float, Piece, Piece, int] | None = None
        whole = 0
        for error, axis, at, rank, count in self._options(piece, shares):
            if error > tolerance and whole >= ENOUGH:
                break
            low, high = self.cut(piece, axis, at)
            if low.body.geom_type != "Polygon" or high.body.geom_type != "Polygon":
                continue
            whole += 1
            shape = min(_compactness(low.body), _compactness(high.body))
            noise = self.rng.uniform(0, 0.04)
            score = shape - 0.25 * error + 0.035 * rank + noise
            if best is None or score > best[0]:
                best = (score, low, high, count)
        if best is None:
            raise ValueError(f"no cut leaves two whole parts of {piece.body.area:.0f} m²")
        return best[1:]

    def _options(self, piece: Piece, shares: Floats) -> list[tuple[float, int, float, int, int]]:
        """Cuts from the best fitting share on: how far off, axis, position, rank and how many shares lie below."""
        n = len(shares)
        parts = np.cumsum(shares)[:-1] / shares.sum()
        counts = np.arange(1, n)
        central = (counts >= n / 3) & (counts <= n - n / 3)
        parts, counts = parts[central], counts[central]
        mass = self.mass[piece.members]
        found = []
        for axis in (0, 1):
            along = self.places[piece.members, axis]
            order = np.argsort(along, kind="stable")
            below = np.concatenate([[0.0], np.cumsum(mass[order])]) / mass.sum()
            streets = self.streets.position[axis]
            part = below[np.searchsorted(along[order], streets)]
            keep = (part > 0.02) & (part < 0.98)
            fits = _log_odds(part[keep])[:, None] - _log_odds(parts)[None, :]
            nearest = np.argmin(np.abs(fits), axis=1)
            errors = np.abs(fits[np.arange(len(nearest)), nearest])
            found += [
                (float(e), axis, float(at), int(rank), int(counts[i]))
                for e, at, rank, i in zip(errors, streets[keep], self.streets.rank[axis][keep], nearest, strict=True)
            ]
        return sorted(found)


def join(pieces: Sequence[Piece]) -> Piece:
    """One piece made of several that touch."""
    return Piece(
        shapely.union_all([piece.frame for piece in pieces]),
        shapely.union_all([piece.body for piece in pieces]),
        np.concatenate([piece.members for piece in pieces]),
    )


def _clip(piece: Piece, shape: BaseGeometry, inside: npt.NDArray[np.bool_]) -> Piece:
    """The part of a piece inside a shape, whose members are given."""
    return Piece(piece.frame & shape, piece.body & shape, piece.members[inside])


def _log_odds(part: Floats) -> Floats:
    return np.log(part / (1 - part))


def _compactness(polygon: BaseGeometry) -> float:
    """One for a circle, 0.785 for a square, less for what is long or jagged (Polsby and Popper 1991)."""
    return float(4 * np.pi * polygon.area / polygon.length**2)
