"""What a file tells of the past of its reports: until when each was to be handled, when it was, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.data.messages import words_in_all
from wangge.geo.files.spelledcolumns import narrow_column, trimmed
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.values import nulls, texts

__all__ = ["HISTORY", "History", "Outcome", "history", "known_outcomes"]

HISTORY = ("due_at", "handled_at", "closed_at", "outcome")
"""Fields of a report that tell of its past."""

Times = NDArray[np.datetime64]
Flags = NDArray[np.bool_]


class Outcome(StrEnum):
    """What became of a report elsewhere."""

    OPEN = "open"
    HANDLED = "handled"
    CLOSED = "closed"
    REFUSED = "refused"
    VOIDED = "voided"


def known_outcomes() -> dict[str, Outcome]:
    """The outcomes by the words for them in every language, in small letters; an import may name others."""
    return {word: one for one in Outcome for word in (one.value, *words_in_all("outcomes", one.value))}


@dataclass(slots=True)
class History:
    """The past of n reports, NaT where there is none; each is either open, handled, closed, refused or voided.

    Attributes
    ----------
    due_at : until when a report was to be handled.
    handled_at, ended_at : when it was, and when it was closed, refused or voided.
    """

    due_at: Times
    handled_at: Times
    ended_at: Times
    outcome: NDArray[np.str_]

    def take(self, rows: NDArray[np.int64]) -> "History":
        """The past of some of the reports."""
        return History(self.due_at[rows], self.handled_at[rows], self.ended_at[rows], self.outcome[rows])


def history(
    columns: Mapping[str, pa.Array],
    times: Mapping[str, Times],
    received_at: Times,
    words: Mapping[str, Outcome],
    sieve: Sieve,
) -> History | None:
    """The past that the columns of a batch tell; rows whose past cannot be fall. None where they tell nothing.

    Parameters
    ----------
    times : of `due_at`, `handled_at` and `closed_at`, NaT where there is none.
    words : outcomes by what the file calls them, in small letters.
    """
    if not set(HISTORY) & columns.keys():
        return None
    due, handled, closed = (times[field] for field in ("due_at", "handled_at", "closed_at"))
    outcome = _outcomes(columns.get("outcome"), handled, closed, words, sieve)
    for field, value, earliest in (
        ("due_at", due, received_at),
        ("handled_at", handled, received_at),
        ("closed_at", closed, received_at),
        ("closed_at", closed, handled),
    ):
        sieve.drop(value < earliest, field, columns.get(field), "datetime_before_earlier")
    ended = np.where(np.isnat(closed), handled, closed)
    handled = np.where(np.isnat(handled), closed, handled)
    is_open, done = outcome == Outcome.OPEN, np.isin(outcome, (Outcome.HANDLED, Outcome.CLOSED))
    sieve.drop(is_open & ~np.isnat(ended), "outcome", columns.get("outcome"), "open_but_ended")
    sieve.drop(done & np.isnat(handled), "handled_at", columns.get("handled_at"), "missing")
    given_up = np.isin(outcome, (Outcome.REFUSED, Outcome.VOIDED))
    ended = np.where(given_up & np.isnat(ended), received_at, ended)  # when, nobody wrote down
    return History(
        due_at=due,
        handled_at=np.where(done, handled, np.datetime64("NaT", "us")),
        ended_at=np.where(given_up | (outcome == Outcome.CLOSED), ended, np.datetime64("NaT", "us")),
        outcome=outcome,
    )


def _outcomes(
    column: pa.Array | None, handled: Times, closed: Times, words: Mapping[str, Outcome], sieve: Sieve
) -> NDArray[np.str_]:
    """Outcomes as the column says, else as the times do."""
    by_times = np.where(~np.isnat(closed), Outcome.CLOSED, np.where(~np.isnat(handled), Outcome.HANDLED, Outcome.OPEN))
    if column is None:
        return by_times
    said = pc.utf8_lower(trimmed(narrow_column(texts(column).values)))
    known = pa.array(list(words), pa.string())
    places = pc.index_in(said, known)
    sieve.drop(nulls(places) & ~nulls(said), "outcome", column, "enum", expected=", ".join(words))
    meant = np.array([*(outcome.value for outcome in words.values()), ""])
    by_word = meant[np.asarray(pc.fill_null(places, len(words)).to_numpy(zero_copy_only=False))]
    return np.where(by_word == "", by_times, by_word)
