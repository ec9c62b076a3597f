"""Code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 9700), in four requests to the provider.

The provider's description and keys are kept for a while. The answer must name its issuer where the provider says that
it does (RFC 9207), so that no other provider's answer is taken for its own.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx2
import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from wangge.access.oidc import Attempt, OidcFailed, Provider
from wangge.access.oidc_documents import TIMEOUT_S, Documents, fetch

__all__ = ["begin", "finish"]

log = structlog.get_logger(__name__)

SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY_S = 60
KEPT_S = 600
ROTATED_S = 10  # an unknown key is looked up again, but not as often as somebody likes
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")

DOCUMENTS = Documents()


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
        "code_challenge": _challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }
    return str(httpx2.URL(known["authorization_endpoint"]).copy_merge_params(asked))


async def finish(provider: Provider, attempt: Attempt, code: str, state: str, issuer: str | None) -> dict[str, Any]:
    """What the provider says about whoever signed in there: `sub` and other claims. Raises OidcFailed.

    Parameters
    ----------
    code, state, issuer : of the address that the browser came back with; `issuer` where it had one.
    """
    if not secrets.compare_digest(state.encode(), attempt.state.encode()):
        raise OidcFailed(reason="state")
    known = await _discover(provider)
    named = known.get("authorization_response_iss_parameter_supported") is True
    if issuer != known["issuer"] and (named or issuer is not None):
        raise OidcFailed(reason="issuer")
    try:
        token = await _exchange(known["token_endpoint"], provider, attempt, code)
        claims = await _claims(token["id_token"], known, provider, attempt)
        if "userinfo_endpoint" in known:
            more = await fetch(known["userinfo_endpoint"], {"Authorization": f"Bearer {token['access_token']}"})
            claims = more | claims if more.get("sub") == claims["sub"] else claims
    except (JoseError, httpx2.HTTPError, KeyError, TypeError, ValueError) as error:
        log.warning("the provider's answer cannot be used", error=str(error))
        raise OidcFailed(reason=type(error).__name__) from error
    return claims


def _challenge(verifier: str) -> str:
    """The S256 challenge to a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


async def _exchange(endpoint: str, provider: Provider, attempt: Attempt, code: str) -> dict[str, Any]:
    """The tokens that a code is good for (RFC 6749, section 4.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.redirect,
        "code_verifier": attempt.verifier,
    }
    # The two are encoded as in a form before they are sent (section 2.3.1).
    proof = httpx2.BasicAuth(quote_plus(provider.client_id), quote_plus(provider.client_secret))
    async with httpx2.AsyncClient(timeout=TIMEOUT_S) as client:
        answer = await client.post(endpoint, data=form, auth=proof, headers={"Accept": "application/json"})
        tokens: dict[str, Any] = answer.raise_for_status().json()
        return tokens


async def _discover(provider: Provider) -> dict[str, Any]:
    """The provider's endpoints, by its own description (OpenID Connect Discovery 1.0)."""
    issuer = provider.issuer.rstrip("/")
    try:
        known = await DOCUMENTS.get(f"{issuer}/.well-known/openid-configuration", KEPT_S)
    except (httpx2.HTTPError, ValueError) as error:
        log.warning("the provider does not answer", error=str(error))
        raise OidcFailed(reason="discovery") from error
    if not isinstance(known, dict) or str(known.get("issuer", "")).rstrip("/") != issuer:
        raise OidcFailed(reason="issuer")
    scheme = urlsplit(issuer).scheme
    if any(urlsplit(str(known[name])).scheme not in {scheme, "https"} for name in ENDPOINTS if name in known):
        raise OidcFailed(reason="endpoint")  # in the clear, though the provider itself is not
    return known


async def _claims(token: str, known: Mapping[str, Any], provider: Provider, attempt: Attempt) -> dict[str, Any]:
    """The claims of an ID token that is the provider's, for us, for this attempt, and not over (Core, 3.1.3.7)."""
    try:
        keys = KeySet.import_key_set(await DOCUMENTS.get(known["jwks_uri"], KEPT_S))
        claims = jwt.decode(token, keys, algorithms=SIGNED_BY).claims
    except InvalidKeyIdError:  # signed by a key that is newer than what we keep
        keys = KeySet.import_key_set(await DOCUMENTS.get(known["jwks_uri"], ROTATED_S))
        claims = jwt.decode(token, keys, algorithms=SIGNED_BY).claims
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": known["issuer"]},
        aud={"essential": True, "value": provider.client_id},
        # Where a token is for several, it must have been given to us.
        azp={"essential": isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": attempt.nonce},
    )
    rules.validate(claims)
    return dict(claims)
