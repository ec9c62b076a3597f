"""Washington and Taipei are shipped as published, except where their levels did not nest."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.demo.synthesis.files import BOUNDARIES, Feature, read_layer, write_geojson

__all__ = ["taipei", "washington"]

DISTRICTS = {
    "松山區": "Songshan",
    "信義區": "Xinyi",
    "大安區": "Da'an",
    "中山區": "Zhongshan",
    "中正區": "Zhongzheng",
    "大同區": "Datong",
    "萬華區": "Wanhua",
    "文山區": "Wenshan",
    "南港區": "Nangang",
    "內湖區": "Neihu",
    "士林區": "Shilin",
    "北投區": "Beitou",
}


def washington(data: Path) -> None:
    """Commissions are the union of their Single Member Districts, which are left as published.

    The published commissions share their borders with the districts to within 1 cm, but without
    the districts' vertices, so that 62 districts stick out by up to 0.5 m². The union moves no
    border further than that and nests exactly.
    """
    folder = BOUNDARIES / "washington"
    published, _ = read_layer(folder / "source" / "anc.geojson")
    districts, shapes = read_layer(folder / "smd.geojson")
    write_geojson(
        data / "boundaries" / "washington" / "anc.geojson",
        (
            Feature(
                {"ANC_ID": code, "WARD": ward, "NAME": name},
                _union(shapes[districts["ANC_ID"] == code]),
            )
            for code, ward, name in sorted(zip(published["ANC_ID"], published["WARD"], published["NAME"], strict=True))
        ),
    )


def taipei(data: Path) -> None:
    """Villages lose one spike of no area; districts are the union of their villages."""
    folder = BOUNDARIES / "taipei"
    columns, shapes = read_layer(folder / "source" / "villages.geojson")
    shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    order = np.argsort(columns["VILLCODE"].astype(str))
    write_geojson(
        data / "boundaries" / "taipei" / "villages.geojson",
        (
            Feature(
                {
                    "VILLCODE": columns["VILLCODE"][i],
                    "VILLNAME": columns["VILLNAME"][i],
                    "TOWNCODE": columns["TOWNCODE"][i],
                },
                _union(shapes[[i]]),
            )
            for i in order
        ),
    )
    names = dict(zip(columns["TOWNCODE"], columns["TOWNNAME"], strict=True))
    write_geojson(
        data / "boundaries" / "taipei" / "districts.geojson",
        (
            Feature(
                {"TOWNCODE": code, "TOWNNAME": name, "name_en": DISTRICTS[name]},
                _union(shapes[columns["TOWNCODE"] == code]),
            )
            for code, name in sorted(names.items())
        ),
    )


def _union(cells: npt.NDArray[np.object_]) -> BaseGeometry:
    """The union of cells that share their edges exactly; a single part becomes a plain polygon."""
    whole: BaseGeometry = shapely.coverage_union_all(cells)
    parts: list[BaseGeometry] = list(shapely.get_parts(whole))
    return parts[0] if len(parts) == 1 else whole
