"""Inputs to begin fuzzing with: small covers of every kind, points as WKB, and columns.

python -m tests.fuzz.seeds FOLDER
"""

import struct
import sys
from pathlib import Path

import numpy as np
import shapely

from bench.cities import city
from bench.crowd import crowd
from wangge.geo.cover import Cover
from wangge.patterns.columns.layout import lists_block, segment_block


def main(folder: Path) -> None:
    squares = shapely.box(*np.array([(i, j, i + 1, j + 1) for i in range(3) for j in range(3)]).T)
    sets = {
        "squares": squares,
        "overlapping": np.append(squares, [shapely.box(0.5, 0.5, 2.5, 2.5), *squares[:2]]),
        "holed": np.array([squares[0].buffer(2).difference(squares[0]), squares[0]]),
        "city": city(3, 12),
        "empty": np.array([shapely.Polygon()]),
        "none": np.empty(0, dtype=object),
    }
    for name, polygons in sets.items():
        path = folder / "load" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Cover.of(polygons).block)
    point, orders = shapely.Point(1, 2), (0, 1)
    points = [shapely.to_wkb(point, include_srid=srid, byte_order=order) for srid in (False, True) for order in orders]
    offsets = np.cumsum([0, *map(len, points), 0, 0, 0, 0])
    path = folder / "wkb" / "points"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<9i", *offsets) + b"\x0f" + b"".join(points))
    path = folder / "columns" / "lists"
    path.parent.mkdir(parents=True, exist_ok=True)
    bins = np.arange(9, dtype=np.uint32)
    path.write_bytes(bytes(16) + lists_block([(bins, bins + 1), (bins[::2], bins[::2])]))
    for n, cells in ((1, 1), (60, 3), (200, 2)):
        rows = crowd(n, 3, cells)[1].sorted()
        path.with_name(f"segment{n}").write_bytes(bytes(range(16)) + segment_block(rows, cells, 20))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
