"""The cells of a stored edition as layers to write into files, streamed level by level."""

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

import orjson
import psycopg
import pyarrow as pa

from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.geojson import AREA_DECIMALS
from wangge.store.engine import Connection
from wangge.store.grids.editions import list_editions
from wangge.store.grids.loading import NoEdition, UnknownEdition, UnknownTerritory, published
from wangge.store.grids.queries import OF_KINDS

__all__ = ["cell_layer", "edition_of"]

BATCH = 1_000

CELLS = """
SELECT code, name, CASE WHEN level > 0 THEN path[level] END AS parent,
       round(area_m2::numeric, %(decimals)s)::double precision, purpose, attributes,
       ST_AsBinary(geom) AS geometry
FROM cell WHERE edition_id = %(edition)s AND level = %(level)s AND (%(kinds)s::text[] IS NULL OR {of_kinds})
ORDER BY code
""".replace("{of_kinds}", OF_KINDS.format(cell="cell", kinds="%(kinds)s"))
# One row for each attribute of a level: its key, and the JSON types that its values have.
ATTRIBUTES: LiteralString = """
SELECT key, array_agg(DISTINCT CASE WHEN value::text ~ '^-?[0-9]+$' THEN 'integer' ELSE jsonb_typeof(value) END)
FROM cell, jsonb_each(attributes)
WHERE edition_id = %(edition)s AND level = %(level)s AND jsonb_typeof(value) <> 'null' GROUP BY key ORDER BY key
"""
OWN = {"code": pa.string(), "name": pa.string(), "parent": pa.string(), "area_m2": pa.float64()}
SPECIAL = {"purpose": pa.string()}


def edition_of(connection: Connection, territory: str, label: str | None) -> dict[str, Any]:
    """A stored edition as `list_editions` tells it: the current one, or the one with a label.

    Raises
    ------
    UnknownTerritory, UnknownEdition, NoEdition
    """
    editions = list_editions(connection, territory)
    if not editions:
        raise UnknownTerritory(territory=territory, known=published(connection))
    for edition in editions:
        if edition["label"] == label or (label is None and edition["current"]):
            return edition
    raise UnknownEdition(territory=territory, edition=label) if label else NoEdition(territory=territory)


def cell_layer(connection: Connection, edition: dict[str, Any], depth: int, kinds: Sequence[str] = ()) -> Layer:
    """The cells of one level, 0 the top, in the order of their codes; each attribute is a column of its own type.

    Where `kinds` are named, only those of such a kind (geo/purposes.py).
    """
    where = {"edition": edition["id"], "level": depth, "decimals": AREA_DECIMALS, "kinds": list(kinds) or None}
    found = connection.execute(ATTRIBUTES, where).fetchall()
    own = OWN | SPECIAL if depth == len(edition["levels"]) - 1 else OWN
    columns = {key: _type(kinds) for key, kinds in found if key not in {*own, GEOMETRY}}
    schema = pa.schema([*own.items(), *columns.items(), (GEOMETRY, pa.binary())])
    return Layer(
        name=edition["levels"][depth]["key"],
        schema=schema,
        batches=_batches(connection, where, schema, columns),
        geometry_type="MultiPolygon",
        metadata={
            "territory": edition["territory"],
            "edition": edition["label"],
            "valid_from": edition["valid_from"].isoformat(),
            "source": edition["source"],
            "licence": edition["licence"],
            "synthetic": edition["synthetic"],
        },
        id="code",
    )


def _type(kinds: list[str]) -> pa.DataType:
    if kinds == ["integer"]:
        return pa.int64()
    if set(kinds) <= {"integer", "number"}:
        return pa.float64()
    return pa.bool_() if kinds == ["boolean"] else pa.string()


def _batches(
    connection: Connection, where: dict[str, Any], schema: pa.Schema, columns: dict[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    with psycopg.ServerCursor(connection, "cells") as cursor:
        cursor.execute(CELLS, where)
        while rows := cursor.fetchmany(BATCH):
            yield pa.RecordBatch.from_pylist([_row(row, columns) for row in rows], schema=schema)


def _row(row: tuple[Any, ...], columns: dict[str, pa.DataType]) -> dict[str, Any]:
    code, name, parent, area, purpose, attributes, wkb = row
    own = {"code": code, "name": name, "parent": parent, "area_m2": area, "purpose": purpose, GEOMETRY: wkb}
    return own | {key: _value(attributes.get(key), kind) for key, kind in columns.items()}


def _value(value: Any, kind: pa.DataType) -> Any:
    """A JSON value as its column holds it: what is not a text goes into a text column as JSON."""
    if value is None or isinstance(value, str) or not pa.types.is_string(kind):
        return value
    return orjson.dumps(value).decode()
