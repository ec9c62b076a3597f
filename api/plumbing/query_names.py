"""Names of query parameters, held to what a route declares: an unknown one is refused with the nearest known.

A filter that is misspelt and passed over gives everything, which looks like an answer. What a route takes is read off
the route and what it depends on, so that no route says it a second time.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from fastapi import Depends, Request
from fastapi._compat import field_annotation_is_sequence
from fastapi.routing import APIRoute

from wangge.api.plumbing.refusals import parts_of, refuses
from wangge.geo.errors import WanggeError

__all__ = ["BadQuery", "Known", "refuse_unknown", "takes_any_query"]

MOST_NAMED = 10
LONGEST = 64
"""Characters of a name that are looked at and told back: thousands of long names are not to keep the server busy."""

Function = TypeVar("Function", bound=Callable[..., Any])
_FREE: set[Callable[..., Any]] = set()
_DECLARED: dict[Callable[..., Any], Mapping[str, bool]] = {}


class BadQuery(WanggeError):
    """Query parameters that the route does not have, or that stand twice. Facts: `errors`, `known`."""

    kind = "bad-query"


def takes_any_query(function: Function) -> Function:
    """Says of a route's function that whoever asks may add parameters of their own."""
    _FREE.add(function)
    return function


def _declared(route: APIRoute) -> Mapping[str, bool]:
    """The parameters that a route takes, each with whether it may be repeated."""
    if route.endpoint not in _DECLARED:
        fields = [field for part in parts_of(route.dependant) for field in part.query_params]
        repeated = {field.alias: field_annotation_is_sequence(field.field_info.annotation) for field in fields}
        _DECLARED[route.endpoint] = repeated
    return _DECLARED[route.endpoint]


@refuses(BadQuery)
async def _known(request: Request) -> None:
    route = request.scope["route"]
    if not request.url.query or route.endpoint in _FREE:
        return
    refuse_unknown([name for name, _ in request.query_params.multi_items()], _declared(route))


def refuse_unknown(names: Sequence[str], declared: Mapping[str, bool]) -> None:
    """Refuse names that are not declared, or stand twice where a parameter takes one value.

    Parameters
    ----------
    declared : each with whether it may be repeated.

    Raises
    ------
    BadQuery
    """
    given: dict[str, int] = {}
    for name in names:
        given[name] = given.get(name, 0) + 1
    unknown = [_unknown(name, declared) for name in list(given)[: len(declared) + MOST_NAMED] if name not in declared]
    twice = [
        {"field": name, "kind": "parameter_twice", "facts": {}}
        for name, times in given.items()
        if times > 1 and declared.get(name) is False
    ]
    if found := [*unknown[:MOST_NAMED], *twice]:
        raise BadQuery(errors=found, known=sorted(declared))


def _unknown(name: str, declared: Mapping[str, bool]) -> dict[str, Any]:
    """A name that is not declared, with the declared one that it looks like."""
    shown = name[:LONGEST].encode(errors="replace").decode()
    plain = {_plain(one): one for one in declared}
    near = get_close_matches(_plain(shown), plain, n=1)
    if not near:
        return {"field": shown, "kind": "parameter", "facts": {}}
    return {"field": shown, "kind": "parameter_near", "facts": {"near": plain[near[0]]}}


def _plain(name: str) -> str:
    """A name without what the habits of other interfaces differ in: capitals, underscores, hyphens, brackets."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


Known = Depends(_known)
"""Refuses query parameters that the route does not declare."""
