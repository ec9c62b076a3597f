"""The wording of every refusal, in Chinese and English, found by the kind of the error."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

__all__ = ["LANGUAGES", "Language", "field_message", "negotiate", "text", "word"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


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
    return entry["title"], FORMAT.vformat(entry["detail"], (), facts)


def field_message(kind: str, facts: Mapping[str, Any], language: Language) -> str | None:
    """What is wrong with one field, in a language; None when the catalogue has no such kind."""
    wording = _catalogue(language)["fields"].get(kind)
    return FORMAT.vformat(wording, (), facts) if wording else None


def word(table: str, name: str, language: Language) -> str:
    """What a move, a state or a reason is called in a language; its own name where the catalogue has none.

    Parameters
    ----------
    table : of the catalogue: "moves", "states", "whys".
    """
    called: str = _catalogue(language)[table].get(name, name)
    return called


def negotiate(accept_language: str | None) -> Language:
    """The language of an answer to an Accept-Language header (RFC 9110): zh or en, en when neither is asked for."""
    best: tuple[float, Language] = (0.0, "en")
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.partition("=")[2]) if parameters else 1.0
        except ValueError:
            continue
        for language in LANGUAGES:
            if tag.lower().split("-")[0] == language and weight > best[0]:
                best = (weight, language)
    return best[1]


@cache
def _catalogue(language: Language) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
