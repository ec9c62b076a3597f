"""The two synthetic territories: Xinhua District and Hejian City."""

from data.synthesis.cutting import Cutter, Piece
from data.synthesis.files import BOUNDARIES, Row, write_geojson
from data.synthesis.plan import Bend, Plan
from data.synthesis.territory import Territory

__all__ = ["XINHUA", "xinhua"]


def _streets_of_xinhua(cutter: Cutter, whole: Piece, streets: list[Row]) -> dict[str, Piece]:
    """Five streets of the town in the west, the township all around them."""
    town, country = whole, []
    for axis, at, keep in ((0, 2300.0, 0), (1, -3400.0, 1), (1, 2900.0, 0)):
        parts = cutter.cut(town, axis, cutter.nearest_street(axis, at, 1))
        town, rest = parts[keep], parts[1 - keep]
        country.append(rest)
    size = {street.code: float(len(street.communities)) for street in streets}
    north, station, south, east, beyond = (f"13090200{i}" for i in (1, 2, 3, 4, 5))
    west_half, east_half = cutter.split(town, 0, size[north] + size[station] + size[south], size[east] + size[beyond])
    lower, upper = cutter.split(west_half, 1, size[south] + size[station], size[north])
    bottom, middle = cutter.split(lower, 1, size[south], size[station])
    low_east, high_east = cutter.split(east_half, 1, size[east], size[beyond])
    return {
        north: upper, station: middle, south: bottom, east: low_east, beyond: high_east,
        "130902200": cutter.join(country),
    }


XINHUA = Territory(
    code="xinhua",
    plan=Plan(
        lon=116.872,
        lat=38.308,
        turn_deg=7.0,
        town_m=3800.0,
        bends=(Bend(160, 5000), Bend(28, 1500), Bend(55, 1100, rural=True), Bend(14, 420, rural=True)),
        seed=130902,
    ),
    lane_m=105.0,
    grids=422,
    least_grids=3,
    town_density=4.0,
    sample_m=30.0,
    layout=_streets_of_xinhua,
    seed=422,
)


def xinhua() -> None:
    """Write the three levels of Xinhua."""
    folder = BOUNDARIES / XINHUA.code
    for name, features in zip(("streets", "communities", "grids"), XINHUA.make(), strict=True):
        write_geojson(folder / f"{name}.geojson", features)
