"""Caching (RFC 9110, If-None-Match): what a reader has already is not sent again."""

from fastapi import Request

__all__ = ["IMMUTABLE", "REVALIDATE", "holds"]

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


def holds(request: Request, etag: str) -> bool:
    """True when the reader says that its copy carries this validator (weak comparison)."""
    told = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return etag in told or "*" in told
