"""Keys of other programs: one role in one place, confined to some of its rights, for a time."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import ForeignKeyViolation

from wangge.access import queries
from wangge.access.accounts import UnknownPlace, placed
from wangge.access.person import Grant
from wangge.access.places import parameters
from wangge.access.roles import RIGHTS, Right, Role
from wangge.access.secrets import KEY, digest, new_secret
from wangge.geo.errors import WanggeError
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection

__all__ = ["RightsBeyondRole", "ServiceKey", "UnknownKey", "key_of", "keys", "new_key", "revoke_key"]


class RightsBeyondRole(WanggeError):
    """The key was to have rights that its role does not give. Facts: `role`, `rights`, `allowed`."""

    kind = "rights-beyond-role"


class UnknownKey(WanggeError):
    """There is no such key, or it was revoked. Facts: `key`."""

    kind = "unknown-key"


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A key as those who administer accounts see it; the secret is not kept."""

    id: int
    name: str
    grant: Grant
    rights: tuple[Right, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime


async def new_key(
    connection: AsyncConnection, name: str, grant: Grant, rights: Collection[Right], expires_at: datetime, by: str
) -> tuple[int, str]:
    """The id and the secret of a new key, which is shown this once.

    Raises
    ------
    RightsBeyondRole, UnknownPlace
    """
    beyond = set(rights) - RIGHTS[grant.role]
    if beyond or not rights:
        facts = {"rights": sorted(beyond), "allowed": sorted(RIGHTS[grant.role])}
        raise RightsBeyondRole(role=grant.role.value, **facts)
    secret = new_secret(KEY)
    row = parameters(grant) | {"name": name, "hash": digest(secret), "rights": sorted(rights)}
    try:
        async with connection.transaction():
            grant = await placed(connection, grant)
            row |= parameters(grant)
            added = await connection.execute(queries.ADD_KEY, row | {"expires_at": expires_at, "created_by": by})
            found = await added.fetchone()
            facts = asdict(grant) | {"rights": sorted(rights), "expires_at": expires_at}
            await connection.execute(*recorded(by, [Change(Subject.KEY, name, None, facts, grant.territory)]))
    except ForeignKeyViolation:
        raise UnknownPlace(place=grant.territory) from None
    assert found is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return int(found[0]), secret


async def keys(connection: AsyncConnection) -> list[ServiceKey]:
    """Every key that is good for something, the oldest first."""
    return [_key(row) for row in await (await connection.execute(queries.KEYS, {"key": None})).fetchall()]


async def key_of(connection: AsyncConnection, key: int) -> ServiceKey:
    """The key with an id. Raises UnknownKey."""
    row = await (await connection.execute(queries.KEYS, {"key": key})).fetchone()
    if row is None:
        raise UnknownKey(key=key)
    return _key(row)


async def revoke_key(connection: AsyncConnection, key: int, by: str) -> None:
    """Make a key good for nothing, from now on. Raises UnknownKey."""
    async with connection.transaction():
        row = await (await connection.execute(queries.REVOKE_KEY, {"key": key})).fetchone()
        if row is None:
            raise UnknownKey(key=key)
        name, role, territory, level, code, organisation, rights = row
        facts = asdict(Grant(Role(role), territory, level, code, organisation)) | {"rights": rights}
        await connection.execute(*recorded(by, [Change(Subject.KEY, name, facts, None, territory)]))


def _key(row: tuple[Any, ...]) -> ServiceKey:
    key, name, role, territory, level, code, organisation, rights, created_at, created_by, expires_at = row
    grant = Grant(Role(role), territory, level, code, organisation)
    return ServiceKey(key, name, grant, tuple(map(Right, rights)), created_at, created_by, expires_at)
