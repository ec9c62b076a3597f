"""The policies of territories: read from TOML files, kept in the database, and at hand in memory."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import ValidationError

from wangge.data import DATA
from wangge.geo.errors import WanggeError
from wangge.reports.errors import UnknownCategory
from wangge.reports.policy import queries
from wangge.reports.policy.calendars import WorkingCalendar
from wangge.reports.policy.document import PolicyDocument, PolicyFile
from wangge.reports.policy.policy import Policy
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection
from wangge.store.grids.loading import UnknownTerritory
from wangge.store.versions import Stale

__all__ = [
    "DEFAULTS",
    "BadPolicy",
    "StoredPolicy",
    "UnknownPolicyLevel",
    "default_policy",
    "forget",
    "give_policy",
    "load_policy",
    "put_policy",
    "read_policy",
    "replace_policy",
    "stored_policy",
]

DEFAULTS = DATA / "policy.toml"
"""The policy of a territory that has stored none."""

FRESH_S = 5.0
"""How long a policy is taken from memory before it is asked for again: after this a change holds everywhere."""


class BadPolicy(WanggeError):
    """A file of limits that cannot be used. Facts: `file`, `errors` (as pydantic finds them: loc, type, ctx)."""

    kind = "bad-policy"


class UnknownPolicyLevel(WanggeError):
    """The policy names a level that the territory does not have. Facts: `level`, `expected`."""

    kind = "unknown-level-key"


def read_policy(file: Path) -> PolicyFile:
    """The policy of a TOML file.

    Raises
    ------
    BadPolicy : with every key that is wrong and what was expected there.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found = {"loc": ("TOML",), "type": "toml", "ctx": {"error": str(error)}, "msg": str(error)}
        raise BadPolicy(file=str(file), errors=[found]) from None
    try:
        return PolicyFile.model_validate(document)
    except ValidationError as error:
        raise BadPolicy(file=str(file), errors=error.errors(include_url=False, include_input=False)) from None


@cache
def default_policy() -> PolicyDocument:
    """The policy of a territory that has stored none."""
    return read_policy(DEFAULTS).document


# ---- storing


def put_policy(connection: Connection, territory: str, file: PolicyFile, by: str = "wangge") -> int:
    """Store a territory's policy in place of the one it has, and its single days if the file has any; its revision.

    Raises
    ------
    UnknownTerritory, UnknownCategory, UnknownPolicyLevel : the file names what the territory does not have.
    """
    where = {"territory": territory}
    _check(territory, file, connection.execute(queries.KNOWN_NAMES, where).fetchone())
    if file.days is not None:
        connection.execute(queries.FORGET_DAYS, where)
        with connection.cursor() as cursor:
            cursor.executemany(queries.PUT_DAY, [where | day.model_dump() for day in file.days])
    former = connection.execute(queries.POLICY_OF, where).fetchone()
    row = connection.execute(queries.PUT_POLICY, _stored(territory, file.document, by)).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    connection.execute(*recorded(by, _changes(territory, former, file.document, row[0])))
    return int(row[0])


def give_policy(connection: Connection, territory: str, folder: Path) -> None:
    """Store the policy that a territory's folder brings in `policy.toml`, unless the territory has one already.

    Raises
    ------
    BadPolicy, UnknownCategory, UnknownPolicyLevel
    """
    file = folder / "policy.toml"
    if file.is_file():
        policy = read_policy(file)
        if connection.execute(queries.HAS_POLICY, {"territory": territory}).fetchone() is None:
            put_policy(connection, territory, policy)


