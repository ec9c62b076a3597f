"""Signing in through an OpenID provider: code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 9700).

The account is found by the provider's subject. A first sign-in may find it by verified e-mail address or by login,
where the settings allow that, and then ties it to the subject for good. No account is ever made by signing in.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote_plus

import httpx
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from psycopg.errors import UniqueViolation

from wangge.access import queries
from wangge.access.person import NotSignedIn
from wangge.store.engine import AsyncConnection

__all__ = ["Attempt", "OidcFailed", "Provider", "account_of_subject", "begin", "finish"]

log = structlog.get_logger(__name__)

TIMEOUT_S = 10
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY_S = 60

Match = Literal["subject", "email", "login"]


class OidcFailed(NotSignedIn):
    """The provider's answer cannot be used, or belongs to no account. Facts: `reason`."""

    kind = "oidc-failed"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where staff sign in, and as what this service is known there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What ties the provider's answer to the browser that was sent there; kept by that browser alone."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> "Attempt":
        """A new attempt."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


async def begin(provider: Provider, attempt: Attempt) -> str:
    """The address at the provider to send a browser to. Raises OidcFailed."""
    known = await _discover(provider)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": provider.redirect,
        "scope": provider.scopes,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": create_s256_code_challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(known["authorization_endpoint"]).copy_merge_params(asked))


async def finish(provider: Provider, attempt: Attempt, code: str, state: str) -> dict[str, Any]:
    """What the provider says about whoever signed in there: `sub` and other claims. Raises OidcFailed."""
    if not secrets.compare_digest(state.encode(), attempt.state.encode()):
        raise OidcFailed(reason="state")
    known = await _discover(provider)
    try:
        token = await _exchange(known["token_endpoint"], provider, attempt, code)
        keys = KeySet.import_key_set(await _fetch(known["jwks_uri"]))
        claims = _checked(token["id_token"], keys, provider, attempt)
        if "userinfo_endpoint" in known:
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            more = await _fetch(known["userinfo_endpoint"], bearer)
            claims = more | claims if more.get("sub") == claims["sub"] else claims
    except (JoseError, httpx.HTTPError, KeyError, ValueError) as error:
        log.warning("the provider's answer cannot be used", error=str(error))
        raise OidcFailed(reason=type(error).__name__) from error
    return claims


async def account_of_subject(connection: AsyncConnection, issuer: str, claims: Mapping[str, Any], match: Match) -> int:
    """The id of the account that belongs to a subject. Raises OidcFailed."""
    known = {"issuer": issuer, "subject": str(claims["sub"])}
    row = await (await connection.execute(queries.ACCOUNT_OF_SUBJECT, known)).fetchone()
    if row is None and (first := _first(claims, match)):
        try:
            row = await (await connection.execute(queries.TIE_SUBJECT, known | first)).fetchone()
        except UniqueViolation:
            row = None
    if row is None:
        raise OidcFailed(reason="no-account")
    return int(row[0])


def _first(claims: Mapping[str, Any], match: Match) -> dict[str, str | None] | None:
    """By what an account that was never signed in to this way may be found."""
    if match == "email" and claims.get("email") and claims.get("email_verified") is True:
        return {"email": str(claims["email"]).lower(), "login": None}
    if match == "login" and claims.get("preferred_username"):
        return {"email": None, "login": str(claims["preferred_username"]).lower()}
    return None


async def _exchange(endpoint: str, provider: Provider, attempt: Attempt, code: str) -> dict[str, Any]:
    """The tokens that a code is good for (RFC 6749, section 4.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.redirect,
        "code_verifier": attempt.verifier,
    }
    # The two are encoded as in a form before they are sent (section 2.3.1).
    proof = httpx.BasicAuth(quote_plus(provider.client_id), quote_plus(provider.client_secret))
    async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
        answer = await client.post(endpoint, data=form, auth=proof, headers={"Accept": "application/json"})
        tokens: dict[str, Any] = answer.raise_for_status().json()
        return tokens


async def _discover(provider: Provider) -> dict[str, Any]:
    """The provider's endpoints, by its own description (OpenID Connect Discovery 1.0)."""
    issuer = provider.issuer.rstrip("/")
    try:
        known = await _fetch(f"{issuer}/.well-known/openid-configuration")
    except (httpx.HTTPError, ValueError) as error:
        log.warning("the provider does not answer", error=str(error))
        raise OidcFailed(reason="discovery") from error
    if not isinstance(known, dict) or str(known.get("issuer", "")).rstrip("/") != issuer:
        raise OidcFailed(reason="issuer")
    return known


async def _fetch(url: str, headers: dict[str, str] | None = None) -> Any:
    async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
        return (await client.get(url, headers=headers)).raise_for_status().json()


def _checked(token: str, keys: KeySet, provider: Provider, attempt: Attempt) -> dict[str, Any]:
    """The claims of an ID token that is the provider's, for us, for this attempt, and not over."""
    claims = jwt.decode(token, keys, algorithms=SIGNED_BY).claims
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "values": [provider.issuer, provider.issuer.rstrip("/")]},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": attempt.nonce},
    )
    rules.validate(claims)
    return dict(claims)
