"""Boundaries: the cells of a territory's folder, read from any format, CRS and datum into lon, lat WGS-84."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.errors import WanggeError
from wangge.geo.files.vector import Records, UnreadableFile, read_records
from wangge.geo.manifest import FILE_NAME, BadManifest, LevelSpec, Manifest, read_manifest
from wangge.geo.purposes import Purpose

__all__ = ["BadCell", "Boundaries", "LevelCells", "edition_hash", "read_boundaries", "read_outline", "union_of"]

# The ellipsoids of WGS-84 and CGCS2000, as the various dialects of WKT spell them: a file in one of these can hold
# shifted coordinates, because no CRS names GCJ-02 or BD-09 and software stamps WGS 84 on everything.
_ELLIPSOIDS = {"wgs84", "wgs1984", "cgcs2000"}
_HASH_DECIMALS = 9  # 0.1 mm: what a format may lose in writing a coordinate does not make another edition


class BadCell(WanggeError):
    """A record that cannot be a cell: `record` counts from 1, `field` is empty when its shape is at fault."""

    kind = "bad-cell"


@dataclass(frozen=True)
class LevelCells:
    """The n cells of one level, in the order of their file.

    `geometries` are Polygon or MultiPolygon in lon, lat WGS-84, as drawn: they may be invalid or empty.
    `parents` are all None on the top level. `purposes` are of special grids, None of the others; it may be left empty
    where there are none.
    """

    spec: LevelSpec
    codes: list[str]
    names: list[str]
    parents: list[str | None]
    geometries: NDArray[np.object_]
    attributes: list[dict[str, Any]]
    purposes: Sequence[Purpose | None] = ()


@dataclass(frozen=True)
class Boundaries:
    """A territory as its folder gives it: the manifest and the cells of each level, from the top."""

    manifest: Manifest
    levels: tuple[LevelCells, ...]


def read_boundaries(folder: str | Path) -> Boundaries:
    """The boundaries in a territory's folder, in lon, lat WGS-84.

    A file's own CRS is honoured first. Where that is WGS 84 or CGCS2000, or where the file names none, the manifest's
    datum says how the coordinates are shifted, and the shift is undone.

    Raises
    ------
    BadManifest, MissingFile, UnreadableFile, MissingLayer, MissingField, BadCell
        Each with the file and the place in it.
    """
    manifest = read_manifest(Path(folder))
    return Boundaries(manifest, tuple(_level(manifest, depth) for depth in range(len(manifest.levels))))


def read_outline(path: Path) -> BaseGeometry:
    """The one outline, in lon, lat WGS-84, that the polygons of a file make together; its CRS is honoured."""
    records = read_records(path, None, ())
    return shapely.union_all(shapely.make_valid(_lonlat(records)))


def edition_hash(boundaries: Boundaries) -> str:
    """SHA-256 of what the edition says: levels, codes, names, parents, attributes, shapes and purposes.

    The same for any file format, order of rows, start of a ring and order of parts.
    """
    digest = hashlib.sha256()
    for level in boundaries.levels:
        told = (level.codes, level.names, level.parents, level.attributes, _canonical(level.geometries))
        special = (level.purposes,) if any(level.purposes) else ()  # an edition without any is what it was
        rows = zip(*told, *special, strict=True)
        digest.update(f"level {level.spec.key}\n".encode())
        for row in sorted(json.dumps(row, ensure_ascii=False, sort_keys=True, default=str) for row in rows):
            digest.update(row.encode() + b"\n")
    return digest.hexdigest()


def _canonical(geometries: NDArray[np.object_]) -> list[str]:
    rounded = shapely.transform(geometries, lambda xy: np.round(xy, _HASH_DECIMALS) + 0.0)
    return [shapely.normalize(shapely.MultiPolygon(list(shapely.get_parts(geometry)))).wkb_hex for geometry in rounded]


def _level(manifest: Manifest, depth: int) -> LevelCells:
    spec = manifest.levels[depth]
    if spec.dissolve:
        return _dissolved(manifest, depth)
    parent = spec.parent if depth else None
    wanted = dict.fromkeys(name for name in (spec.code, spec.label, parent, spec.purpose, *spec.attributes) if name)
    records = read_records(manifest.folder / spec.file, spec.layer, wanted)
    geometries = _unshifted(records, manifest)
    codes = _codes(records, spec.code)
    labels = _texts(records, spec.label) if spec.label else codes
    return LevelCells(
        spec=spec,
        codes=codes,
        names=[label or code for label, code in zip(labels, codes, strict=True)],
        parents=_texts(records, parent) if parent else [None] * len(codes),
        geometries=geometries,
        attributes=[{name: _plain(records.fields[name][row]) for name in spec.attributes} for row in range(len(codes))],
        purposes=_purposes(records, spec.purpose) if spec.purpose else (),
    )


def _dissolved(manifest: Manifest, depth: int) -> LevelCells:
    """A level whose cells are the unions of the records, of the level that is drawn, which name the same code.

    The first record that has a name says the cell's; all of them must name the same parent.
    """
    spec = manifest.levels[depth]
    parent = spec.parent if depth else None
    wanted = dict.fromkeys(name for name in (spec.code, spec.label, parent) if name)
    records = read_records(manifest.folder / spec.file, spec.layer, wanted)
    shapes = _unshifted(records, manifest)
    members: dict[str, list[int]] = {}
    for row, code in enumerate(_texts(records, spec.code)):
        if code is not None:  # of one without a parent, the check tells
            members.setdefault(code, []).append(row)
    labels = _texts(records, spec.label) if spec.label else [None] * len(shapes)
    above = _texts(records, parent) if parent else [None] * len(shapes)
    for code, rows in members.items():
        strange = [row for row in rows if above[row] != above[rows[0]]]
        if strange:
            raise BadCell(
                file=records.file,
                layer=records.layer,
                record=strange[0] + 1,
                field=parent or "",
                expected=f"{above[rows[0]]}, as in record {rows[0] + 1}, for both are in {spec.code} {code}",
            )
    return LevelCells(
        spec=spec,
        codes=list(members),
        names=[next((labels[row] for row in rows if labels[row]), None) or code for code, rows in members.items()],
        parents=[above[rows[0]] for rows in members.values()],
        geometries=np.array([union_of(shapes[rows]) for rows in members.values()], dtype=object),
        attributes=[{} for _ in members],
    )


def union_of(shapes: NDArray[np.object_]) -> BaseGeometry:
    """The shape that n shapes make together: without a seam where they are a coverage."""
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapely.make_valid(shapes, method="structure", keep_collapsed=False))


def _polygons(records: Records) -> NDArray[np.object_]:
    fits = np.isin(shapely.get_type_id(records.geometries), (3, 6))
    if not len(fits) or not fits.all():
        record = int(np.argmin(fits)) + 1 if len(fits) else 0
        raise BadCell(file=records.file, layer=records.layer, record=record, field="", expected="polygon")
    return np.asarray(shapely.force_2d(records.geometries), dtype=object)


def _lonlat(records: Records, named: str | None = None) -> NDArray[np.object_]:
    """The polygons of a file, out of the CRS that is named for it, or else out of its own."""
    geometries = _polygons(records)
    try:
        crs = CRS.from_user_input(named or records.crs) if named or records.crs else None
        if crs is None or _is_plain_lonlat(crs):
            return geometries
        to_lonlat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        return shapely.transform(geometries, lambda xy: np.column_stack(to_lonlat.transform(*xy.T)))
    except ProjError as error:
        raise UnreadableFile(file=records.file, reason=str(error)) from error


def _unshifted(records: Records, manifest: Manifest) -> NDArray[np.object_]:
    """The polygons of a file, out of its CRS and then out of the manifest's datum."""
    geometries = _lonlat(records, _crs(manifest))
    if manifest.datum in (Datum.WGS84, Datum.CGCS2000):
        return geometries
    stamped = manifest.crs or records.crs
    if stamped and not _may_be_shifted(CRS.from_user_input(stamped)):
        raise BadManifest(
            file=str(manifest.folder / FILE_NAME),
            key="datum",
            expected=f"wgs84, because the CRS of {Path(records.file).name} is one that is never shifted",
        )

    def unshift(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], manifest.datum))

    return shapely.transform(geometries, unshift)


