"""Routes that a request for an address of another kind passes over in one step."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from wangge.api.plumbing.methods import path_of

__all__ = ["Under"]

API = "/api/v1"
TERRITORY = f"{API}/territories/"
_LEAD = "wangge.lead"


class Under(APIRouter):
    """Routers together, asked only for addresses of which they have the leading word.

    A framework asks one route after the other whether an address is its own, which for the last of hundreds takes
    longer than many an answer.
    """

    def __init__(self, *routers: APIRouter) -> None:
        super().__init__()
        for router in routers:
            self.include_router(router)
        self._leads = frozenset(_lead_of(route.path) for router in routers for route in router.routes)  # type: ignore[attr-defined]
        assert not any("{" in lead for lead in self._leads)  # noqa: S101 - then every address might be meant

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of the routes is meant."""
        path = path_of(scope)
        known = scope.get(_LEAD)
        if known is None or known[0] != path:  # a redirect is looked for under another path
            known = scope[_LEAD] = (path, _lead_of(path))
        return super().matches(scope) if known[1] in self._leads else (Match.NONE, {})


def _lead_of(path: str) -> str:
    """The word of an address that tells what it is about: the one behind a territory's code, or else the first one."""
    if path.startswith(TERRITORY):
        return "/".join(path.split("/", 6)[5:6])
    return path.removeprefix(API)[1:].partition("/")[0]
