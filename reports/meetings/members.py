"""The part-time members of the joint meeting: a roster of its own, in and out of CSV."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from wangge.duty.entries import Entry
from wangge.duty.findings import Finding, refuse
from wangge.duty.sheets import column_names, read_sheet, sheet_text
from wangge.geo.files.spelling import Zeros
from wangge.reports.meetings import queries
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection

__all__ = ["COLUMNS", "Member", "load_members", "members_text", "put_members", "read_members"]

COLUMNS = ("number", "name", "employer", "phone", "active")
"""Columns of the members in a CSV."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member: the number on the roster, the name, and the resident employer."""

    number: str
    name: str
    employer: str
    phone: str | None = None
    active: bool = True


async def load_members(connection: AsyncConnection, territory: str) -> dict[str, tuple[int, Member]]:
    """The members with their ids, by number, in the order of numbers."""
    rows = await (await connection.execute(queries.MEMBERS, {"territory": territory})).fetchall()
    return {row[0]: (row[5], Member(*row[:5])) for row in rows}


async def put_members(connection: AsyncConnection, territory: str, members: Sequence[Member], by: str) -> int:
    """Add members, or change those with their numbers; gives how many are new or changed. Who did is kept."""
    before = await load_members(connection, territory)
    values = {"territory": territory, "members": Jsonb([asdict(member) for member in members])}
    changed = (await connection.execute(queries.PUT_MEMBERS, values)).rowcount
    changes = [
        Change(Subject.MEMBER, one.number, _facts(was[1]) if was else None, _facts(one), territory)
        for one in members
        if (was := before.get(one.number)) is None or was[1] != one
    ]
    await connection.execute(*recorded(by, changes))
    return changed


def _facts(member: Member) -> dict[str, Any]:
    """A member as it is told of changes."""
    return {field: value for field, value in asdict(member).items() if field != "number"}


def read_members(
    path: Path, known: Collection[str] = (), *, delimiter: str | None = None, encoding: str | None = None
) -> list[Member]:
    """The members of a CSV. Raises BadEntries with everything that is wrong.

    Parameters
    ----------
    known : numbers of those who are members already.
    """
    sheet = read_sheet(path, column_names("member-columns", COLUMNS), delimiter=delimiter, encoding=encoding)
    findings = [*sheet.findings, *sheet.lacks("number", "name", "employer")]
    found: dict[str, tuple[int, Member]] = {}
    for record, values in sheet.rows if not findings or sheet.rows else []:
        entry = Entry(record, values, findings)
        entry.only(COLUMNS)
        number, name, employer = entry.code("number"), entry.text("name"), entry.text("employer")
        phone, active = entry.text("phone", required=False), entry.flag("active", True)
        if number is None or name is None or employer is None:
            continue
        if number in found:
            entry.note("number", "twice", number, other=found[number][0])
        found[number] = record, Member(number, name, employer, phone, active)
    numbers = Zeros([*known, *found])
    for number, (record, _) in found.items():
        lost = numbers.lost(number) if number not in known else None
        if lost is not None:
            findings.append(Finding(record, "number", "zero_lost", number, {"other": lost}))
    refuse(findings, str(path))
    return [member for _, member in found.values()]


def members_text(members: Iterable[Member]) -> str:
    """Members as CSV."""
    rows = ((one.number, one.name, one.employer, one.phone, "true" if one.active else "false") for one in members)
    return sheet_text(list(COLUMNS), rows)
