"""Signing in and out with a browser, and who is signed in."""

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from wangge.access.accounts import set_account
from wangge.access.asking import by_session
from wangge.access.passwords import WeakPassword, hash_password, require_strong
from wangge.access.person import Grant, Person
from wangge.access.roles import Right
from wangge.access.secrets import csrf_of
from wangge.access.sessions import end_session, open_session
from wangge.access.signin import LockedOut, WrongLogin, sign_in
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.cookies import COOKIE, clear_cookie, set_cookie
from wangge.api.plumbing.deps import AppSettings, Asker, Connection, Unasked
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.access import NewPasswordBody, SessionAnswer, SignInBody
from wangge.store.engine import AsyncConnection
from wangge.store.settings import Settings

__all__ = ["router", "signed_in"]

router = APIRouter(prefix="/api/v1/sessions", tags=["access"])


@router.post("", status_code=201, response_model=SessionAnswer)
@refuses(WrongLogin, LockedOut, RateLimited)
async def create_session(request: Request, connection: Unasked, settings: AppSettings, body: SignInBody) -> Response:
    """Sign in. The answer sets a cookie; changes asked with it must carry `csrf` in the header X-CSRF-Token."""
    account = await signed_in(request, connection, body, settings)
    secret = await open_session(connection, account, timedelta(hours=settings.session_hours))
    content = as_json(await _as_answer(request, connection, secret, settings))
    answer = Response(content, 201, {"Cache-Control": "no-store"}, media_type="application/json")
    set_cookie(request, answer, secret, settings)
    return answer


@router.get("/current", response_model=SessionAnswer)
async def get_session(request: Request, connection: Connection, settings: AppSettings, _: Asker) -> Response:
    """Who is signed in with this browser; `account` is null when nobody is."""
    secret = request.cookies.get(COOKIE)
    content = as_json(await _as_answer(request, connection, secret, settings))
    return Response(content, headers={"Cache-Control": "no-store"}, media_type="application/json")


@router.delete("/current", status_code=204)
async def delete_session(request: Request, connection: Connection, _: Asker) -> Response:
    """Sign out: the session is over on the server, and the browser forgets it."""
    answer = Response(status_code=204)
    if secret := request.cookies.get(COOKIE):
        await end_session(connection, secret)
        clear_cookie(request, answer)
    return answer


@router.post("/password", status_code=204)
@refuses(WrongLogin, LockedOut, RateLimited, WeakPassword)
async def change_password(
    request: Request, connection: Unasked, settings: AppSettings, body: NewPasswordBody
) -> Response:
    """Change one's own password, by what one signs in with. Every session and token ends, those of the asker too."""
    require_strong(body.new_password)
    account = await signed_in(request, connection, body, settings)
    kept = await asyncio.to_thread(hash_password, body.new_password)
    await set_account(connection, account, [("password_hash", kept)], body.login.strip().lower())
    answer = Response(status_code=204)
    clear_cookie(request, answer)
    return answer


async def signed_in(request: Request, connection: AsyncConnection, body: SignInBody, settings: Settings) -> int:
    """The account of a body that signs in. Raises WrongLogin, LockedOut, RateLimited."""
    source = address_of(request)
    request.state.rates.count("sign_in", source)
    limit, lockout = settings.sign_in_failures, timedelta(minutes=settings.lockout_minutes)
    return await sign_in(connection, body.login, body.password, body.code, source=source, limit=limit, lockout=lockout)


async def _as_answer(
    request: Request, connection: AsyncConnection, secret: str | None, settings: Settings
) -> dict[str, Any]:
    """A session as it stands in an answer."""
    href = f"{request.scope.get('root_path', '')}/api/v1/oidc"
    oidc = {"name": settings.oidc_name, "href": href} if settings.oidc_issuer else None
    if secret is None:
        return {"account": None, "csrf": None, "oidc": oidc}
    signed = await by_session(connection, secret, timedelta(minutes=settings.session_idle_minutes))
    person = signed.person
    return {
        "account": {
            "id": person.account,
            "login": person.name,
            "name": signed.name,
            "has_password": signed.has_password,
            "grants": [_grant(person, grant) for grant in person.grants],
            "until": signed.until,
        },
        "csrf": csrf_of(secret),
        "oidc": oidc,
    }


def _grant(person: Person, grant: Grant) -> dict[str, Any]:
    return {
        "role": grant.role,
        "rights": [right for right in Right if person.has(right, grant.role)],
        "territory": grant.territory,
        "level": grant.level,
        "code": grant.code,
        "organisation": grant.organisation,
    }
