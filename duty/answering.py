"""Who answers for a cell at a moment: its desk, the officers on duty there, and the organisations of its cells."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from wangge.duty import queries
from wangge.duty.routing import Place
from wangge.geo.errors import WanggeError
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = ["Desk", "OnDuty", "UnknownDesk", "change_desk", "find_desk", "list_desks", "on_duty", "organisations_at"]


class UnknownDesk(WanggeError):
    """The territory has no such desk. Facts: `desk`."""

    kind = "unknown-desk"


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk as it stands; `level` is None and `code` empty for the command centre's."""

    id: int
    level: str | None
    code: str
    name: dict[str, str]
    kind: str | None
    phone: str | None
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class OnDuty:
    """An officer at a desk today. `stands_in_for` is the number of who is away; `back_on` is set while away oneself."""

    number: str
    name: str
    phone: str | None
    role: str
    stands_in_for: str | None
    back_on: date | None


async def list_desks(
    connection: AsyncConnection,
    territory: str,
    *,
    level: str | None = None,
    code: str | None = None,
    inactive: bool = False,
) -> list[Desk]:
    """The desks, the centre's first, then by level and code; `inactive` takes in those whose cell is no more."""
    values = {"territory": territory, "id": None, "level": level, "code": code, "all": inactive}
    return [Desk(*row) for row in await (await connection.execute(queries.DESKS, values)).fetchall()]


async def find_desk(connection: AsyncConnection, territory: str, desk: int) -> Desk:
    """A desk by its id. Raises UnknownDesk."""
    values = {"territory": territory, "id": desk, "level": None, "code": None, "all": True}
    row = await (await connection.execute(queries.DESKS, values)).fetchone()
    if row is None:
        raise UnknownDesk(desk=desk)
    return Desk(*row)


async def change_desk(
    connection: AsyncConnection,
    territory: str,
    desk: int,
    *,
    name: dict[str, str] | None,
    kind: str | None,
    phone: str | None,
    by: str,
    expected: int | None = None,
) -> None:
    """Change what is written on a desk. Who changed it is kept, with what stood there.

    Parameters
    ----------
    name : None leaves it; the name of a cell comes from the grid again with the next edition.
    expected : the version that is changed; None for whichever is there.

    Raises
    ------
    UnknownDesk, Stale
    """
    values = {
        "territory": territory,
        "id": desk,
        "name": Jsonb(name) if name else None,
        "kind": kind,
        "phone": phone,
        "expected": expected,
    }
    former = await find_desk(connection, territory, desk)
    if await (await connection.execute(queries.CHANGE_DESK, values)).fetchone() is None:
        raise Stale(version=former.version)
    before, after = _facts(former), _facts(await find_desk(connection, territory, desk))
    if before != after:
        item = f"{former.level}:{former.code}" if former.level else "centre"
        await connection.execute(*recorded(by, [Change(Subject.DESK, item, before, after, territory)]))


async def on_duty(
    connection: AsyncConnection, territory: str, at: datetime, desks: Collection[int] | None = None
) -> dict[int, list[OnDuty]]:
    """Who is at each desk on the day of a moment, by the desk's id: the responsible first, then who stands in."""
    values = {"territory": territory, "at": at, "desks": None if desks is None else list(desks)}
    found: dict[int, list[OnDuty]] = {}
    for desk, *officer in await (await connection.execute(queries.ON_DUTY, values)).fetchall():
        found.setdefault(desk, []).append(OnDuty(*officer))
    return found


async def organisations_at(connection: AsyncConnection, territory: str, path: Sequence[Place]) -> list[dict[str, Any]]:
    """The active organisations of a cell and of the cells above it, those of the smallest cell first."""
    values = {"territory": territory, "levels": [level for level, _ in path], "codes": [code for _, code in path]}
    rows = await (await connection.execute(queries.ORGANISATIONS_AT, values)).fetchall()
    depth = {place: position for position, place in enumerate(path)}
    keys = ("code", "name", "type", "phone", "level", "cell")
    rows.sort(key=lambda row: -depth[row[4], row[5]])
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _facts(desk: Desk) -> dict[str, Any]:
    """What is written on a desk, as it is told of changes."""
    return {"name": desk.name, "kind": desk.kind, "phone": desk.phone}
