"""Other servers as files declare them: where each is, which of its services are which categories, what goes out. Pure.

name = "capital"
url = "https://311.capital.example.org/open311/v2"
[pull]
pothole = "road"      # their service_code = our category; "*" for every other
[push]
lamp = "street-light" # our category = their service_code
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wangge.geo.errors import WanggeError
from wangge.outgoing.webhooks.addresses import BadAddress, Networks, checked_address
from wangge.reports.case.lifecycle import OPEN, State

__all__ = ["BadPeer", "Peer", "parse_peer", "read_peer"]

FIELDS = (
    *("name", "url", "jurisdiction_id", "program", "format", "page_size", "updates", "since", "states", "cells"),
    *("status", "pull", "push"),
)
PROGRAMS, FORMATS = ("georeport", "wangge"), ("json", "xml")
EVERY = "*"
PAGE, LARGE_PAGE, LARGEST_PAGE = 100, 1000, 1000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_WANGGE = re.compile(r"/open311/(?:[^/]+/)?v2")


class BadPeer(WanggeError):
    """A declaration that cannot be used. Facts: `file`, `field`, `expected`."""

    kind = "bad-peer"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that a territory is kept in step with.

    Attributes
    ----------
    url : of its calls, up to and with v2.
    program : "wangge" heeds Idempotency-Key and takes notes; of "georeport" nothing is known but the standard.
    updates : whether it knows `updated_after`, which is not in the standard.
    since : from when requests there and cases here are looked at.
    states : in which a case here is posted; None for all that are open.
    cells : (level key, code) of those whose cases are posted; None for all.
    status : their words, as "open" or "closed".
    pull : our categories by their codes, `*` for every other. push : their codes by our categories.
    reached : the latest change that it has told of, by its own clock.
    last : what was done when both were last in step.
    keyed : it has a key that was written down here. version : of the declaration.
    broken : the declaration cannot be used any more, `error` says why; the server is not to be asked.
    """

    id: int
    territory: str
    name: str
    url: str
    jurisdiction: str | None = None
    program: str = "georeport"
    format: str = "json"
    page_size: int = PAGE
    updates: bool = True
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    states: tuple[str, ...] | None = None
    cells: tuple[tuple[str, str], ...] | None = None
    status: Mapping[str, str] = field(default_factory=dict)
    pull: Mapping[str, str] = field(default_factory=dict)
    push: Mapping[str, str] = field(default_factory=dict)
    reached: datetime | None = None
    looked_at: datetime | None = None
    error: str | None = None
    broken: bool = False
    last: Mapping[str, int] | None = None
    keyed: bool = False
    version: int = 1
    created_at: datetime | None = None
    created_by: str = ""

    @property
    def ours(self) -> bool:
        """Whether it is this program too."""
        return self.program == "wangge"

    def category_of(self, service: str) -> str | None:
        """Our category of one of their services; None where none was declared."""
        return self.pull.get(service, self.pull.get(EVERY))

    def is_open(self, status: str) -> bool:
        """Whether one of their words means that a request is open, which any does that is not known as closed."""
        return self.status.get(status, status) != "closed"

    def mark(self, number: str) -> str:
        """What stands at the end of the words of a case that was posted, by which it is found there again."""
        return f"[{self.territory} {number}]"


def read_peer(file: Path) -> dict[str, Any]:
    """The declaration in a TOML file, as it stands there. Raises BadPeer."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPeer(file=str(file), field="", expected=str(error)) from None


def parse_peer(document: Mapping[str, Any], territory: str, networks: Networks, file: str = "") -> Peer:
    """A declaration, if it can be used. Raises BadPeer with the field and what was expected."""

    def check(name: str, sound: object, expected: str) -> None:
        if not sound:
            raise BadPeer(file=file, field=name, expected=expected)

    for name in document:
        check(name, name in FIELDS, ", ".join(FIELDS))
    texts = {name: document.get(name, "") for name in ("name", "url", "jurisdiction_id")}
    for name, text in texts.items():
        check(name, isinstance(text, str) and text.isprintable(), "text")
    check("name", _NAME.fullmatch(texts["name"]), "small-letters-hyphen")
    program, form = document.get("program", "georeport"), document.get("format", "json")
    check("program", program in PROGRAMS, ", ".join(PROGRAMS))
    check("format", form in FORMATS, ", ".join(FORMATS))
    url = texts["url"].rstrip("/")
    check("url", _leads_out(url, networks), "https://…/v2")
    check("url", program != "wangge" or _WANGGE.search(urlsplit(url).path), "https://…/open311/TERRITORY/v2")
    size = document.get("page_size", LARGE_PAGE if program == "wangge" else PAGE)
    check("page_size", type(size) is int and 1 <= size <= LARGEST_PAGE, f"1 … {LARGEST_PAGE}")
    updates = document.get("updates", True)
    check("updates", isinstance(updates, bool), "true, false")
    tables = {name: document.get(name, {}) for name in ("status", "pull", "push")}
    for name, table in tables.items():
        sound = isinstance(table, Mapping) and all(isinstance(word, str) for word in table.values())
        check(name, sound, f"[{name}]")
    check("status", set(tables["status"].values()) <= {"open", "closed"}, "open, closed")
    return Peer(
        0, territory, texts["name"], url, texts["jurisdiction_id"] or None, program, form, size, updates,
        _since(document.get("since"), BadPeer(file=file, field="since", expected="2026-12-01T00:00:00+08:00")),
        _states(document.get("states"), BadPeer(file=file, field="states", expected=", ".join(sorted(OPEN)))),
        _cells(document.get("cells"), BadPeer(file=file, field="cells", expected='["LEVEL:CODE"]')),
        {key.lower(): word for key, word in tables["status"].items()}, tables["pull"], tables["push"],
    )  # fmt: skip


def _leads_out(url: str, networks: Networks) -> bool:
    try:
        return bool(checked_address(url, networks))
    except BadAddress:
        return False


def _since(given: Any, error: BadPeer) -> datetime:
    if given is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise error


def _states(given: Any, error: BadPeer) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list) or not given or any(state not in {one.value for one in OPEN} for state in given):
        raise error
    return tuple(State(state).value for state in given)


def _cells(given: Any, error: BadPeer) -> tuple[tuple[str, str], ...] | None:
    if given is None:
        return None
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise error
    pairs = [one.partition(":") for one in given]
    if not all(level and code for level, _, code in pairs):
        raise error
    return tuple((level, code) for level, _, code in pairs)
