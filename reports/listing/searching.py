"""Reports found by words: of their description, of the names of their place, and of their number or a part of it.

Pairs of letters lead to the reports that may be meant (`report_words`); what they say is read again, so that no
other is found. A telephone number leads to the cases of a reporter only by way of `contacts`, which puts it on record.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from wangge.access.person import Scope
from wangge.geo.grid import Grid
from wangge.reports.errors import BadArgument
from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection

__all__ = ["MOST_WORDS", "Search", "Word", "found_by", "is_small", "leads", "phone_of", "prepare", "words_of"]

MOST_WORDS = 6
MOST_LEAD = 40
"""Base grids in which reports are looked for by their place; where a name stands for more, a list meets them anyway."""
MOST_READ = 8
"""Base grids so few that all of their reports are read rather than looked for by words."""
_HYPHENS = re.compile("[-\u2010-\u2015]")
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_PHONE = re.compile(r"[0-9+()\- ]+", re.ASCII)
_GRAM = 2
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a search.

    Attributes
    ----------
    digits : what it is as a part of a case number; empty when it cannot be one.
    cells : ids of base grids, of any edition, that are named so, or that lie in what is.
    """

    text: str
    digits: str = ""
    cells: tuple[int, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether pairs of letters lead to all that it may mean."""
        return not self.cells and (len(self.text) >= _GRAM) and (not self.digits or len(self.digits) >= _DIGITS)


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: reports that have all words, or the ids of those whose reporter has the telephone number.

    Attributes
    ----------
    reading : the scope is so small that all of its reports are read.
    """

    words: tuple[Word, ...]
    of_phone: tuple[int, ...] = ()
    reading: bool = False


def words_of(text: str) -> tuple[Word, ...]:
    """The words of what somebody has typed.

    Raises
    ------
    BadArgument : there are too many of them, or none is long enough to be looked for.
    """
    told = unicodedata.normalize("NFKC", text).split()
    if len(told) > MOST_WORDS:
        raise BadArgument(field="q", reason="too_long", max_length=MOST_WORDS)
    words = []
    for word in told:
        bare = _HYPHENS.sub("", word)
        words.append(Word(word, bare if _NUMBER.fullmatch(bare) and int(bare) < 2**63 else ""))
    if not any(len(word.text) >= _GRAM for word in words):
        raise BadArgument(field="q", reason="search_short", min_length=_GRAM)
    return tuple(words)


def phone_of(text: str) -> str | None:
    """What was typed as a telephone number; None when it is none."""
    told = unicodedata.normalize("NFKC", text).strip()
    return told if _PHONE.fullmatch(told) and 7 <= sum(letter.isdigit() for letter in told) <= 15 else None


async def prepare(
    connection: AsyncConnection, grid: Grid, scope: Scope, words: tuple[Word, ...], of_phone: tuple[int, ...] = ()
) -> Search:
    """A search of words, with the places that they name."""
    asked = {"territory": grid.territory, "words": [_like(word.text) for word in words]}
    named: dict[int, list[int]] = dict(await (await connection.execute(queries.CELLS_NAMED, asked)).fetchall())
    placed = tuple(Word(word.text, word.digits, tuple(named.get(n, ()))) for n, word in enumerate(words, 1))
    return Search(placed, of_phone, reading=is_small(grid, scope))


def is_small(grid: Grid, scope: Scope) -> bool:
    """Whether a scope is a few base grids, so that all of its reports are soon read."""
    if scope.whole or scope.organisations:
        return False
    keys = [level.key for level in grid.levels]
    return sum(scope.covers(zip(keys, leaf.path, strict=True)) for leaf in grid.leaves) <= MOST_READ


def found_by(search: Search) -> tuple[str, dict[str, Any]]:
    """SQL that holds for the rows of `report` that are looked for, and its parameters."""
    values: dict[str, Any] = {"of_phone": list(search.of_phone)}
    every = []
    for n, word in enumerate(search.words):
        ways = [f"words_folded(report.description) LIKE words_folded(%(like{n})s)"]
        values[f"like{n}"] = _like(word.text)
        if len(word.digits) >= _DIGITS:
            ways.append(f"case_digits(report.received_at, report.id) LIKE %(number{n})s")
            values[f"number{n}"] = f"%{word.digits}%"
        elif word.digits:
            ways.insert(0, f"report.id = %(id{n})s")
            values[f"id{n}"] = int(word.digits)
        if word.cells:
            ways.insert(0, f"report.cell_id = ANY (%(cells{n})s)")
            values[f"cells{n}"] = list(word.cells)
        every.append(f"({' OR '.join(ways)})")
    found = " AND ".join(every)
    return (f"({found} OR report.id = ANY (%(of_phone)s))" if search.of_phone else found), values


def leads(search: Search, span: str) -> tuple[str, dict[str, Any]] | None:
    """SQL of the keys of all reports that may be meant; None when they are found sooner by reading a list.

    Parameters
    ----------
    span : condition on `received_at` that the keys have to meet too.
    """
    if search.reading:
        return None
    values: dict[str, Any] = {}
    for n, word in enumerate(search.words):
        values |= {f"word{n}": word.text, f"digits{n}": word.digits}
    sure = [n for n, word in enumerate(search.words) if word.leads]
    ids, ways = list(search.of_phone), []
    if not sure:
        # The longest word leads; of several, that with the fewest places.
        one, word = max(enumerate(search.words), key=lambda each: (len(each[1].text) >= _GRAM, -len(each[1].cells)))
        if len(word.cells) > MOST_LEAD:
            return None
        sure = [one]
        values["lead_cells"] = list(word.cells)
        ways.append(queries.KEYS_OF_CELLS)
        ids += [int(word.digits)] if word.digits else []
    ways.append(queries.KEYS_BY_WORDS)
    if ids:
        values["lead_ids"] = ids
        ways.append(queries.KEYS_OF_IDS)
    by_words = " AND ".join(_by_word(n, search.words[n]) for n in sure)
    return " UNION ".join(way.format(words=by_words, span=span) for way in ways), values


def _by_word(n: int, word: Word) -> str:
    as_number = f" OR grams @> digits_grams(%(digits{n})s)" if len(word.digits) >= _DIGITS else ""
    return f"(grams @> words_grams(%(word{n})s){as_number})"


def _like(text: str) -> str:
    """A pattern of LIKE for what contains a text."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"
