"""The two synthetic territories: Xinhua District and Hejian City."""

from pathlib import Path

from wangge.demo.synthesis.cutting import Cutter, Piece, join
from wangge.demo.synthesis.files import Row, write_geojson, write_geopackage
from wangge.demo.synthesis.plan import Bend, Plan
from wangge.demo.synthesis.territory import Territory
from wangge.geo.purposes import Purpose

__all__ = ["HEJIAN", "SPECIAL", "XINHUA", "hejian", "xinhua"]


# Ways in plan metres, not surveyed: they only keep the plan from being all right angles.
RAILWAY = [(-350.0, -6000.0), (150.0, -1500.0), (500.0, 800.0), (1000.0, 4500.0)]
CANAL = [
    (1500.0, -1500.0),
    (2600.0, -700.0),
    (3500.0, -170.0),
    (4400.0, 120.0),
    (5300.0, 420.0),
    (6200.0, 950.0),
    (7000.0, 1600.0),
]


def _streets_of_xinhua(cutter: Cutter, whole: Piece, streets: list[Row]) -> dict[str, list[Piece]]:
    """Five streets of the town on the two sides of a railway; around them the township, cut by a canal."""
    names = ("north", "station", "south", "east", "beyond", "country")
    code = {name: street.code for name, street in zip(names, streets, strict=True)}
    size = {name: len(street.communities) for name, street in zip(names, streets, strict=True)}
    east_side, west_side = cutter.cut_along(whole, RAILWAY)
    west, *country = _within(cutter, west_side, ((1, -4250.0, 1), (1, 2900.0, 0)))
    east, *rest = _within(cutter, east_side, ((1, -3000.0, 1), (1, 3500.0, 0), (0, 2900.0, 0)))
    country += rest
    lower, north = cutter.split(west, 1, size["south"] + size["station"], size["north"])
    south, station = cutter.split(lower, 1, size["south"], size["station"])
    south_east, beyond = cutter.split(east, 1, size["east"], size["beyond"])
    beyond, field = cutter.cut(beyond, 0, cutter.street_near(0, 2300.0))
    pieces = {"north": north, "station": station, "south": south, "east": south_east, "beyond": beyond}
    banks = cutter.cut_along(join([*country, field]), CANAL)
    return {code[name]: [piece] for name, piece in pieces.items()} | {code["country"]: list(banks)}


def _within(cutter: Cutter, piece: Piece, sides: tuple[tuple[int, float, int], ...]) -> tuple[Piece, ...]:
    """What is inside the given sides (axis, position, which part is kept), then what was cut off."""
    off = []
    for axis, at, keep in sides:
        parts = cutter.cut(piece, axis, cutter.street_near(axis, at))
        piece = parts[keep]
        off.append(parts[1 - keep])
    return (piece, *off)


# Where the year's reports, invented as well, speak of such a place most.
SPECIAL = {
    "130902001018005": (Purpose.MARKET, "便民市场"),
    "130902002010003": (Purpose.CAMPUS, "小学"),
    "130902004012001": (Purpose.MARKET, "菜市场"),
    "130902004015009": (Purpose.CAMPUS, "中学"),
    "130902200003002": (Purpose.CONSTRUCTION, "工地"),
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
    lane_m=95.0,
    grids=422,
    least_grids=3,
    town_density=7.0,
    sample_m=30.0,
    layout=_streets_of_xinhua,
    seed=422,
    special=SPECIAL,
)


def _townships_of_hejian(cutter: Cutter, whole: Piece, streets: list[Row]) -> dict[str, list[Piece]]:
    """Two streets and the development zone in the middle, eighteen townships around them."""
    west_code, east_code, zone_code = "130984002", "130984001", "130984403"
    size = {street.code: len(street.communities) for street in streets}
    town, *country = _within(cutter, whole, ((0, 5200.0, 0), (1, -3600.0, 1), (1, 2700.0, 0)))
    west, east = cutter.split(town, 0, size[west_code], size[east_code] + size[zone_code])
    east, zone = cutter.split(east, 1, size[east_code], size[zone_code])
    outer = [street.code for street in streets if street.code not in (west_code, east_code, zone_code)]
    townships = cutter.divide(join(country), [float(size[code]) for code in outer])
    return {west_code: [west], east_code: [east], zone_code: [zone]} | {
        code: [piece] for code, piece in zip(outer, townships, strict=True)
    }


HEJIAN = Territory(
    code="hejian",
    plan=Plan(
        lon=116.093,
        lat=38.443,
        turn_deg=-4.0,
        town_m=5000.0,
        bends=(Bend(900, 24000), Bend(60, 3500), Bend(130, 2600, rural=True), Bend(32, 900, rural=True)),
        seed=130984,
    ),
    lane_m=170.0,
    grids=1923,
    least_grids=2,
    town_density=5.0,
    sample_m=90.0,
    layout=_townships_of_hejian,
    seed=641,
)


def hejian(data: Path) -> None:
    """Write the three levels of Hejian as layers of one GeoPackage."""
    levels = zip(("township", "village", "grid"), HEJIAN.make(), strict=True)
    write_geopackage(data / "boundaries" / HEJIAN.code / "cells.gpkg", dict(levels))


def xinhua(data: Path) -> None:
    """Write the three levels of Xinhua, a file each."""
    folder = data / "boundaries" / XINHUA.code
    for name, features in zip(("streets", "communities", "grids"), XINHUA.make(), strict=True):
        write_geojson(folder / f"{name}.geojson", features)
