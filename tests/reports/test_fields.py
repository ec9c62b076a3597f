"""The one description of a report's fields agrees with all that must stand elsewhere."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from sqlalchemy import make_url

from wangge.api.schemas.reports import Report
from wangge.reports.bulk.columns.fields import FIELDS as IMPORTED
from wangge.reports.bulk.columns.standing import Standing
from wangge.reports.bulk.opening import CARRIED
from wangge.reports.case.case import Case
from wangge.reports.case.replay import Replayed
from wangge.reports.fields import FIELDS, Child, Field, In, Kind, columns, in_row, names
from wangge.reports.tables import ReportRow

TABLE = ReportRow.__table__
DOCUMENT = Path(__file__).parents[2] / "docs/import-export.md"

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


def test_what_is_not_written_at_intake_begins_with_the_default() -> None:
    for field in in_row(In.ROW):
        default = TABLE.c[field.name].server_default
        if In.INTAKE not in field.places:
            assert getattr(default, "arg", None) == (None if field.begins is None else str(field.begins).lower())


def test_a_child_has_every_column_from_somewhere() -> None:
    """Of what is written at intake, a child has all but the id of another system from its parent, or its own."""
    assert set(columns(In.INTAKE, Child.DEFAULT)) == {"external_id"}
    for field in in_row(In.ROW, Child.DEFAULT):
        column = TABLE.c[field.name]
        assert column.nullable or column.server_default is not None


def test_moves_read_and_store_what_a_case_has_in_memory() -> None:
    in_memory = {IN_MEMORY.get(name, name) for name in columns(In.CASE)}
    here = {
        "id",
        "received_at",
        "territory",
        "edition",
        "cells",
        "point",
        "circle",
        "photos",
    }  # where it is, which its own moves store
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


def test_what_a_row_holds_is_told_or_kept_back_on_purpose() -> None:
    inside = {"id", "edition_id", "cell_id", "alarm_at", "elsewhere"}  # of this database alone
    held = {"desk_id", "level", "level_since", "returned"}  # whose it is, and why, which lists tell
    told = {field.name for field in in_row(In.ROW) if (In.ANSWER | In.FILE) & field.places}
    assert set(columns()) - told == inside | held | {"source"}
    assert {field.name for field in FIELDS if In.ANSWER in field.places and In.FILE not in field.places} == {
        "territory_code",  # a file is of one territory, and says which in its metadata
        "campaign",  # and of one campaign, or of none
    }


def test_an_import_takes_back_what_moves_store_and_a_file_tells() -> None:
    drafted = {"category", "urgency", "asset"}
    wanted = {field.name_in(In.FILE) for field in in_row(In.CASE | In.FILE)}
    assert wanted - drafted <= {field.name for field in fields(Standing)}


def documented(heading: str) -> list[str]:
    """What stands in the first column of the first table under a heading, in its order."""
    _, _, text = DOCUMENT.read_text(encoding="utf-8").partition(f"\n{heading}\n")
    table = re.split(r"\n#", text)[0].partition("|---|")[2]
    rows = [line.split("|")[1] for line in table.splitlines()[1:] if line.startswith("|")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_the_columns_of_an_export_are_documented() -> None:
    several = {"street_code": "cells", "police_area": "areas"}
    told = [several.get(name, name) for name in documented("## Export")]
    assert told == list(names(In.FILE))


def test_the_fields_of_an_import_are_documented() -> None:
    assert sorted(documented("### Fields")) == sorted(IMPORTED)


def test_the_answer_has_the_fields_that_are_described() -> None:
    shaped = {"raw_lon": "raw", "raw_lat": "raw", "datum": "raw", "cells": "cell", "geom": "lon"}
    described = {shaped.get(name, name) for name in names(In.ANSWER)}
    assert set(Report.model_fields) == described | {"ancestors", "lat", "links"}


def test_the_guide_names_what_is_called_otherwise_in_files_than_in_answers() -> None:
    table = DOCUMENT.read_text("utf-8").partition("### The same over HTTP")[2].partition("\n#")[0]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("|")][2:]
    told = [set(re.findall(r"`(\w+)`", " ".join(column))) for column in zip(*rows, strict=True)]
    places = {"geom", "geometry"}  # as GeoJSON has it in both
    called = [{field.name_in(place) for field in FIELDS if place in field.places} for place in (In.ANSWER, In.FILE)]
    assert told[0] - {"cell", "ancestors", "areas"} == called[0] - called[1] - places
    assert told[1] == called[1] - called[0] - places
