"""The base grids of a draft, changed one by one; of two who change one at once, the second is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.errors import ForeignKeyViolation, UniqueViolation
from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.planning.drafts import queries
from wangge.planning.drafts.drafts import Draft, UnknownDraft
from wangge.store.engine import AsyncConnection, first_value
from wangge.store.versions import Stale

__all__ = [
    "FIXED",
    "Changes",
    "CodeTaken",
    "TooManyCells",
    "UnknownDraftCell",
    "UnknownParent",
    "add",
    "change",
    "remove",
]

FIXED = ("code", "name", "parent", "purpose")
"""What is said of every base grid beside its attributes."""

MOST = 50_000
"""Base grids of a draft; the largest city has fewer."""


class UnknownDraftCell(WanggeError):
    """The draft has no such base grid. Facts: `draft`, `cell`."""

    kind = "unknown-draft-cell"


class CodeTaken(WanggeError):
    """Another base grid of the draft has this code. Facts: `code`."""

    kind = "code-taken"


class TooManyCells(WanggeError):
    """The draft has as many base grids as it may have. Facts: `most`."""

    kind = "too-many-cells"


class UnknownParent(WanggeError):
    """The level above has no cell with this code, or there must be one and none is named. Facts: `parent`, `level`."""

    kind = "unknown-parent"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is said of a base grid.

    Attributes
    ----------
    told : `code`, `name`, `parent` and `purpose`, those that are said.
    attributes : by name; None takes one away.
    shape : WKB of a polygon or multipolygon in lon, lat WGS-84; None where nothing is said.
    whole : what is not said is not there, rather than as it was.
    shown : names of the attributes that could be said: what else there is stays as it was, also by a whole one.
    """

    told: Mapping[str, str | None]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    shape: bytes | None = None
    whole: bool = True
    shown: frozenset[str] = frozenset()

    def over(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """What stands afterwards, over what stood before.

        What is said as it was told stays what it was: a list or a yes is told as a text, and is none.
        """
        stored, texts = before["attributes"], before["told"]
        kept = {name: value for name, value in stored.items() if not (self.whole and name in self.shown)}
        said = {
            name: stored[name] if name in stored and value in (stored[name], texts[name]) else value
            for name, value in self.attributes.items()
        }
        attributes = {name: value for name, value in {**kept, **said}.items() if value is not None}
        stands = {name: self.told.get(name, before[name]) for name in FIXED}
        stands["name"] = stands["name"] or stands["code"]
        return stands | {"attributes": Jsonb(attributes), "shape": self.shape}


async def add(connection: AsyncConnection, draft: Draft, changes: Changes, *, by: str) -> tuple[int, int]:
    """Draw a base grid; its id and version. `changes` names its code and has its shape.

    Raises
    ------
    CodeTaken, TooManyCells, UnknownParent, UnknownDraft
    """
    row = changes.over(dict.fromkeys(FIXED) | {"attributes": {}, "told": {}})
    await _check_parent(connection, draft, row["parent"])
    try:
        asked = row | {"draft": draft.id, "by": by, "most": MOST}
        made = await (await connection.execute(queries.ADD_CELL, asked)).fetchone()
    except UniqueViolation:
        raise CodeTaken(code=row["code"]) from None
    except ForeignKeyViolation:  # somebody has discarded it meanwhile
        raise UnknownDraft(draft=draft.label) from None
    if made is None:
        raise TooManyCells(most=MOST)
    return int(made[0]), int(made[1])


async def change(
    connection: AsyncConnection, draft: Draft, cell: int, changes: Changes, *, version: int | None, by: str
) -> int:
    """Change a base grid in the transaction of the connection; its new version.

    Parameters
    ----------
    version : the one that was read; None for whichever is there.

    Raises
    ------
    UnknownDraftCell, Stale, CodeTaken, UnknownParent
    """
    before = await _held(connection, draft, cell, version)
    row = changes.over(before)
    if row["parent"] != before["parent"]:
        await _check_parent(connection, draft, row["parent"])
    try:
        asked = row | {"draft": draft.id, "id": cell, "by": by}
        changed = await first_value(connection, queries.CHANGE_CELL, asked)
    except UniqueViolation:
        raise CodeTaken(code=row["code"]) from None
    return int(changed)


async def remove(connection: AsyncConnection, draft: Draft, cell: int, *, version: int | None) -> None:
    """Take a base grid out of a draft, in the transaction of the connection.

    Raises
    ------
    UnknownDraftCell, Stale
    """
    await _held(connection, draft, cell, version)
    await connection.execute(queries.REMOVE_CELL, {"draft": draft.id, "id": cell})


async def _held(connection: AsyncConnection, draft: Draft, cell: int, version: int | None) -> dict[str, Any]:
    """A base grid as it stands, kept from others until the end of the transaction."""
    row = await (await connection.execute(queries.CELL, {"draft": draft.id, "id": cell})).fetchone()
    if row is None:
        raise UnknownDraftCell(draft=draft.label, cell=cell)
    if version is not None and version != row[5]:
        raise Stale(version=row[5])
    return dict(zip(("code", "name", "parent", "attributes", "told", "version", "purpose"), row, strict=True))


async def _check_parent(connection: AsyncConnection, draft: Draft, parent: str | None) -> None:
    asked = {"edition": draft.edition_id, "parent": parent}
    known = await first_value(connection, queries.PARENTS, asked)
    if known is False or (known is None and parent is not None):
        raise UnknownParent(parent=parent, level=draft.levels[-2]["key"] if known is False else None)
