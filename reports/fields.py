"""The fields of a report: what its row holds, how that comes there, and where it is told. One description for all.

Intake, bulk loading, splits, moves, answers, exports and imports of exports are made from it; a test holds it
together with what must stand elsewhere: the table, a case in memory, the shapes of the API, the documentation. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Flag, StrEnum, auto

__all__ = ["FIELDS", "Child", "Field", "In", "Kind", "columns", "in_row", "names"]


class Kind(StrEnum):
    """What a field is, in the database's word."""

    TEXT = "text"
    TIME = "timestamptz"
    FLAG = "boolean"
    COUNT = "integer"
    ID = "bigint"
    NUMBER = "double precision"
    POINT = "geometry"
    CELLS = "jsonb"


class In(Flag):
    """Where a field stands."""

    ROW = auto()  # a column of the table `report`; what is in no row is made of others
    INTAKE = auto()  # in the row from the start; otherwise it begins with the database's default
    CASE = auto()  # what moves change: read with a case and stored with it
    ANSWER = auto()  # in the answer for a report, alone or in a list
    FILE = auto()  # in an export, and taken back from one


class Child(StrEnum):
    """Where a case that is split off has a column from."""

    PARENT = "parent"  # copied from the case that it was split off
    OWN = "own"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `answer` and `file` are its names there, where they are not its own.

    `begins` is what a column begins with that is not written at intake: the database's default.
    """

    name: str
    kind: Kind
    places: In
    child: Child = Child.DEFAULT
    answer: str = ""
    file: str = ""
    begins: bool | int | None = None

    def name_in(self, place: In) -> str:
        """What the field is called in a place."""
        return {In.ANSWER: self.answer, In.FILE: self.file}.get(place, "") or self.name


_STORED = In.ROW | In.INTAKE
_STANDS = In.ROW | In.CASE
_TOLD = In.ANSWER | In.FILE

FIELDS = (
    Field("number", Kind.TEXT, _TOLD),
    Field("id", Kind.ID, _STORED, Child.OWN),
    Field("received_at", Kind.TIME, _STORED | _TOLD, Child.OWN),
    Field("occurred_at", Kind.TIME, _STORED | _TOLD, Child.PARENT),
    Field("territory_code", Kind.TEXT, _STORED | In.ANSWER, Child.PARENT, answer="territory"),
    Field("edition_id", Kind.COUNT, _STORED, Child.PARENT),
    Field("cell_id", Kind.ID, _STORED, Child.PARENT),
    Field("state", Kind.TEXT, _STORED | In.CASE | _TOLD, Child.OWN),
    Field("category", Kind.TEXT, _STORED | In.CASE | _TOLD, Child.OWN),
    Field("description", Kind.TEXT, _STORED | _TOLD, Child.OWN),
    Field("source", Kind.TEXT, _STORED, Child.OWN),
    Field("cells", Kind.CELLS, _TOLD),  # of every level: in an answer as `cell` and `ancestors`, in a file by codes
    Field("cell_name", Kind.TEXT, In.FILE),
    Field("purpose", Kind.TEXT, In.FILE),  # of the base grid; an answer tells it with the cell
    Field("edition", Kind.TEXT, _TOLD),
    Field("areas", Kind.CELLS, _TOLD),  # of every overlay: in a file a column for each, by codes
    Field("on_edge", Kind.FLAG, _STORED | _TOLD, Child.PARENT),
    Field("ambiguous", Kind.FLAG, _STORED | _TOLD, Child.PARENT),
    Field("accuracy_m", Kind.NUMBER, _STORED | _TOLD, Child.PARENT, answer="accuracy"),
    Field("raw_lon", Kind.NUMBER, _STORED | _TOLD, Child.PARENT),
    Field("raw_lat", Kind.NUMBER, _STORED | _TOLD, Child.PARENT),
    Field("datum", Kind.TEXT, _STORED | _TOLD, Child.PARENT),
    Field("external_id", Kind.TEXT, _STORED | _TOLD),
    Field("asset", Kind.TEXT, _STORED | In.CASE | _TOLD, Child.OWN),  # the number of what it is about
    Field("synthetic", Kind.FLAG, _TOLD),
    Field("urgency", Kind.TEXT, _STORED | In.CASE | _TOLD, Child.OWN),
    Field("desk_id", Kind.ID, _STORED | In.CASE, Child.OWN),
    Field("level", Kind.TEXT, _STORED | In.CASE, Child.OWN),
    Field("level_since", Kind.TIME, _STORED | In.CASE, Child.OWN),
    Field("step", Kind.TEXT, _STORED | In.CASE | _TOLD, Child.OWN),
    Field("due_at", Kind.TIME, _STORED | In.CASE | _TOLD, Child.OWN),
    Field("alarm_at", Kind.TIME, _STORED | In.CASE, Child.OWN),
    Field("nearly_due", Kind.FLAG, _STANDS | _TOLD, begins=False),
    Field("overdue", Kind.FLAG, _STANDS | _TOLD, begins=False),
    Field("returned", Kind.FLAG, _STANDS, begins=False),
    Field("closed_at", Kind.TIME, _STANDS | _TOLD),
    Field("version", Kind.COUNT, _STANDS | _TOLD, begins=1),
    Field("parked_at", Kind.TIME, _STANDS | In.FILE),
    Field("resumes", Kind.TEXT, _STANDS | In.FILE),
    Field("merged_into", Kind.ID, _STANDS | In.FILE),  # in a file the number of that case
    Field("merged_into_received_at", Kind.TIME, _STANDS | In.FILE),
    Field("parent_id", Kind.ID, _STANDS | In.FILE, Child.OWN, file="parent"),
    Field("parent_received_at", Kind.TIME, _STANDS | In.FILE, Child.OWN),
    Field("elsewhere", Kind.FLAG, _STORED, Child.OWN),
    Field("campaign", Kind.TEXT, _STORED | In.ANSWER, Child.PARENT),
    Field("geom", Kind.POINT, _STORED | _TOLD, Child.PARENT, file="geometry"),  # in an answer as `lon` and `lat`
)
"""In the order of the columns of a file."""


def in_row(place: In, child: Child | None = None) -> Iterator[Field]:
    """The columns of the row that stand in a place too; of them, those that a child has from somewhere."""
    wanted = In.ROW | place
    return (field for field in FIELDS if wanted in field.places and child in (None, field.child))


def columns(place: In = In.ROW, child: Child | None = None) -> tuple[str, ...]:
    """Names of the columns of the row that stand in a place too."""
    return tuple(field.name for field in in_row(place, child))


def names(place: In) -> tuple[str, ...]:
    """What the fields of a place are called there."""
    return tuple(field.name_in(place) for field in FIELDS if place in field.places)
