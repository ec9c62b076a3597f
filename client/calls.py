"""One question to the service and how its answer is read, without sending anything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

import httpx2
from pydantic import BaseModel

from wangge.client.errors import Unreachable, refusal_of
from wangge.client.retrying import Outcome

__all__ = ["Call", "Pages", "as_query", "model"]

T = TypeVar("T")
Entry = TypeVar("Entry")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A question; what is `repeatable` is done once however often it is sent.

    `path` lies below where the service answers, or is the address of a link.
    """

    name: str
    method: str
    path: str
    read: Callable[[httpx2.Response], T]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    repeatable: bool = True

    def result(self, outcome: Outcome) -> T:
        """What the answer holds. Raises ClientError."""
        if isinstance(outcome, httpx2.RequestError):
            raise Unreachable(f"{type(outcome).__name__}: {outcome}") from outcome
        if not outcome.is_success:
            raise refusal_of(outcome)
        try:
            return self.read(outcome)
        except (ValueError, OSError) as error:  # no JSON of that form, or no table
            raise Unreachable(f"an answer to {self.name} that is not one: {error}") from error


@dataclass(frozen=True, slots=True)
class Pages(Generic[Entry]):
    """A list over pages: the first question, and what each page holds with the address of the next."""

    first: Call[tuple[list[Entry], str | None]]

    def after(self, href: str) -> Call[tuple[list[Entry], str | None]]:
        """The question for the page where a link leads."""
        return Call(self.first.name, "GET", href, self.first.read)


def model(kind: type[Model]) -> Callable[[httpx2.Response], Model]:
    """Reads answers of one form."""
    return lambda answer: kind.model_validate_json(answer.content)


def as_query(wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    """Parameters as an address carries them: `since` is the API's `from`; what is None is left out."""
    query = {}
    for name, value in wanted.items():
        if value is not None:
            query["from" if name == "since" else name] = _values(name, value)
    return query


def _values(name: str, value: Any) -> list[str]:
    if name == "bbox":
        return [",".join(map(str, value))]
    if name == "area" and not isinstance(value, str):
        return [";".join(f"{lon},{lat}" for lon, lat in value)]
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        return [_word(value)]
    return [_word(each) for each in value]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)  # a datetime is a date
