"""Drafts as those see them who plan: begun from the current edition, listed, discarded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zlib import crc32

from wangge.geo.errors import WanggeError
from wangge.planning.drafts import queries
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection, named_rows
from wangge.store.versions import Stale

__all__ = [
    "Draft",
    "DraftChanged",
    "DraftTaken",
    "Listed",
    "State",
    "TooManyDrafts",
    "UnknownDraft",
    "begin",
    "discard",
    "discard_stored",
    "drafts",
    "find_draft",
    "state_of",
]

MOST = 20
"""Drafts of a territory: each holds all of its base grids."""


class UnknownDraft(WanggeError):
    """The territory has no such draft. Facts: `draft`."""

    kind = "unknown-draft"


class DraftTaken(WanggeError):
    """The territory has an edition or a draft that is called so. Facts: `draft`."""

    kind = "draft-taken"


class DraftChanged(WanggeError):
    """Somebody has drawn in it since it was read. Facts: `draft`."""

    kind = "draft-changed"


class TooManyDrafts(WanggeError):
    """The territory has as many drafts as it may have. Facts: `most`."""

    kind = "too-many-drafts"


State = tuple[int, int, int]
"""What tells whether anything was drawn in a draft: two that are equal are of the same base grids."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft in a list. `changed` counts the base grids that were drawn or changed since it was begun."""

    id: int
    label: str
    valid_from: date
    edition: str
    begun_by: str
    begun_at: datetime
    cells: int
    changed: int
    changed_at: datetime | None
    versions: int
    last: int

    @property
    def version(self) -> int:
        """Another number whenever its base grids are not what they were; what is discarded says which one was read."""
        return _version((self.cells, self.versions, self.last))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, with what the edition that it was begun from says of the territory. `levels` are {key, name}."""

    id: int
    label: str
    valid_from: date
    edition: str
    levels: list[dict[str, Any]]
    source: str
    licence: str
    synthetic: bool
    name: Mapping[str, str]
    timezone: str
    edition_id: int


async def drafts(connection: AsyncConnection, territory: str) -> list[Listed]:
    """The drafts of a territory, the newest first."""
    return [Listed(*row) for row in await named_rows(connection, queries.DRAFTS, {"territory": territory})]


async def find_draft(connection: AsyncConnection, territory: str, label: str) -> Draft:
    """A draft by its label. Raises UnknownDraft."""
    asked = {"territory": territory, "label": label}
    row = await (await connection.execute(queries.DRAFT, asked)).fetchone() if "\0" not in label else None
    if row is None:
        raise UnknownDraft(draft=label[:100])
    return Draft(*row)


async def state_of(connection: AsyncConnection, draft: Draft) -> State:
    """How a draft stands. Read before its base grids: what is drawn in between is then told by `discard_stored`."""
    row = await (await connection.execute(queries.STATE, {"draft": draft.id})).fetchone()
    assert row is not None  # noqa: S101 - it is one row of counts
    return row[0], row[1], row[2]


async def begin(
    connection: AsyncConnection, territory: str, label: str, *, edition: int, valid_from: date, by: str
) -> None:
    """Begin a draft with the base grids of an edition, in the transaction of the connection.

    Raises
    ------
    DraftTaken, TooManyDrafts
    """
    asked = {"territory": territory, "label": label, "edition": edition, "valid_from": valid_from, "by": by}
    await connection.execute(queries.LOCK, asked)
    row = await (await connection.execute(queries.MAY_BEGIN, asked)).fetchone()
    assert row is not None  # noqa: S101 - it is one row of counts
    if row[1]:
        raise DraftTaken(draft=label)
    if row[0] >= MOST:
        raise TooManyDrafts(most=MOST)
    begun = await (await connection.execute(queries.BEGIN, asked)).fetchone()
    assert begun is not None  # noqa: S101 - INSERT … RETURNING gives a row
    await connection.execute(queries.COPY_CELLS, asked | {"draft": begun[0]})
    change = Change(Subject.DRAFT, label, None, {"valid_from": valid_from.isoformat()}, territory)
    await connection.execute(*recorded(by, [change]))


async def discard(
    connection: AsyncConnection, territory: str, label: str, *, by: str, version: int | None = None
) -> None:
    """Throw a draft away, with its base grids, in the transaction of the connection.

    Parameters
    ----------
    version : of the whole draft as it was read; None for however it stands.

    Raises
    ------
    UnknownDraft
    Stale : somebody has drawn in it since.
    """
    draft = await find_draft(connection, territory, label)
    asked = {"territory": territory, "label": label, "draft": draft.id}
    if version is not None:
        await connection.execute(queries.WHOLE_HELD, asked)
        row = await (await connection.execute(queries.STATE_HELD, asked)).fetchone()
        assert row is not None  # noqa: S101 - it is one row of counts
        if (stands := _version((row[0], row[1], row[2]))) != version:
            raise Stale(version=stands)
    if (await connection.execute(queries.DISCARD, asked)).rowcount == 0:
        raise UnknownDraft(draft=label[:100])
    await connection.execute(*_discarded(territory, label, draft.valid_from, by))


def discard_stored(connection: Connection, territory: str, draft: Draft, state: State, *, by: str) -> None:
    """Discard a draft that has become an edition, in the transaction that stores it.

    Parameters
    ----------
    state : as the draft stood when it was read.

    Raises
    ------
    UnknownDraft, DraftChanged
    """
    asked = {"territory": territory, "label": draft.label, "draft": draft.id}
    if connection.execute(queries.WHOLE_HELD, asked).fetchone() is None:
        raise UnknownDraft(draft=draft.label)
    if connection.execute(queries.STATE_HELD, asked).fetchone() != state:
        raise DraftChanged(draft=draft.label)
    connection.execute(queries.DISCARD, asked)
    connection.execute(*_discarded(territory, draft.label, draft.valid_from, by))


def _version(state: State) -> int:
    """A state in nine digits, as a condition names a version."""
    return crc32(repr(state).encode()) % 1_000_000_000


def _discarded(territory: str, label: str, valid_from: date, by: str) -> tuple[str, dict[str, Any]]:
    change = Change(Subject.DRAFT, label, {"valid_from": valid_from.isoformat()}, None, territory)
    return recorded(by, [change])
