"""What every command shares: the reader's language, and how a refusal is said."""

import os
import sys
from typing import Any, TextIO

from pydantic import ValidationError
from rich.console import Console

from wangge.data import messages
from wangge.data.languages import Language, language_of_locale
from wangge.geo.errors import WanggeError
from wangge.store.settings import Settings

__all__ = ["err", "language", "out", "print_problem", "say", "tell", "word"]

FAULTY = {"bad-field", "bad-query", "bad-entries"}
"""Refusals that say what is wrong with each field."""

WIDE = 100_000
"""Of what goes into a file or another program: no line is wrapped there."""


def _made(stream: TextIO, *, stderr: bool) -> Console:
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(stderr=stderr, highlight=False, width=width)


out = _made(sys.stdout, stderr=False)
err = _made(sys.stderr, stderr=True)


def language() -> Language:
    """The reader's language: WANGGE_LANG, else the locale's. Raises ValidationError: a setting cannot be read."""
    chosen = Settings().lang
    return _of_locale() if chosen == "auto" else chosen


def _language_of_refusal() -> Language:
    """The same where settings that cannot be read may be what is refused."""
    try:
        return language()
    except ValidationError:
        return _of_locale()


def _of_locale() -> Language:
    return language_of_locale(os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "")


def word(table: str, name: str, **facts: Any) -> str:
    """What something is called in the reader's language; see `messages.word`."""
    return messages.word(table, name, language(), **facts)


def say(error: WanggeError, facts: dict[str, Any] | None = None) -> None:
    """Print a refusal on standard error, in the reader's language."""
    from wangge.api.plumbing.problems import render  # half a second of HTTP that most commands never need

    spoken = _language_of_refusal()
    told = render(error.kind, facts or error.facts, spoken, "")
    err.print(f"[red]{told['title']}[/red]", soft_wrap=True, end="")
    offered = messages.command(error.kind, told, spoken)
    print(f": {told['detail']}{' ' if offered else ''}{offered}", file=sys.stderr)
    for fault in told["errors"] if error.kind in FAULTY else ():
        if not fault.get("record"):
            print(f"  {fault['field']}: {fault['message']}", file=sys.stderr)
            continue
        kind = "bad-entries-fault" if fault["got"] is None else "bad-entries-fault-got"
        print(f"  {messages.text(kind, fault, _language_of_refusal())[1]}", file=sys.stderr)


def print_problem(error: WanggeError) -> None:
    """Print a refusal as JSON on standard output, as the API would answer it."""
    import orjson

    from wangge.api.plumbing.problems import render

    told = render(error.kind, error.facts, _language_of_refusal(), "")
    print(orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def tell(kind: str, **facts: Any) -> None:
    """Print what was done on standard error, in the reader's language."""
    title, detail = messages.text(kind, facts, language())
    err.print(f"[bold]{title}[/bold]: ", end="", soft_wrap=True)
    print(detail, file=sys.stderr)