def _crs(manifest: Manifest) -> str | None:
    try:
        if manifest.crs:
            CRS.from_user_input(manifest.crs)
    except ProjError:
        expected = "a coordinate reference system, such as EPSG:4490, EPSG:32650 or WKT"
        raise BadManifest(file=str(manifest.folder / FILE_NAME), key="crs", expected=expected) from None
    return manifest.crs


def _may_be_shifted(crs: CRS) -> bool:
    name = crs.ellipsoid.name if crs.ellipsoid else ""
    return "".join(filter(str.isalnum, name.lower())) in _ELLIPSOIDS


def _is_plain_lonlat(crs: CRS) -> bool:
    """Whether the coordinates need no projection: degrees from Greenwich on an ellipsoid that WGS-84 shares."""
    degrees = crs.is_geographic and all(axis.unit_name == "degree" for axis in crs.axis_info[:2])
    return degrees and _may_be_shifted(crs) and (crs.prime_meridian is None or not crs.prime_meridian.longitude)


def _codes(records: Records, field: str) -> list[str]:
    codes: list[str] = []
    for record, code in enumerate(_texts(records, field), start=1):
        if code is None:
            raise BadCell(file=records.file, layer=records.layer, record=record, field=field, expected="code")
        codes.append(code)
    return codes


def _purposes(records: Records, field: str) -> list[Purpose | None]:
    """What special grids are for, by a field that is empty for the others."""
    purposes: list[Purpose | None] = []
    for record, told in enumerate(_texts(records, field), start=1):
        if told is not None and told not in set(Purpose):
            near = get_close_matches(told, list(Purpose), n=1)
            expected = f"nothing, or one of {', '.join(Purpose)}, not {told[:64]}"
            expected += f"; did you mean {near[0]}?" if near else ""
            raise BadCell(file=records.file, layer=records.layer, record=record, field=field, expected=expected)
        purposes.append(None if told is None else Purpose(told))
    return purposes


def _texts(records: Records, field: str) -> list[str | None]:
    """The values of a field as texts: whole numbers without a point, blanks trimmed, nothing as None."""
    plain = (_plain(value) for value in records.fields[field])
    return [None if value is None else str(value).strip() or None for value in plain]


def _plain(value: Any) -> Any:
    """A value that JSON can hold, the same whichever format it came from."""
    if isinstance(value, float | Decimal):
        if not np.isfinite(float(value)):
            return None
        return int(value) if value == int(value) else float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
