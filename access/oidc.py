"""Signing in through an OpenID provider: who asks, which attempt it is, and whose account the answer is for.

`oidc_flow` speaks with the provider. The account is found by the provider's subject. A first sign-in may find it by
verified e-mail address or by login, where the settings allow that, and then ties it to the subject for good. No account
is ever made by signing in.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg.errors import UniqueViolation

from wangge.access import queries
from wangge.access.person import NotSignedIn
from wangge.store.engine import AsyncConnection

__all__ = ["Attempt", "OidcFailed", "Provider", "account_of_subject"]

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
