"""The cookie of a session: out of reach of scripts, not sent by other sites' forms, over https where there is https."""

from fastapi import Request, Response

from wangge.store.settings import Settings

__all__ = ["ATTEMPT_COOKIE", "COOKIE", "CSRF_HEADER", "clear_cookie", "set_attempt", "set_cookie"]

COOKIE = "wangge_session"
ATTEMPT_COOKIE = "wangge_attempt"
ATTEMPT_S = 600
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


def set_attempt(request: Request, response: Response, told: str, settings: Settings) -> None:
    """Let the browser keep what ties the answer of another provider to it, for as long as signing in there takes."""
    secure = _secure(request, settings)
    response.set_cookie(
        ATTEMPT_COOKIE, told, max_age=ATTEMPT_S, path=_path(request), secure=secure, httponly=True, samesite="lax"
    )


def clear_cookie(request: Request, response: Response, name: str = COOKIE) -> None:
    """Make the browser forget its session, or another cookie."""
    secure = _secure(request, request.state.settings)
    response.delete_cookie(name, path=_path(request), secure=secure, httponly=True, samesite="lax")


def _path(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root or "/"


def _secure(request: Request, settings: Settings) -> bool:
    if settings.secure_cookies == "auto":
        return request.url.scheme == "https"
    return settings.secure_cookies == "always"
