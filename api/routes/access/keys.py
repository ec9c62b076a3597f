"""Keys of other programs, for those who administer accounts; auditors see them."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from wangge.access import keys
from wangge.access.accounts import UnknownPlace
from wangge.access.governing import require_over, sees
from wangge.access.keys import RightsBeyondRole, ServiceKey, UnknownKey
from wangge.access.person import Grant, Person
from wangge.access.roles import RIGHTS, Right
from wangge.api.plumbing.deps import Connection, Writing, require_anywhere
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.access import KeyBody, Keys, NewKey

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/keys", tags=["access"])

Administrator = Annotated[Person, require_anywhere(Right.EDIT_ACCOUNTS)]
Overseer = Annotated[Person, require_anywhere(Right.EDIT_ACCOUNTS, Right.READ_AUDIT)]


@router.get("", response_model=Keys)
async def list_keys(connection: Connection, person: Overseer) -> dict[str, Any]:
    """The keys for the territories that one administers or audits; the secrets are not kept."""
    return {"keys": [_as_answer(key) for key in await keys.keys(connection) if sees(person, key.grant)]}


@router.post("", status_code=201, response_model=NewKey)
@refuses(RightsBeyondRole, UnknownPlace)
async def create_key(response: Response, connection: Writing, person: Administrator, body: KeyBody) -> dict[str, Any]:
    """Make a key. It is in this answer and nowhere else; it is sent as a bearer token."""
    grant = Grant(body.role, body.territory, body.level, body.code, body.organisation)
    require_over(person, [grant])
    rights = RIGHTS[body.role] if body.rights is None else set(body.rights)
    until = datetime.now(UTC) + timedelta(days=body.days)
    made, secret = await keys.new_key(connection, body.name, grant, rights, until, person.name)
    response.headers["Cache-Control"] = "no-store"
    return _as_answer(await keys.key_of(connection, made)) | {"key": secret}


@router.delete("/{key}", status_code=204)
@refuses(UnknownKey)
async def delete_key(
    connection: Writing, person: Administrator, key: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    """Make a key good for nothing, from now on."""
    require_over(person, [(await keys.key_of(connection, key)).grant])
    await keys.revoke_key(connection, key, person.name)
    return Response(status_code=204)


def _as_answer(key: ServiceKey) -> dict[str, Any]:
    return asdict(key) | asdict(key.grant)
