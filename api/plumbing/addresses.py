"""Where the service is, as its readers see it."""

from urllib.parse import urlencode

from fastapi import Request

__all__ = ["base_of", "with_query"]


def base_of(request: Request) -> str:
    """Address of the service as the reader sees it, by the host that was asked and the root path."""
    return str(request.base_url).rstrip("/")


def with_query(request: Request, here: str, **changed: str) -> str:
    """An address with what was asked, some of it changed."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    query = urlencode([*asked, *changed.items()])
    return f"{here}?{query}" if query else here
