"""A text as numbers: how often each run of one to four characters stands in it, in columns found by a hash.

Runs of characters need no list of words, so that Chinese and English are the same to them; a hash needs no list of
runs, so that what is learned from texts holds none of them. Pure.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Set
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["COLUMNS", "folded", "grams_of", "likeness", "pairs_of"]

COLUMNS = 1 << 16
"""Of the table of runs; two that fall into one column are taken for the same."""

LONGEST_TEXT = 2000
LONGEST_RUN = 4
_BLANKS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d")


def folded(text: str) -> str:
    """A text without what does not tell matters apart: width, case, punctuation, which number it is."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    return _BLANKS.sub(" ", _DIGITS.sub("0", plain)).strip()


def grams_of(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns of a text's runs, each once and in order, and how much each counts: 1 + ln n."""
    plain = f" {folded(text)} "
    runs = Counter(
        plain[i : i + n]
        for n in range(1, LONGEST_RUN + 1)
        for i in range(len(plain) - n + 1)
        if plain[i : i + n] != " "
    )
    counts: Counter[int] = Counter()
    for run, n in runs.items():
        counts[crc32(run.encode()) % COLUMNS] += n
    columns = np.array(sorted(counts), np.int64)
    return columns, (1 + np.log([counts[int(column)] for column in columns])).astype(np.float32)


def pairs_of(text: str) -> frozenset[str]:
    """The runs of two characters of a text, for `likeness`."""
    plain = folded(text)
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def likeness(one: Set[str], other: Set[str]) -> float | None:
    """How much two texts have in common by their `pairs_of`, from 0 to 1; None where one says nothing."""
    return len(one & other) / len(one | other) if one and other else None
