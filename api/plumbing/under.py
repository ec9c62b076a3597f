"""Routes whose addresses begin alike, passed over in one step by a request for another address."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from wangge.api.plumbing.methods import path_of

__all__ = ["Under"]


class Under(APIRouter):
    """Routers of which every address begins with some letters.

    A framework asks one route after the other whether an address is its own, which for the last of hundreds takes
    longer than many an answer.
    """

    def __init__(self, beginning: str) -> None:
        super().__init__()
        self._beginning = beginning

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of the routes is meant."""
        if not path_of(scope).startswith(self._beginning):
            return Match.NONE, {}
        return super().matches(scope)
