"""Signing in with a browser through an OpenID provider, where one is set up."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from wangge.access.oidc import Attempt, OidcFailed, Provider, account_of_subject
from wangge.access.sessions import open_session
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.cookies import ATTEMPT_COOKIE, clear_cookie, set_attempt, set_cookie
from wangge.api.plumbing.deps import AppSettings, Unasked
from wangge.api.plumbing.query_names import takes_any_query
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.geo.errors import WanggeError
from wangge.store.settings import Settings

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/oidc", tags=["access"])


class OidcOff(WanggeError):
    """No provider is set up."""

    kind = "oidc-off"


@router.get("", status_code=303, response_class=RedirectResponse)
@refuses(OidcOff, OidcFailed, RateLimited)
async def begin_oidc(request: Request, settings: AppSettings) -> Response:
    """Send the browser to the provider."""
    from wangge.access.oidc_flow import begin  # a client of HTTP and cryptography, of no use without a provider

    provider = _provider(request, settings)
    request.state.rates.count("sign_in", address_of(request))
    attempt = Attempt.new()
    answer = RedirectResponse(await begin(provider, attempt), 303, {"Cache-Control": "no-store"})
    set_attempt(request, answer, f"{attempt.state}.{attempt.nonce}.{attempt.verifier}", settings)
    return answer


@router.get("/callback", status_code=303, response_class=RedirectResponse)
@refuses(OidcOff, OidcFailed)
@takes_any_query  # RFC 6749, section 4.1.2: what a provider adds to its answer is passed over
async def finish_oidc(
    request: Request,
    connection: Unasked,
    settings: AppSettings,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str | None, Query(max_length=4000)] = None,
    error: Annotated[str | None, Query(max_length=200)] = None,
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Where the provider sends the browser back to: it is signed in, and shown the map."""
    from wangge.access.oidc_flow import finish

    provider = _provider(request, settings)
    kept = request.cookies.get(ATTEMPT_COOKIE, "").split(".")
    if len(kept) != 3:
        raise OidcFailed(reason="no-attempt")
    if error or not code:
        raise OidcFailed(reason=error or "no-code")
    claims = await finish(provider, Attempt(*kept), code, state, iss)
    account = await account_of_subject(connection, provider.issuer, claims, settings.oidc_match)
    secret = await open_session(connection, account, timedelta(hours=settings.session_hours))
    answer = RedirectResponse(f"{request.scope.get('root_path', '')}/work", 303, {"Cache-Control": "no-store"})
    set_cookie(request, answer, secret, settings)
    clear_cookie(request, answer, ATTEMPT_COOKIE)
    return answer


def _provider(request: Request, settings: Settings) -> Provider:
    if settings.oidc_issuer is None:
        raise OidcOff
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_scopes,
        f"{base_of(request)}/api/v1/oidc/callback",
    )
