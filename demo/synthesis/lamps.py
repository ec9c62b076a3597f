"""Makes street lamps of Xinhua that do not exist: in the town, on both sides of the streets between base grids."""

import csv
import json
from pathlib import Path

import numpy as np
import shapely

__all__ = ["lamps"]

TOWN_M2 = 200_000.0
"""Base grids of the town are smaller; those of the fields have no lamps."""
EVERY_M, BESIDE_M = 90.0, 6.0
METRES_PER_DEGREE = 111_320.0
POWERS = ("40 W", "60 W", "90 W")


def lamps(to: Path) -> None:
    """Write the lamps, the same ones whenever it is asked."""
    source = json.loads((to / "boundaries" / "xinhua" / "grids.geojson").read_text("utf-8"))
    cells = [shapely.from_geojson(json.dumps(one["geometry"])) for one in source["features"]]
    lat = float(shapely.union_all(cells).centroid.y)
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(lat)), METRES_PER_DEGREE])
    plan = [shapely.transform(cell, lambda xy: xy * scale) for cell in cells]
    town = [cell for cell in plan if cell.area < TOWN_M2]
    edge = shapely.union_all(plan).boundary.buffer(1.0)
    lines = shapely.line_merge(shapely.difference(shapely.union_all([cell.boundary for cell in town]), edge))
    (to / "assets" / "xinhua").mkdir(parents=True, exist_ok=True)
    with (to / "assets" / "xinhua" / "lamp.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["number", "lon", "lat", "功率"])
        for place, (x, y) in enumerate(_beside(shapely.get_parts(lines))):
            lon, lat = np.array([x, y]) / scale
            rows.writerow([f"LD-{place + 1:05d}", f"{lon:.7f}", f"{lat:.7f}", POWERS[place % 7 % 3]])


def _beside(lines: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> list[tuple[float, float]]:
    """Points along lines in metres, in turn to their left and to their right; from north to south."""
    found = []
    for line in lines:
        for step, along in enumerate(np.arange(EVERY_M / 2, line.length, EVERY_M)):
            here, ahead = (shapely.line_interpolate_point(line, along + d) for d in (0.0, -1.0))
            away = np.array([here.y - ahead.y, ahead.x - here.x]) * BESIDE_M * (1 if step % 2 else -1)
            found.append((here.x + away[0], here.y + away[1]))
    return sorted(found, key=lambda point: (-round(point[1] / 200), point[0]))
