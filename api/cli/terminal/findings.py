"""Defects and repairs as a table, as JSON and as GeoJSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import shapely
from rich.table import Table

from wangge.data import messages
from wangge.geo.coverage import Defect, Repair

__all__ = ["defect_table", "edition_record", "repair_table", "write_geojson"]

MOST_ROWS = 200
MOST_CELLS = 6


def defect_table(defects: Sequence[Defect], language: messages.Language) -> Table:
    """A table of the first defects, in the reader's language."""
    return _table(defects, "defect", language)


def repair_table(repairs: Sequence[Repair], language: messages.Language) -> Table:
    """A table of the first repairs, in the reader's language."""
    return _table(repairs, "repair", language)


def edition_record(finding: Defect | Repair) -> dict[str, Any]:
    """A finding as plain values, as `--json` prints it and an edition keeps it."""
    detail = {"detail": finding.detail} if isinstance(finding, Defect) else {}
    return {
        "kind": finding.kind,
        "level": finding.level,
        "cells": list(finding.cells),
        "area_m2": round(finding.area_m2, 4),
        "lon": finding.lon,
        "lat": finding.lat,
        **detail,
    }


def write_geojson(path: Path, defects: Sequence[Defect], language: messages.Language) -> None:
    """Write the defects as a GeoJSON FeatureCollection (RFC 7946), each with its shape and what it means."""
    features = []
    for defect in defects:
        title, meaning = _as_text(defect, "defect", language)
        # A shape that cannot be drawn, such as one in metres, is left out rather than put in a wrong place.
        drawn = defect.geometry is not None and not defect.geometry.is_empty
        shape = orjson.loads(shapely.to_geojson(defect.geometry) or "null") if drawn else None
        properties = {**edition_record(defect), "title": title, "meaning": meaning}
        features.append({"type": "Feature", "geometry": shape, "properties": properties})
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}, option=orjson.OPT_INDENT_2))


def _table(findings: Sequence[Defect | Repair], family: str, language: messages.Language) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for position, heading in enumerate(messages.words("headings", "findings", language)):
        table.add_column(heading, justify="right" if position == 3 else "left", overflow="fold")
    for finding in sorted(findings, key=_gravity)[:MOST_ROWS]:
        title, meaning = _as_text(finding, family, language)
        cells = " ".join(finding.cells[:MOST_CELLS])
        more = f" +{len(finding.cells) - MOST_CELLS}" if len(finding.cells) > MOST_CELLS else ""
        place = f"{finding.lon:.6f}, {finding.lat:.6f}"
        table.add_row(title, finding.level, cells + more, _size(finding.area_m2), place, meaning)
    if len(findings) > MOST_ROWS:
        table.add_row(f"+{len(findings) - MOST_ROWS}")
    return table


def _gravity(finding: Defect | Repair) -> tuple[bool, float]:
    """What sorts the largest first, and slivers after everything else."""
    return finding.kind == "sliver", -finding.area_m2


def _size(area_m2: float) -> str:
    return f"{area_m2:,.0f}" if area_m2 >= 100 else f"{area_m2:.2g}" if area_m2 else "0"


def _as_text(finding: Defect | Repair, family: str, language: messages.Language) -> tuple[str, str]:
    detail = finding.detail if isinstance(finding, Defect) else {}
    facts = {key: "—" if value == [] else value for key, value in detail.items()}
    title, meaning = messages.text(f"{family}-{finding.kind}", facts, language)
    if "of" in facts:  # a sliver says what it is a sliver of
        return title, messages.text(f"{family}-{facts['of']}", facts, language)[1]
    return title, meaning
