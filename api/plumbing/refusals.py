"""What a route or a dependency of it may refuse with, said where it is, so that the description of the API can tell."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

from wangge.geo.errors import WanggeError

__all__ = ["parts_of", "refusals_of", "refuses"]

Function = TypeVar("Function", bound=Callable[..., Any])

_SAID: dict[Callable[..., Any], frozenset[str]] = {}
_BY_CONTENT: dict[Callable[..., Any], frozenset[str]] = {}


def refuses(*errors: type[WanggeError], by_content: Iterable[type[WanggeError]] = ()) -> Callable[[Function], Function]:
    """Says of a function of a request with which errors it refuses, those of its own dependencies aside.

    Parameters
    ----------
    by_content : further errors, which depend on what the request holds: anybody may ask, but not for everything.
    """

    def declare(function: Function) -> Function:
        _SAID[function] = frozenset(error.kind for error in errors)
        _BY_CONTENT[function] = frozenset(error.kind for error in by_content)
        return function

    return declare


def parts_of(dependant: Dependant) -> Iterator[Dependant]:
    """A route's function and all that it depends on, near and far."""
    yield dependant
    for part in dependant.dependencies:
        yield from parts_of(part)


def refusals_of(dependant: Dependant, *, by_content: bool = True) -> set[str]:
    """The kinds of error that a route, or what it depends on, was declared to refuse with."""
    said = [_SAID, _BY_CONTENT] if by_content else [_SAID]
    return {kind for part in parts_of(dependant) if part.call for kinds in said for kind in kinds.get(part.call, ())}
