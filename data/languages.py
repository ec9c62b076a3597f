"""The languages of the program, one list; and a name that is given in some of them, said in any.

A language more: its code here, the program's words in `data/messages/xx.toml`, the viewer's in `web/js/i18n/xx.js`.
"""

from collections.abc import Mapping
from typing import Literal, get_args

__all__ = ["LANGUAGES", "NEAREST", "Language", "in_every_language", "language_of_locale", "negotiate", "spoken"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NEAREST: Language = LANGUAGES[0]
"""The language in which something is said when it is not to be had in the one that was asked for."""


def spoken(name: Mapping[str, str | None], language: str = NEAREST, otherwise: str = "") -> str:
    """A name in a language: else in the nearest that it is given in, else what else it is called by."""
    return next((said for one in (language, *LANGUAGES, *name) if (said := name.get(one))), otherwise)


def in_every_language(name: Mapping[str, str | None] | Mapping[Language, str | None]) -> dict[str, str]:
    """A name with every language of the program in it, as names are stored; empty when it is given in none."""
    given: dict[str, str | None] = dict(name.items())
    return {language: spoken(given, language) for language in LANGUAGES} if any(given.values()) else {}


def negotiate(accept_language: str | None) -> Language:
    """The language of an answer to an Accept-Language header (RFC 9110); the nearest when none of ours is asked for."""
    best: tuple[float, Language] = (0.0, NEAREST)
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


def language_of_locale(locale: str) -> Language:
    """The language of a POSIX locale such as zh_CN.UTF-8; the nearest when it is none of ours."""
    return next((language for language in LANGUAGES if locale.lower().startswith(language)), NEAREST)