async def replace_policy(
    connection: AsyncConnection, territory: str, document: PolicyDocument, by: str, *, if_match: int | None = None
) -> int:
    """As `put_policy`, for a server: the single days stay as they are.

    Raises
    ------
    Stale : the policy is not at the revision `if_match` any more.
    """
    row = await (await connection.execute(queries.LOCK_POLICY, {"territory": territory})).fetchone()
    if if_match is not None and if_match != (revision := row[0] if row else 0):
        raise Stale(version=revision)
    names = await (await connection.execute(queries.KNOWN_NAMES, {"territory": territory})).fetchone()
    _check(territory, document, names)
    former = await (await connection.execute(queries.POLICY_OF, {"territory": territory})).fetchone()
    row = await (await connection.execute(queries.PUT_POLICY, _stored(territory, document, by))).fetchone()
    assert row is not None  # noqa: S101
    await connection.execute(*recorded(by, _changes(territory, former, document, row[0])))
    forget(connection, territory)
    return int(row[0])


def _changes(territory: str, former: tuple[Any, ...] | None, document: PolicyDocument, revision: int) -> list[Change]:
    """The change of the limits, unless they are what they were."""
    before, after = former[1] if former else None, document.stored()
    if before == after:
        return []
    return [Change(Subject.POLICY, str(revision), before, after, territory)]


def _stored(territory: str, document: PolicyDocument, by: str) -> dict[str, Any]:
    return {"territory": territory, "document": Jsonb(document.stored()), "by": by}


def _check(territory: str, document: PolicyDocument, names: tuple[Any, ...] | None) -> None:
    if names is None:
        raise UnknownTerritory(territory=territory, known=[])
    categories, levels = names
    for category in (code for entry in document.limits for code in entry.categories or ()):
        if category not in categories:
            raise UnknownCategory(category=category, known=categories)
    for level in document.levels:
        if levels is not None and level not in levels:
            raise UnknownPolicyLevel(level=level, expected=levels)


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """What a territory has stored, or the default limits; `revision` is 0 where nothing was ever changed.

    Attributes
    ----------
    days : the single days that the territory works or rests, whatever the rules say.
    """

    document: PolicyDocument
    default: bool
    revision: int
    zone: str
    days: Mapping[date, bool]

    @property
    def calendar(self) -> WorkingCalendar:
        """The territory's working time."""
        return self.document.calendar(self.zone, self.days)

    @property
    def policy(self) -> Policy:
        """The territory's limits."""
        return self.document.policy(self.zone, self.days)


async def stored_policy(connection: AsyncConnection, territory: str) -> StoredPolicy:
    """The policy of a territory as it is written down. Raises UnknownTerritory."""
    row = await (await connection.execute(queries.POLICY_OF, {"territory": territory})).fetchone()
    if row is None:
        raise UnknownTerritory(territory=territory, known=[])
    zone, stored, revision, days = row
    document = default_policy() if stored is None else PolicyDocument.model_validate(stored)
    single = {date.fromisoformat(day): work for day, work in days.items()}
    return StoredPolicy(document, stored is None, revision, zone, single)


# ---- at hand


@dataclass(frozen=True, slots=True)
class _Kept:
    policy: Policy
    basis: tuple[str, int]
    asked: float


_kept: dict[tuple[str, int, str, str], _Kept] = {}


async def load_policy(connection: AsyncConnection, territory: str) -> Policy:
    """A territory's policy, from memory unless it was asked for more than five seconds ago.

    Raises
    ------
    UnknownTerritory
    """
    key = _key(connection, territory)
    kept = _kept.get(key)
    now = monotonic()
    if kept is not None and now - kept.asked < FRESH_S:
        return kept.policy
    stored = await stored_policy(connection, territory)
    if kept is None or kept.basis != (stored.zone, stored.revision):
        kept = _Kept(stored.policy, (stored.zone, stored.revision), now)
    _kept[key] = replace(kept, asked=now)
    return kept.policy


def forget(connection: AsyncConnection, territory: str) -> None:
    """Ask for a territory's policy again the next time that it is needed in this process."""
    _kept.pop(_key(connection, territory), None)


def _key(connection: AsyncConnection, territory: str) -> tuple[str, int, str, str]:
    info = connection.info
    return info.host, info.port, info.dbname, territory
