"""The cookie of a session: out of reach of scripts, not sent by other sites' forms, over https where there is https."""

from fastapi import Request, Response

from store.settings import Settings

__all__ = ["COOKIE", "CSRF_HEADER", "clear_cookie", "set_cookie"]

COOKIE = "wangge_session"
CSRF_HEADER = "X-CSRF-Token"


def set_cookie(request: Request, response: Response, secret: str, settings: Settings) -> None:
    """Give the browser its session; it forgets it when the session is over."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(settings.session_hours * 3600),
        path=_path(request),
        secure=_secure(request, settings),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(request: Request, response: Response) -> None:
    """Make the browser forget its session."""
    secure = _secure(request, request.state.settings)
    response.delete_cookie(COOKIE, path=_path(request), secure=secure, httponly=True, samesite="lax")


def _path(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root or "/"


def _secure(request: Request, settings: Settings) -> bool:
    if settings.secure_cookies == "auto":
        return request.url.scheme == "https"
    return settings.secure_cookies == "always"
