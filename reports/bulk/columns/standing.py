"""Where cases stand by the file that they were exported to: numbers, places, states and clocks, to be restored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.reports.bulk.columns.numbers import number
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.spots import Floats, choices, points, words
from wangge.reports.bulk.columns.values import nulls, true
from wangge.reports.case.lifecycle import ENDED, UNSOLVED, State
from wangge.reports.number import month_of, parse_number
from wangge.reports.policy.policy import Step

__all__ = ["Standing", "standing"]

MOST_ID = 10**12
"""No database has given out so many; a number above would leave it none to give."""

Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]
Times = NDArray[np.datetime64]
Words = NDArray[np.str_]


@dataclass(slots=True)
class Standing:
    """Where n cases stand; no word, no time (NaT) and no id (0) where there is none.

    Attributes
    ----------
    lon, lat : the place that a case was found to lie at, WGS-84.
    cell, edition : the base grid by its code, in an edition; `on_edge` and `ambiguous` are of it.
    """

    ids: Ids
    lon: Floats
    lat: Floats
    cell: pa.Array
    edition: pa.Array
    on_edge: Flags
    ambiguous: Flags
    state: Words
    version: NDArray[np.int32]
    step: Words
    due_at: Times
    nearly_due: Flags
    overdue: Flags
    closed_at: Times
    parked_at: Times
    resumes: Words
    merged_into: Ids
    merged_into_received_at: Times
    parent: Ids
    parent_received_at: Times

    def take(self, rows: NDArray[np.int64]) -> "Standing":
        """Some of the cases."""
        picked = {field.name: getattr(self, field.name) for field in fields(self)}
        return Standing(
            **{
                name: column.take(pa.array(rows)) if isinstance(column, pa.Array) else column[rows]
                for name, column in picked.items()
            }
        )


def standing(
    columns: Mapping[str, pa.Array], received_at: Times, times: Callable[[str, bool], Times], sieve: Sieve
) -> Standing:
    """Where the cases in the columns of a batch stand; those that contradict themselves fall.

    Parameters
    ----------
    times : reads a column of times, which may lie ahead or not.
    """
    rows = len(received_at)
    lon, lat = _place(columns, sieve)
    others = {field: times(field, False) for field in ("merged_into_received_at", "parent_received_at")}
    sieve.drop(np.isnat(received_at), "received_at", columns["received_at"], "missing")
    found = Standing(
        ids=_ids(columns, "number", received_at, sieve, required=True),
        lon=lon,
        lat=lat,
        cell=words(columns, "cell", rows, sieve),
        edition=words(columns, "edition", rows, sieve),
        on_edge=_flags(columns, "on_edge", rows, sieve),
        ambiguous=_flags(columns, "ambiguous", rows, sieve),
        state=_word(columns, "state", rows, [state for state in State if state is not State.RECEIVED], sieve),
        version=_versions(columns["version"], sieve),
        step=_word(columns, "step", rows, list(Step), sieve),
        due_at=times("due_at", True),
        nearly_due=_flags(columns, "nearly_due", rows, sieve),
        overdue=_flags(columns, "overdue", rows, sieve),
        closed_at=times("closed_at", False),
        parked_at=times("parked_at", False),
        resumes=_word(columns, "resumes", rows, [state for state in State if state in UNSOLVED], sieve),
        merged_into=_ids(columns, "merged_into", others["merged_into_received_at"], sieve),
        parent=_ids(columns, "parent", others["parent_received_at"], sieve),
        **others,
    )
    _refuse_contradictions(found, columns, received_at, sieve)
    return found


def _refuse_contradictions(found: Standing, columns: Mapping[str, pa.Array], received_at: Times, sieve: Sieve) -> None:
    """What the database would not keep either (see the constraints of the table), by record."""
    sieve.drop(found.state == "", "state", columns["state"], "missing")
    parked, ended = found.state == State.PARKED, np.isin(found.state, sorted(ENDED))
    closed = np.isin(found.state, (State.CLOSED, State.CONFIRMED))
    for field, wrong in (
        ("parked_at", parked == np.isnat(found.parked_at)),
        ("resumes", parked == (found.resumes == "")),
        ("closed_at", closed == np.isnat(found.closed_at)),
        ("merged_into", (found.state == State.MERGED) != (found.merged_into > 0)),
        ("step", (found.step != "") & ended),
        ("due_at", (found.step == "") & ~np.isnat(found.due_at)),
        ("nearly_due", found.nearly_due & ended),
        ("overdue", found.overdue & ended),
        ("version", found.version < 1),
    ):
        sieve.drop(wrong, field, columns[field], "contradiction")
    for field, value in (("closed_at", found.closed_at), ("parked_at", found.parked_at)):
        sieve.drop(value < received_at, field, columns[field], "datetime_before_earlier")


def _place(columns: Mapping[str, pa.Array], sieve: Sieve) -> tuple[Floats, Floats]:
    """The place in WGS-84: the file's geometry, or the columns of a table."""
    if "place" in columns:
        return points(columns["place"], np.ones(len(columns["place"]), np.bool_), sieve)
    lon, lat = (number(columns[field], field.removeprefix("place_"), sieve) for field in ("place_lon", "place_lat"))
    sieve.drop(~(np.abs(lon) <= 180), "lon", columns["place_lon"], "less_than_equal", le=180)
    sieve.drop(~(np.abs(lat) <= 90), "lat", columns["place_lat"], "less_than_equal", le=90)
    return lon, lat


def _ids(
    columns: Mapping[str, pa.Array], field: str, received_at: Times, sieve: Sieve, *, required: bool = False
) -> Ids:
    """The ids in the case numbers of a column, whose months must be those in which the cases were received."""
    told = words(columns, field, len(received_at), sieve)
    ids, wrong = np.zeros(len(told), np.int64), np.zeros(len(told), np.bool_)
    for row, (text, at) in enumerate(zip(told.to_pylist(), received_at.tolist(), strict=True)):
        if text is None:
            wrong[row] = required or at is not None
            continue
        month, ids[row] = parse_number(text) or (None, 0)
        wrong[row] = month is None or at is None or month_of(at.replace(tzinfo=UTC))[0] != month
    sieve.drop(wrong | (ids > MOST_ID), field, columns.get(field), "case_number")
    return ids


def _versions(column: pa.Array, sieve: Sieve) -> NDArray[np.int32]:
    values = number(column, "version", sieve)
    whole = (values == np.floor(values)) & (np.abs(values) < 2**31)
    sieve.drop(~whole, "version", column, "int_parsing")
    return np.where(whole, values, 0).astype(np.int32)


def _word(columns: Mapping[str, pa.Array], field: str, rows: int, known: list[str], sieve: Sieve) -> Words:
    return choices(columns, field, rows, {word: word for word in known}, "", sieve)


def _flags(columns: Mapping[str, pa.Array], field: str, rows: int, sieve: Sieve) -> Flags:
    """A column of true and false, typed or as words."""
    column = columns[field]
    if pa.types.is_boolean(column.type):
        sieve.drop(nulls(column), field, column, "missing")
        return true(column)
    told = pc.utf8_lower(words(columns, field, rows, sieve))
    is_true = true(pc.equal(told, "true"))
    sieve.drop(~is_true & ~true(pc.equal(told, "false")), field, column, "bool_parsing")
    return is_true
