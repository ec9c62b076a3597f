"""Bearer tokens for programs that act for a member of staff."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from wangge.access.asking import BadCredentials
from wangge.access.signin import LockedOut, WrongLogin
from wangge.access.tokens import Lifetimes, Pair, new_tokens, refresh, revoke
from wangge.api.plumbing.deps import AppSettings, Unasked
from wangge.api.plumbing.rate_limits import RateLimited
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.access.sessions import signed_in
from wangge.api.schemas.access import RefreshBody, SignInBody, TokenAnswer, TokenBody
from wangge.store.settings import Settings

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/tokens", tags=["access"])


@router.post("", status_code=201, response_model=TokenAnswer)
@refuses(WrongLogin, LockedOut, RateLimited)
async def create_token(
    request: Request, response: Response, connection: Unasked, settings: AppSettings, body: SignInBody
) -> dict[str, Any]:
    """Sign in as a program: a token to ask with, and one that is exchanged for the next pair."""
    account = await signed_in(request, connection, body, settings)
    async with connection.transaction():
        pair = await new_tokens(connection, account, _lifetimes(settings))
    return _answer(response, pair)


@router.post("/refresh", status_code=201, response_model=TokenAnswer)
@refuses(BadCredentials)
async def refresh_token(
    response: Response, connection: Unasked, settings: AppSettings, body: RefreshBody
) -> dict[str, Any]:
    """The next pair. A refresh token is good once; when it comes again, all that followed from it is revoked."""
    return _answer(response, await refresh(connection, body.refresh_token, _lifetimes(settings)))


@router.post("/revoke", status_code=204)
async def revoke_token(connection: Unasked, body: TokenBody) -> Response:
    """Revoke a token and all that come from the same sign-in; whether there was one is not said (RFC 7009)."""
    await revoke(connection, body.token)
    return Response(status_code=204)


def _lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(timedelta(minutes=settings.token_minutes), timedelta(days=settings.token_days))


def _answer(response: Response, pair: Pair) -> dict[str, Any]:
    response.headers["Cache-Control"] = "no-store"
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "Bearer",
        "expires_in": int(pair.lasts.total_seconds()),
    }
