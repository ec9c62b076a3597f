"""Accounts of staff and what they are given, for those who administer them; auditors see them."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from wangge.access import accounts
from wangge.access.accounts import (
    Account,
    LoginTaken,
    UnknownAccount,
    UnknownGrant,
    UnknownPlace,
    account_of,
    officer_grant,
    territory_of_officer,
)
from wangge.access.governing import EVERYTHING, governs, require_over, sees
from wangge.access.passwords import WeakPassword, hash_password
from wangge.access.person import Grant, NotAllowed, Person
from wangge.access.roles import RIGHTS, Right, Role
from wangge.api.plumbing.deps import Connection, Writing, require_anywhere
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.access import AccountAnswer, AccountBody, AccountChanges, Accounts, GivenBody, NewTotp

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/accounts", tags=["access"])

Administrator = Annotated[Person, require_anywhere(Right.EDIT_ACCOUNTS)]
Overseer = Annotated[Person, require_anywhere(Right.EDIT_ACCOUNTS, Right.READ_AUDIT)]
AccountId = Annotated[int, Path(description="Id of the account", ge=1, le=2**63 - 1)]


@router.get("", response_model=Accounts)
async def list_accounts(connection: Connection, person: Overseer) -> dict[str, Any]:
    """Accounts that have something where one administers or audits; those with nothing, if that is everywhere."""
    found = await accounts.accounts(connection)
    roles = [
        {"role": role, "rights": sorted(rights), "organisation": role is Role.ORGANISATION}
        for role, rights in RIGHTS.items()
        if role is not Role.RESIDENT
    ]
    return {"accounts": [_as_answer(account) for account in found if _told(person, account)], "roles": roles}


@router.post("", status_code=201, response_model=AccountAnswer)
@refuses(LoginTaken, UnknownPlace, WeakPassword)
async def create_account(connection: Writing, person: Administrator, body: AccountBody) -> dict[str, Any]:
    """Make an account with what it is given; without a password it can sign in by OIDC only."""
    given = [(_grant(each), each) for each in body.grants]
    require_over(person, [*(grant for grant, _ in given), *await _posts(connection, body.officer)])
    kept = await asyncio.to_thread(hash_password, body.password) if body.password else None
    account = await accounts.create_account(
        connection, body.login, body.name, person.name, password_hash=kept, email=body.email, officer=body.officer
    )
    for grant, each in given:
        await accounts.give(connection, account, grant, person.name, each.valid_from, each.valid_to)
    return _as_answer(await account_of(connection, account))


@router.get("/{account}", response_model=AccountAnswer)
@refuses(UnknownAccount)
async def get_account(connection: Connection, person: Overseer, account: AccountId) -> dict[str, Any]:
    """One account."""
    found = await account_of(connection, account)
    if not _told(person, found):
        raise _refusal(person)
    return _as_answer(found)


@router.patch("/{account}", response_model=AccountAnswer)
@refuses(UnknownAccount, UnknownPlace, LoginTaken, WeakPassword)
async def change_account(
    connection: Writing, person: Administrator, account: AccountId, body: AccountChanges
) -> dict[str, Any]:
    """Change what is given. A new password, and disabling, end all sessions and tokens at once.

    All that the account has must lie in what one administers: whoever sets a password could sign in with it.
    """
    found = await _governed(connection, person, account)
    require_over(person, [*found.reach, *await _posts(connection, body.officer)])
    changed = body.model_dump(exclude_unset=True)
    if (password := changed.pop("password", None)) is not None:
        changed["password_hash"] = await asyncio.to_thread(hash_password, password)
    if changed.pop("has_totp", None) is not None:
        changed["totp_secret"] = None
    await accounts.set_account(connection, account, changed.items(), person.name)
    return _as_answer(await account_of(connection, account))


@router.post("/{account}/totp", response_model=NewTotp)
@refuses(UnknownAccount)
async def make_totp(
    response: Response, connection: Writing, person: Administrator, account: AccountId
) -> dict[str, Any]:
    """Ask for a second factor from now on, a new one. What its owner's authenticator must know is shown this once."""
    found = await _governed(connection, person, account)
    require_over(person, found.reach)
    secret, uri = accounts.new_totp(found.login)
    await accounts.set_account(connection, account, [("totp_secret", secret)], person.name)
    response.headers["Cache-Control"] = "no-store"
    return {"secret": secret, "uri": uri}


@router.post("/{account}/grants", status_code=201, response_model=AccountAnswer)
@refuses(UnknownAccount, UnknownPlace)
async def give_grant(connection: Writing, person: Administrator, account: AccountId, body: GivenBody) -> dict[str, Any]:
    """Give an account a role, in a place, for a time."""
    await _governed(connection, person, account)
    grant = _grant(body)
    require_over(person, [grant])
    await accounts.give(connection, account, grant, person.name, body.valid_from, body.valid_to)
    return _as_answer(await account_of(connection, account))


@router.delete("/{account}/grants/{grant}", status_code=204)
@refuses(UnknownAccount, UnknownGrant)
async def take_back_grant(
    connection: Writing, person: Administrator, account: AccountId, grant: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    """Take a role back, from now on."""
    found = await _governed(connection, person, account)
    require_over(person, [given.grant for given in found.grants if given.id == grant])
    await accounts.take_back(connection, account, grant, person.name)
    return Response(status_code=204)


async def _governed(connection: Writing, person: Person, account: int) -> Account:
    found = await account_of(connection, account)
    if not any(governs(person, grant) for grant in found.reach or (EVERYTHING,)):
        raise _refusal(person)
    return found


def _refusal(person: Person) -> NotAllowed:
    return NotAllowed(right=Right.EDIT_ACCOUNTS.value, roles=sorted({grant.role.value for grant in person.grants}))


def _told(person: Person, account: Account) -> bool:
    return any(sees(person, grant) for grant in account.reach or (EVERYTHING,))


async def _posts(connection: Writing, officer: int | None) -> list[Grant]:
    """What an account gets with an officer. Who may not know whether there is one is not told."""
    if officer is None:
        return []
    territory = await territory_of_officer(connection, officer)
    return [EVERYTHING if territory is None else officer_grant(territory)]


def _grant(body: GivenBody) -> Grant:
    return Grant(body.role, body.territory, body.level, body.code, body.organisation)


def _as_answer(account: Account) -> dict[str, Any]:
    told = asdict(account)
    told["grants"] = [asdict(given) | asdict(given.grant) for given in account.grants]
    return told
