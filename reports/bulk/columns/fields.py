"""The fields of a report that a file may bring, and which of its columns holds which."""

from collections.abc import Mapping, Sequence

from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import GEOMETRY
from wangge.reports.bulk.columns.history import HISTORY
from wangge.reports.fields import In, names

__all__ = [
    "CONTACT",
    "EXPORTED",
    "FIELDS",
    "PLACE",
    "MissingColumn",
    "MissingPlace",
    "UnknownField",
    "columns_by_field",
    "columns_of_export",
]

CONTACT = ("contact_name", "contact_phone", "contact_email")
PLACE = ("lon", "lat", GEOMETRY, "datum", "accuracy")
FIELDS = (
    *PLACE,
    "category",
    "description",
    "urgency",
    "occurred_at",
    "received_at",
    "external_id",
    *HISTORY,
    *CONTACT,
)

EXPORTED = tuple(name for name in names(In.FILE) if name not in {"cells", GEOMETRY})
"""Columns by which an export is known, beside those of the place, which are called as the form of the file wants it."""


class UnknownField(WanggeError):
    """A mapping names a field that reports do not have."""

    kind = "unknown-field"


class MissingColumn(WanggeError):
    """A column that a report needs, or that the mapping names, is not in the file."""

    kind = "missing-column"


class MissingPlace(WanggeError):
    """The file has neither lon and lat nor a geometry."""

    kind = "missing-place"


def columns_by_field(
    columns: Sequence[str], given: Mapping[str, str], fields: Sequence[str] = FIELDS
) -> dict[str, str]:
    """The column that holds each field: as given, else the one of the field's own name, in any case.

    Parameters
    ----------
    columns : of the file.
    given : a column for a field, where it is not of the same name.
    fields : those that are wanted; among them, a place is needed, and a category where there is such a field.

    Raises
    ------
    UnknownField, MissingColumn, MissingPlace
    """
    mapping: dict[str, str] = {}
    for field, column in given.items():
        if field not in fields:
            raise UnknownField(field=field, known=list(fields))
        mapping[field] = _found(columns, column) or _missing(columns, column, field)
    taken = set(mapping.values())
    for field in fields:
        own = _found([column for column in columns if column not in taken], field)
        if field not in mapping and own:
            mapping[field] = own
    if not {"lon", "lat"} <= mapping.keys() and GEOMETRY not in mapping:
        raise MissingPlace(columns=list(columns))
    if "category" in fields and "category" not in mapping:
        raise MissingColumn(column="category", field="category", columns=list(columns))
    return mapping


def columns_of_export(columns: Sequence[str], leaf: str) -> dict[str, str] | None:
    """The column of each field in a file that an export wrote; None for any other file.

    Parameters
    ----------
    leaf : key of the level of the base grids.
    """
    if not set(EXPORTED) <= set(columns):
        return None
    taken = {name: name for name in EXPORTED} | {"accuracy": "accuracy_m", "lon": "raw_lon", "lat": "raw_lat"}
    if GEOMETRY in columns:
        taken["place"] = GEOMETRY
    else:
        taken |= {"place_lon": "lon", "place_lat": "lat"}
    return taken | {"cell": f"{leaf}_code"}


def _found(columns: Sequence[str], name: str) -> str | None:
    """The column of a name; in another case only when that is not ambiguous."""
    if name in columns:
        return name
    alike = [column for column in columns if column.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _missing(columns: Sequence[str], column: str, field: str) -> str:
    raise MissingColumn(column=column, field=field, columns=list(columns))
