"""What a route or a dependency of it may refuse with, said where it is, so that the description of the API can tell."""

from collections.abc import Callable
from typing import Any, TypeVar

from wangge.geo.errors import WanggeError

__all__ = ["refusals_of", "refuses"]

Function = TypeVar("Function", bound=Callable[..., Any])

_SAID: dict[Callable[..., Any], frozenset[str]] = {}


def refuses(*errors: type[WanggeError]) -> Callable[[Function], Function]:
    """Says of a function of a request with which errors it refuses, those of its own dependencies aside."""

    def declare(function: Function) -> Function:
        _SAID[function] = frozenset(error.kind for error in errors)
        return function

    return declare


def refusals_of(function: Callable[..., Any] | None) -> frozenset[str]:
    """The kinds of error that a function was declare to refuse with."""
    return _SAID.get(function, frozenset()) if function else frozenset()
