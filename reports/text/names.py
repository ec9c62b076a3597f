"""Categories by their names and words, where nothing was learned yet. Pure."""

from collections.abc import Mapping, Sequence

from wangge.reports.text.grams import folded
from wangge.reports.text.model import SHOWN, Suggestion

__all__ = ["by_names"]

ENOUGH = 0.6
"""So much of a name stands in a text that speaks of it."""


def by_names(text: str, terms: Mapping[str, Sequence[str]]) -> list[Suggestion]:
    """The categories of whose names or words most stands in a text, at most three; none where none does.

    Parameters
    ----------
    terms : names and words by the code of a category.
    """
    plain = folded(text)
    found = []
    for code, each in terms.items():
        shares = [(_share(term, plain), len(term)) for term in map(folded, each) if term]
        best = max(shares, default=(0.0, 0))
        if best[0] >= ENOUGH:
            found.append((best, code))
    found.sort(key=lambda one: one[0], reverse=True)
    return [Suggestion(code, None) for _, code in found[:SHOWN]]


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _share(term: str, text: str) -> float:
    """How much of a term stands in a text: of words their number, where letters make them, else pairs of characters."""
    if term.isascii():
        words = term.split()
        return sum(f" {word}" in f" {text}" for word in words) / len(words)
    own = _pairs(term)
    if term in text or not own:
        return float(term in text)
    return len(own & _pairs(text)) / len(own)
