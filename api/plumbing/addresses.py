"""Where the service is, as its readers see it."""

import re
from urllib.parse import urlencode

from fastapi import Request

__all__ = ["base_of", "with_query"]

HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


def base_of(request: Request) -> str:
    """Address of the service as the reader sees it: through a proxy's X-Forwarded-Host and root path."""
    forwarded = request.headers.get("x-forwarded-host", "").split(",")[0].strip()
    url = request.base_url.replace(netloc=forwarded) if HOST.fullmatch(forwarded) else request.base_url
    return str(url).rstrip("/")


def with_query(request: Request, here: str, **changed: str) -> str:
    """An address with what was asked, some of it changed."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    query = urlencode([*asked, *changed.items()])
    return f"{here}?{query}" if query else here
