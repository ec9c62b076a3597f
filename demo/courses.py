"""How the cases of the demo's year go on: read from a file that `data/synthesis` has drawn, nothing is decided here."""

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

__all__ = ["Course", "Filed", "count_reports", "read_year"]

SHARES = ("register", "dispatch", "accept", "handle", "verify", "close")


@dataclass(frozen=True, slots=True)
class Course:
    """What is to become of one case.

    Attributes
    ----------
    end : closed, parked, merged, refused, withdrawn or voided; or open, and `incident` is where it stands.
    incident : what happens on the way; empty for nothing.
    register, dispatch, handle, verify, close : which share of its limit each step takes, above 1 when it is late.
    accept : which share of the handling has passed when the parties accept.
    note : what is reported back. `words` is what is said at the end or the incident.
    into : the report that this one doubles.
    point : lon and lat of where a case is found to be.
    confirmed : days after the closing on which the reporter confirms; None for never.
    satisfied : how the reporter rates it; None for not at all.
    waits : of a case that is open at the end, the share of its present limit that has passed.
    rises : how many levels it is raised on its way there.
    """

    end: str
    incident: str
    urgent: bool
    register: float
    dispatch: float
    accept: float
    handle: float
    verify: float
    close: float
    note: str
    words: str
    into: str
    point: tuple[float, float] | None
    confirmed: float | None
    satisfied: bool | None
    waits: float = 0.0
    rises: int = 0


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as its file has it, when it comes in, and its course."""

    record: dict[str, str]
    at: datetime
    course: Course

    @property
    def key(self) -> str:
        """The id under which it is stored once."""
        return self.record["external_id"]


def read_year(reports: Path, courses: Path) -> list[Filed]:
    """The reports of a year with their courses, in the order of time."""
    told = {row["external_id"]: row for row in _rows(courses)}
    return [
        Filed(row, datetime.fromisoformat(row["occurred_at"]), _course(told[row["external_id"]]))
        for row in _rows(reports)
    ]


def count_reports(reports: Path) -> int:
    """How many reports a year has."""
    with gzip.open(reports) as file:
        return sum(1 for _ in file) - 1


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _course(row: dict[str, str]) -> Course:
    register, dispatch, accept, handle, verify, close = (float(row[step]) for step in SHARES)
    return Course(
        end=row["end"],
        incident=row["incident"],
        urgent=row["urgent"] == "true",
        note=row["note"],
        words=row["words"],
        into=row["into"],
        point=(float(row["lon"]), float(row["lat"])) if row["lon"] else None,
        confirmed=float(row["confirmed"]) if row["confirmed"] else None,
        satisfied=row["satisfied"] == "true" if row["satisfied"] else None,
        register=register,
        dispatch=dispatch,
        accept=accept,
        handle=handle,
        verify=verify,
        close=close,
    )
