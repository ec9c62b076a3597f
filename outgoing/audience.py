"""Who is to be told of what, found by what an event is for: its cost goes by those whom it is for, not by all. Pure."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from wangge.access.person import Scope
from wangge.outgoing.sightings import Sighting

__all__ = ["Audience"]

Member = TypeVar("Member")


class Audience(Generic[Member]):
    """Members by what they see of one territory."""

    def __init__(self) -> None:
        self._by_key: dict[object, set[Member]] = {}

    def add(self, member: Member, scope: Scope) -> None:
        """Let a member hear of what lies in a scope."""
        for key in _keys(scope):
            self._by_key.setdefault(key, set()).add(member)

    def discard(self, member: Member, scope: Scope) -> None:
        """Let it hear of that no longer."""
        for key in _keys(scope):
            members = self._by_key.get(key, set())
            members.discard(member)
            if not members:
                self._by_key.pop(key, None)

    def __iter__(self) -> Iterator[Member]:
        return iter(set().union(*self._by_key.values()))

    def of(self, events: Iterable[Sighting]) -> set[Member]:
        """Those for whom one of the events is."""
        keys: set[object] = set()
        for event in events:
            keys.add(None)
            keys |= event.places | event.former | event.organisations
        return set().union(*(self._by_key[key] for key in keys if key in self._by_key))


def _keys(scope: Scope) -> list[object]:
    """What a scope is found by: None for the whole territory, places of cells, ids of organisations."""
    return [None] if scope.cells is None else [*scope.cells, *scope.organisations]
