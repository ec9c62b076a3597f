"""Secrets that prove who asks: made here, shown once, and kept only as their SHA-256.

They are random and long, so that a plain hash suffices; only passwords, which people choose, need a slow one.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

__all__ = ["ACCESS", "KEY", "REFRESH", "SESSION", "csrf_of", "digest", "new_secret"]

# A prefix tells what a secret is for, and lets scanners of repositories find one that got out.
SESSION, ACCESS, REFRESH, KEY = "wgs_", "wga_", "wgr_", "wgk_"


def new_secret(prefix: str) -> str:
    """A secret of 256 random bits behind a prefix."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_of(session: str) -> str:
    """The value that a page must send beside its session's cookie: only pages that may read our answers know it."""
    return urlsafe_b64encode(hmac.digest(session.encode(), b"csrf", "sha256")).decode().rstrip("=")
