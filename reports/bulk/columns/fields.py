"""The fields of a report that a file may bring, and which of its columns holds which."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from wangge.data.messages import words_in_all
from wangge.geo.files.batches import GEOMETRY, some_of
from wangge.reports.bulk.columns.history import HISTORY
from wangge.reports.errors import DoubleColumn, MissingColumn, MissingPlace, UnknownField
from wangge.reports.fields import In, names

__all__ = [
    "CONTACT",
    "EXPORTED",
    "FIELDS",
    "PLACE",
    "REJECTED",
    "DoubleColumn",
    "MissingColumn",
    "MissingPlace",
    "UnknownField",
    "columns_by_field",
    "columns_of_export",
    "unused_columns",
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
    "asset",
    *HISTORY,
    *CONTACT,
)

REJECTED = tuple(f"rejected_{name}" for name in ("record", "field", "got", "reason", "expected", "other"))
"""Columns that the file of refused records has beside those of the file that was imported."""

SHORTENED = 10
"""Characters that a Shapefile keeps of the name of a column."""
RESEMBLING = 0.75
LONG_ENOUGH = 5

EXPORTED = tuple(name for name in names(In.FILE) if name not in {"cells", "areas", "purpose", "asset", GEOMETRY})
"""Columns by which an export is known, beside those of the place, which are called as the form of the file wants it.

Exports of earlier versions have no `asset`."""


def columns_by_field(
    columns: Sequence[str],
    given: Mapping[str, str],
    fields: Sequence[str] = FIELDS,
    repeated: Collection[str] = (),
) -> dict[str, str]:
    """The column that holds each field: as given, else the one of the field's own name, in any case.

    Parameters
    ----------
    columns : of the file; none says that the file has no records, and then nothing is needed.
    given : a column for a field, where it is not of the same name.
    fields : those that are wanted; among them, a place is needed, and a category where there is such a field.
    repeated : names of columns that the file has more than once.

    Raises
    ------
    UnknownField, MissingColumn, DoubleColumn, MissingPlace
    """
    mapping: dict[str, str] = {}
    for field, column in given.items():
        if field not in fields:
            raise UnknownField(field=field, known=list(fields))
        if columns:
            mapping[field] = _named(columns, column, field, repeated) or _missing(columns, column, field)
    taken = set(mapping.values())
    left = [column for column in columns if column not in taken]
    for field in fields:
        own = _own(left, field, repeated) if field not in mapping else None
        if own:
            mapping[field] = own
    if not columns:
        return mapping
    if not {"lon", "lat"} <= mapping.keys() and GEOMETRY not in mapping:
        raise MissingPlace(columns=some_of(columns), hint=_resembling_place(columns))
    if "category" in fields and "category" not in mapping:
        raise MissingColumn(column="category", field="category", columns=some_of(columns))
    return mapping


def unused_columns(
    columns: Sequence[str], mapping: Mapping[str, str], fields: Sequence[str] = FIELDS
) -> dict[str, str | None]:
    """The columns that no field is read from, each with the field that it may be meant for."""
    used = {*mapping.values(), *REJECTED}
    free = [field for field in fields if field not in mapping]
    return {column: _resembling(column, free) for column in columns if column not in used}


def columns_of_export(columns: Sequence[str], leaf: str) -> dict[str, str] | None:
    """The column of each field in a file that an export wrote; None for any other file.

    Parameters
    ----------
    leaf : key of the level of the base grids.
    """
    if not set(EXPORTED) <= set(columns):
        return None
    taken = {name: name for name in EXPORTED} | {"accuracy": "accuracy_m", "lon": "raw_lon", "lat": "raw_lat"}
    if "asset" in columns:
        taken["asset"] = "asset"
    if GEOMETRY in columns:
        taken["place"] = GEOMETRY
    else:
        taken |= {"place_lon": "lon", "place_lat": "lat"}
    return taken | {"cell": f"{leaf}_code"}


def _named(columns: Sequence[str], name: str, field: str, repeated: Collection[str]) -> str | None:
    """The column that is called so, letter by letter, else in any case. Raises DoubleColumn."""
    alike = [name] if name in columns else _alike(columns, name)
    return _only(alike, field, repeated)


def _own(columns: Sequence[str], field: str, repeated: Collection[str]) -> str | None:
    """The column of a field's own name, in any case; a Shapefile keeps but its beginning. Raises DoubleColumn."""
    alike = _alike(columns, field)
    if not alike:
        alike = [column for column in columns if len(column) == SHORTENED and field.startswith(column.lower())]
    return _only(alike, field, repeated)


def _alike(columns: Sequence[str], name: str) -> list[str]:
    return [column for column in columns if column.casefold() == name.casefold()]


def _only(alike: list[str], field: str, repeated: Collection[str]) -> str | None:
    found = alike + [column for column in alike if column in repeated]
    if len(found) > 1:
        raise DoubleColumn(field=field, found=some_of(found))
    return found[0] if found else None


def _missing(columns: Sequence[str], column: str, field: str) -> str:
    raise MissingColumn(column=column, field=field, columns=some_of(columns))


def _resembling(column: str, fields: Sequence[str]) -> str | None:
    """The field that a column may be meant for: by what it is called in the languages of the program, or nearly so."""
    called = {_plainly(word): field for field in fields for word in (field, *words_in_all("report-columns", field))}
    told = _plainly(column)
    # A short word is like many another.
    near = get_close_matches(told, called, n=1, cutoff=RESEMBLING if len(told) >= LONG_ENOUGH else 1)
    return called[near[0]] if near else None


def _resembling_place(columns: Sequence[str]) -> str:
    """FIELD=COLUMN of a place, where some columns resemble one; an empty text where none does."""
    fields = {field: column for column in columns if (field := _resembling(column, PLACE[:3]))}
    wanted = ("lon", "lat") if {"lon", "lat"} <= fields.keys() else (GEOMETRY,)
    return " ".join(f"{field}={fields[field]}" for field in wanted if field in fields)


def _plainly(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
