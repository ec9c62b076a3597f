"""The one description of a report's fields agrees with all that must stand elsewhere."""

from dataclasses import fields

import pytest
from sqlalchemy import make_url

from wangge.reports.bulk.opening import CARRIED
from wangge.reports.case.case import Case
from wangge.reports.case.replay import Replayed
from wangge.reports.fields import FIELDS, Child, Field, In, Kind, columns, in_row
from wangge.reports.tables import ReportRow

TABLE = ReportRow.__table__

# Named otherwise in memory, where another case is one thing and not a pair of columns.
IN_MEMORY = {
    "desk_id": "desk",
    "merged_into_received_at": "merged_into",
    "parent_id": "parent",
    "parent_received_at": "parent",
}
NOT_REPLAYED = {"alarm_at"}  # follows from the others and the policy


def kind(name: str) -> str:
    """The type of a column in the words of the description."""
    written = str(TABLE.c[name].type.compile(make_url("postgresql://").get_dialect()()))
    return {"TIMESTAMP WITH TIME ZONE": "timestamptz", "FLOAT": "double precision"}.get(
        written, written.split("(")[0].lower()
    )


def test_the_table_has_the_columns_that_are_described() -> None:
    assert {column.name: kind(column.name) for column in TABLE.columns} == {
        field.name: field.kind for field in in_row(In.ROW)
    }


def test_no_name_stands_twice() -> None:
    for place in In:
        called = [field.name_in(place) for field in FIELDS if place in field.places]
        assert len(called) == len(set(called))


def test_a_column_that_may_not_be_left_out_is_written_at_intake() -> None:
    needed = {column.name for column in TABLE.columns if not column.nullable and column.server_default is None}
    assert needed <= set(columns(In.INTAKE))
    assert set(CARRIED) <= set(columns(In.INTAKE)) - needed


def test_a_child_has_every_column_from_somewhere() -> None:
    """Of what is written at intake, a child has all but the id of another system from its parent, or its own."""
    assert set(columns(In.INTAKE, Child.DEFAULT)) == {"external_id"}
    for field in in_row(In.ROW, Child.DEFAULT):
        column = TABLE.c[field.name]
        assert column.nullable or column.server_default is not None


def test_moves_read_and_store_what_a_case_has_in_memory() -> None:
    in_memory = {IN_MEMORY.get(name, name) for name in columns(In.CASE)}
    here = {"id", "received_at", "territory", "edition", "cells", "circle"}  # where it is, which its own moves store
    coming = {"tasks", "events", "relocations", "children"}
    assert in_memory == {field.name for field in fields(Case)} - here - coming


def test_events_tell_what_moves_store() -> None:
    told = {field.name for field in fields(Replayed)} - {"cell", "edition", "tasks"}
    assert told == {IN_MEMORY.get(name, name) for name in columns(In.CASE)} - NOT_REPLAYED


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_field_that_is_no_column_is_told_somewhere(field: Field) -> None:
    assert In.ROW in field.places or (In.ANSWER | In.FILE) & field.places
    assert not (In.INTAKE | In.CASE) & field.places or In.ROW in field.places
    assert field.kind in Kind
