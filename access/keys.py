"""Keys of other programs: one role in one place, confined to some of its rights, for a time."""

from collections.abc import Collection
from datetime import datetime

from access import queries
from access.person import Grant
from access.places import parameters
from access.roles import RIGHTS, Right
from access.secrets import KEY, digest, new_secret
from geo.errors import WanggeError
from store.engine import AsyncConnection

__all__ = ["RightsBeyondRole", "new_key"]


class RightsBeyondRole(WanggeError):
    """The key was to have rights that its role does not give. Facts: `role`, `rights`, `allowed`."""

    kind = "rights-beyond-role"


async def new_key(
    connection: AsyncConnection, name: str, grant: Grant, rights: Collection[Right], expires_at: datetime, by: str
) -> str:
    """A new key, which is shown this once.

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
    await connection.execute(queries.ADD_KEY, row | {"expires_at": expires_at, "created_by": by})
    return secret
