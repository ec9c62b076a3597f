"""A plan is the town laid flat: in it every street is a straight line along one of two axes.

Streets of a town bend together. So the lines are drawn in plan coordinates, where a cut is an
axis-parallel line, and carried to the ground by one smooth one-to-one map; neighbours that share a line
in the plan share it on the ground.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Bend", "Plan", "Streets", "wave_field"]

Floats = npt.NDArray[np.float64]

EARTH_M_PER_DEGREE = 111_319.49
SETTLED_M = 1e-7


@dataclass(frozen=True)
class Bend:
    """Waves of one size in the map from ground to plan.

    ``rural`` waves fade out towards the town, where streets are straighter than field paths.
    """

    amplitude_m: float
    length_m: float
    rural: bool = False


@dataclass(frozen=True)
class Plan:
    """The map between lon, lat and plan metres around a town centre.

    Parameters
    ----------
    lon, lat
        The town centre: the origin of the plan.
    turn_deg
        Direction of the main streets, counter-clockwise from east.
    town_m
        Radius in metres within which the rural waves are faint.
    bends
        The waves; the sum of ``2π · amplitude / length`` must stay below one, so that the map is one-to-one.
    seed
        Seed of the phases and directions of the waves.
    """

    lon: float
    lat: float
    turn_deg: float
    town_m: float
    bends: tuple[Bend, ...]
    seed: int

    def ground(self, lonlat: Floats) -> Floats:
        """Metres east and north of the town centre."""
        return (lonlat - [self.lon, self.lat]) * self._scale

    def lonlat(self, ground: Floats) -> Floats:
        """Longitude and latitude of metres east and north of the town centre."""
        return ground / self._scale + [self.lon, self.lat]

    def flatten(self, lonlat: Floats) -> Floats:
        """Plan coordinates of places."""
        ground = self.ground(lonlat)
        return (ground + self._bent(ground)) @ self._turn

    def unflatten(self, plan: Floats) -> Floats:
        """Places of plan coordinates, by fixed-point iteration of a contraction."""
        upright = plan @ self._turn.T
        ground = upright.copy()
        away = np.inf
        while away > SETTLED_M:
            before, ground = ground, upright - self._bent(ground)
            away = np.abs(ground - before).max(initial=0)
        return self.lonlat(ground)

    def rural(self, ground: Floats) -> Floats:
        """How rural a place is, from 0 in the town to 1 in the fields."""
        return 1 / (1 + np.exp((self.town_m - np.hypot(ground[:, 0], ground[:, 1])) / (0.2 * self.town_m)))

    @property
    def _scale(self) -> Floats:
        return EARTH_M_PER_DEGREE * np.array([np.cos(np.radians(self.lat)), 1.0])

    @property
    def _turn(self) -> Floats:
        c, s = np.cos(np.radians(self.turn_deg)), np.sin(np.radians(self.turn_deg))
        return np.array([[c, -s], [s, c]])

    def _bent(self, ground: Floats) -> Floats:
        rng = np.random.default_rng(self.seed)
        moved = np.zeros_like(ground)
        rural = self.rural(ground)
        for bend in self.bends:
            for axis in (0, 1):
                field = wave_field(ground, bend.length_m, rng)
                moved[:, axis] += bend.amplitude_m * field * (rural if bend.rural else 1.0)
        return moved


def wave_field(ground: Floats, length_m: float, rng: np.random.Generator) -> Floats:
    """A smooth random field between -1 and 1 with waves of about ``length_m``."""
    waves = 3
    heading = rng.uniform(0, 2 * np.pi, waves)
    number = 2 * np.pi / (length_m * rng.uniform(0.8, 1.6, waves))
    phase = rng.uniform(0, 2 * np.pi, waves)
    along = ground[:, :1] * np.cos(heading) + ground[:, 1:] * np.sin(heading)
    return np.asarray(np.sin(along * number + phase).mean(axis=1))


@dataclass(frozen=True)
class Streets:
    """Where cuts may run: positions of the streets along both plan axes, and how broad each is.

    ``rank`` is 2 for an arterial, 1 for a collector street, 0 for a lane.
    """

    position: tuple[Floats, Floats]
    rank: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

    @classmethod
    def draw(cls, reach_m: float, spacing_m: float, rng: np.random.Generator) -> "Streets":
        """Lanes about ``spacing_m`` apart out to ``reach_m``; every third is broader, every ninth an arterial."""
        positions, ranks = [], []
        for _ in range(2):
            gaps = spacing_m * rng.uniform(0.75, 1.25, int(2.6 * reach_m / spacing_m))
            at = np.cumsum(gaps) - gaps.sum() / 2
            order = np.arange(len(at)) + rng.integers(9)
            positions.append(at[np.abs(at) < reach_m])
            ranks.append(((order % 3 == 0).astype(int) + (order % 9 == 0))[np.abs(at) < reach_m])
        return cls((positions[0], positions[1]), (ranks[0], ranks[1]))
