"""QGIS without a screen: reads and filters cells, redraws a draft where its version can, draws tiles with labels.

Runs in QGIS's own Python, which test_qgis.py looks for. What it found is printed as one line of JSON.

    qgis_client.py LANDING DRAFT SECRET STYLE TILES PICTURE
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qgis.core import (  # type: ignore[import-not-found]
    Qgis,
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize  # type: ignore[import-not-found]

EDITS = 33200
"""From this version on QGIS writes by Part 4."""


def layer(landing: str, collection: str, auth: str = "") -> Any:
    """A collection as QGIS has it when somebody adds it."""
    login = f" authcfg={auth}" if auth else ""
    return QgsVectorLayer(f"url='{landing}' typename='{collection}' pagingEnabled='true'{login}", collection, "OAPIF")


def login(secret: str) -> str:
    """An authentication of the kind API Header, as a user makes one."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("tests", True)
    config = QgsAuthMethodConfig("APIHeader")
    config.setName("wangge")
    config.setConfig("Authorization", f"Bearer {secret}")
    stored = manager.storeAuthenticationConfig(config)
    return str((stored[1] if isinstance(stored, tuple) else config).id())


def redrawn(draft: Any) -> dict[str, Any]:
    """One base grid is cut in two, another renamed, a third taken away; what QGIS says to that."""
    found = sorted(draft.getFeatures(), key=lambda one: one["code"])
    box = found[0].geometry().boundingBox()
    middle = (box.xMinimum() + box.xMaximum()) / 2
    west, east = (
        found[0].geometry().intersection(QgsGeometry.fromWkt(
            f"POLYGON(({a} {box.yMinimum()},{b} {box.yMinimum()},{b} {box.yMaximum()},{a} {box.yMaximum()},"
            f"{a} {box.yMinimum()}))"
        ))
        for a, b in ((box.xMinimum(), middle), (middle, box.xMaximum()))
    )  # fmt: skip
    begun = draft.startEditing()
    draft.changeGeometry(found[0].id(), west)
    draft.changeAttributeValue(found[1].id(), draft.fields().indexOf("name"), "改名")
    new = QgsFeature(draft.fields())
    new.setGeometry(east)
    for name, value in (("code", "130902999999999"), ("name", "新网格"), ("parent", found[0]["parent"])):
        new.setAttribute(name, value)
    draft.addFeature(new)
    draft.deleteFeature(found[2].id())
    done = draft.commitChanges()
    return {
        "begun": begun,
        "done": done,
        "errors": draft.commitErrors(),
        "cut": found[0]["code"],
        "renamed": found[1]["code"],
        "gone": found[2]["code"],
    }


def picture(layers: list[Any], extent: Any, file: str) -> dict[str, Any]:
    """Layers as QGIS draws them over an extent in degrees."""
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    over = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance())
    told = QgsMapSettings()
    told.setLayers(layers)
    told.setOutputSize(QSize(1000, 700))
    told.setDestinationCrs(mercator)
    told.setExtent(over.transformBoundingBox(extent))
    job = QgsMapRendererSequentialJob(told)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(file)
    seen = {image.pixel(x, y) for x in range(0, 1000, 3) for y in range(0, 700, 3)}
    return {"errors": [one.message for one in job.errors()], "colours": len(seen)}


def main() -> None:
    """Does it all."""
    landing, collection, secret, style, tiles, file = sys.argv[1:]
    cells = layer(landing, "cells-grid")
    told: dict[str, Any] = {"version": Qgis.QGIS_VERSION_INT, "valid": cells.isValid(), "count": cells.featureCount()}
    told["fields"] = [field.name() for field in cells.fields()]
    told["codes"] = sorted(one["code"] for one in cells.getFeatures())
    extent = cells.extent()
    cells.setSubsetString(f"\"code\" = '{told['codes'][7]}'")
    told["filtered"] = [one["code"] for one in cells.getFeatures()]
    cells.setSubsetString("")
    if "APIHeader" in QgsApplication.authManager().authMethodsKeys():  # from 3.24 on
        draft = layer(landing, collection, login(secret))
        told["draft"] = {"valid": draft.isValid(), "count": draft.featureCount()}
        if Qgis.QGIS_VERSION_INT >= EDITS:
            told["edit"] = redrawn(draft)
    drawn = QgsVectorTileLayer(f"type=xyz&url={quote(tiles, safe=':/')}&zmin=0&zmax=15&styleUrl={style}", "tiles")
    told["tiles"] = {"valid": drawn.isValid(), "style": drawn.loadDefaultStyle()}
    labels = drawn.labeling()
    told["labels"] = len(labels.styles()) if labels else 0
    told["picture"] = picture([drawn], extent, file)
    told["plain"] = picture([cells], extent, str(Path(file).with_suffix(".cells.png")))
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        app = QgsApplication([], False, home)
        app.initQgis()
        main()
        sys.stdout.flush()
