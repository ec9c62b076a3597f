"""Where the service is, as its readers see it."""

import re

from fastapi import Request

__all__ = ["base_of"]

HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


def base_of(request: Request) -> str:
    """Address of the service as the reader sees it: through a proxy's X-Forwarded-Host and root path."""
    forwarded = request.headers.get("x-forwarded-host", "").split(",")[0].strip()
    url = request.base_url.replace(netloc=forwarded) if HOST.fullmatch(forwarded) else request.base_url
    return str(url).rstrip("/")
