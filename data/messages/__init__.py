"""Every text of the program that people read, in each language, found by its kind: one file a language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from wangge.data.languages import LANGUAGES, Language

__all__ = ["Language", "command", "field_message", "in_all", "need", "reason", "text", "word", "words", "words_in_all"]


class _Lenient(Formatter):
    """Formats what is there: a missing fact becomes a dash, a list is joined, a wrong type loses its format."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ARG002 - Formatter's own
        value = kwargs.get(key, "—")
        return ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else value

    def format_field(self, value: Any, format_spec: str) -> Any:
        try:
            return super().format_field(value, format_spec)
        except (ValueError, TypeError):
            return str(value)


FORMAT = _Lenient()


def text(kind: str, facts: Mapping[str, Any], language: Language) -> tuple[str, str]:
    """Title and detail of an error in a language."""
    entry = _catalogue(language).get(kind) or {"title": kind, "detail": ""}
    title, detail = (FORMAT.vformat(entry[part], (), facts) for part in ("title", "detail"))
    return title, detail


def command(kind: str, facts: Mapping[str, Any], language: Language) -> str:
    """What a command offers against an error, by its options, in a language; an empty text where it has nothing."""
    return FORMAT.vformat(_catalogue(language).get(kind, {}).get("command", ""), (), facts)


def field_message(kind: str, facts: Mapping[str, Any], language: Language) -> str | None:
    """What is wrong with one field, in a language; None when the catalogue has no such kind."""
    wording = _catalogue(language)["fields"].get(kind)
    return FORMAT.vformat(wording, (), facts) if wording else None


def reason(name: str, facts: Mapping[str, Any], language: Language) -> str:
    """Why something cannot be read, in a language; what is not in the catalogue is said as it is."""
    wording = _catalogue(language)["reasons"].get(name)
    return FORMAT.vformat(wording, (), facts) if wording else name


def need(name: str, facts: Mapping[str, Any], language: Language) -> str:
    """What was expected, in a language; what is not in the catalogue, such as a list of codes, is said as it is."""
    wording = _catalogue(language)["needs"].get(name)
    return FORMAT.vformat(wording, (), facts) if wording else name


def word(table: str, name: str, language: Language, /, **facts: Any) -> str:
    """What something is called in a language, such as a move in "moves"; its own name where the catalogue has none."""
    called: str = _catalogue(language)[table].get(name, name)
    return FORMAT.vformat(called, (), facts) if facts else called


def words(table: str, name: str, language: Language) -> list[str]:
    """Several words that stand in one text, parted by bars: the heads of a table, or the names of one column."""
    return word(table, name, language).split("|")


def in_all(table: str, name: str) -> dict[str, str]:
    """What something is called, by language."""
    return {language: word(table, name, language) for language in LANGUAGES}


@cache
def words_in_all(table: str, name: str) -> tuple[str, ...]:
    """The words for one thing in every language, as a file from anywhere may call it."""
    return tuple(dict.fromkeys(one for language in LANGUAGES for one in words(table, name, language) if one))


@cache
def _catalogue(language: Language) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
