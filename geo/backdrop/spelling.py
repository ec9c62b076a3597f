"""How a Chinese name is typed by letters: its pinyin, and its initials."""

from collections.abc import Iterable
from functools import cache

__all__ = ["letters_of", "spellings"]

SYLLABLES = 8
"""So many of a name can be begun with."""
LONGEST = 24
"""So many are spelt: an index holds no longer ones."""


def spellings(names: Iterable[str]) -> list[str]:
    """What letters each name may be found by, with blanks between: its pinyin and its initials from each syllable on.

    Examples
    --------
    >>> spellings(["北京路", "Main Street"])
    ['beijinglu jinglu lu bjl jl l', '']
    """
    return [_spelling(name) for name in names]


def letters_of(words: str) -> str:
    """What somebody typed, as letters to look for; empty where it is something else.

    Examples
    --------
    >>> letters_of("Bei'jing lu"), letters_of("北京"), letters_of("lü")
    ('beijinglu', '', 'lv')
    """
    plain = "".join(words.casefold().replace("ü", "v").replace("'", "").split())
    return plain if plain.isascii() and plain.isalnum() else ""


@cache
def _spelling(name: str) -> str:
    if name.isascii():
        return ""
    from pypinyin import lazy_pinyin  # for imports only: its tables take a second and 60 MB

    parts = ["".join(filter(str.isalnum, part.casefold())) for part in lazy_pinyin(name)]
    parts = [part for part in parts if part and part.isascii()][:LONGEST]
    sounds = ["".join(parts[at:]) for at in range(min(len(parts), SYLLABLES))]
    initials = "".join(part if part.isdigit() else part[0] for part in parts)
    starts = [initials[at:] for at in range(min(len(initials), SYLLABLES))]
    return " ".join(dict.fromkeys([*sounds, *starts]))
