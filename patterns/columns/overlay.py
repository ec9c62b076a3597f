"""What the changes come to: which reports stand otherwise than in the segments, and how."""

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.generation import Generation, OpenSegment
from wangge.patterns.columns.layout import CHANGE, Rows

__all__ = ["Overlay", "as_changes", "standing"]

TABLED = 1 << 25
"""Span of ids that are looked up in a table of a byte each."""
REMEMBERED = 6
"""Segments whose ids are kept in order, so that reports are found quickly; the others are gone through."""


class Overlay:
    """The reports of a generation that changed since, by id, as they stand now."""

    def __init__(self, generation: Generation) -> None:
        self._segments = generation.segments
        self._now: dict[int, np.void] = {}  # of weight 1; of weight -1 what is gone
        self._orders: OrderedDict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = OrderedDict()

    def take(self, changes: NDArray[np.void]) -> None:
        """Note changes, in their order."""
        for change in changes:
            self._now[int(change["id"])] = change

    def changes(self, ids: NDArray[np.int64], rows: Rows) -> NDArray[np.void]:
        """What must be appended so that reports stand as in `rows`; those of `ids` that are not there are gone."""
        after = {int(row["id"]): row for row in as_changes(rows, 1)}
        before = self._before(ids)
        appended = []
        for report in ids.tolist():
            old, new = before.get(report), after.get(report)
            if old is not None and new is not None and _values(old) == _values(new):
                continue
            if old is not None:
                taken = old.copy()
                taken["weight"] = -1
                appended.append(taken)
            if new is not None:
                appended.append(new)
        return np.array(appended, CHANGE) if appended else np.empty(0, CHANGE)

    def rows(self) -> Rows:
        """The changed reports that are there."""
        there = np.array([change for change in self._now.values() if change["weight"] > 0], CHANGE)
        return Rows._make(np.ascontiguousarray(there[name]) for name in Rows._fields)

    def gone_from(self, segment: OpenSegment) -> NDArray[np.int64]:
        """Ids of a segment's rows that do not stand so any more."""
        changed = np.sort(np.fromiter(self._now, np.int64, len(self._now)))
        found: NDArray[np.int64] = changed[self._positions(segment, changed) >= 0]
        return found

    def _before(self, ids: NDArray[np.int64]) -> dict[int, np.void]:
        """How reports stood last, those that were there."""
        found = {report: self._now[report] for report in ids.tolist() if report in self._now}
        left = np.array([report for report in ids.tolist() if report not in found], np.int64)
        for segment in reversed(self._segments):  # most changes are of late
            if not len(left):
                break
            at = self._positions(segment, left)
            if (there := at >= 0).any():
                for row in as_changes(_rows_at(segment, at[there]), 1):
                    found[int(row["id"])] = row
                left = left[~there]
        return {report: change for report, change in found.items() if change["weight"] > 0}

    def _positions(self, segment: OpenSegment, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which row of a segment each of n ids lies, -1 where in none."""
        name = segment.kept.file
        if name not in self._orders:
            known = np.ascontiguousarray(segment.cold["id"])
            order = np.argsort(known, kind="stable")
            self._orders[name] = known[order], order
        self._orders.move_to_end(name)
        if len(self._orders) > REMEMBERED:
            self._orders.popitem(last=False)
        known, order = self._orders[name]
        at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        found: NDArray[np.int64] = np.where(known[at] == ids, order[at], -1)
        return found


def standing(generation: Generation, changes: NDArray[np.void], ids: NDArray[np.int64]) -> NDArray[np.void]:
    """Reports by their ids, as they stand in a generation and the changes that follow it; of what is gone no row.

    Returns
    -------
    NDArray of CHANGE, of weight 1
    """
    late = changes[_among(changes["id"], ids)][::-1]
    changed, last = np.unique(late["id"], return_index=True)
    now = late[last]
    found = [now[now["weight"] > 0]]
    left = np.setdiff1d(ids, changed)
    for segment in generation.segments:
        at = np.flatnonzero(_among(segment.cold["id"], left))
        if len(at):
            found.append(as_changes(_rows_at(segment, at), 1))
    return np.concatenate(found, dtype=CHANGE)


def _among(known: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of n ids are among others; those of cases lie close together, so that a table of them is small."""
    close = len(ids) > 0 and int(ids.max()) - int(ids.min()) < TABLED
    return np.isin(known, ids, kind="table" if close else None)


def _rows_at(segment: OpenSegment, at: NDArray[np.int64]) -> Rows:
    cold = segment.cold[at]
    columns = [column[at] for column in segment.columns.values()]
    columns[5] = columns[5].astype("u4")
    return Rows(*columns, *(np.ascontiguousarray(cold[name]) for name in ("id", "lon", "lat")))


def as_changes(rows: Rows, weight: int) -> NDArray[np.void]:
    """Rows as changes of one weight."""
    changes = np.zeros(len(rows.id), CHANGE)
    changes["weight"] = weight
    for name, column in rows._asdict().items():
        changes[name] = column
    return changes


def _values(change: np.void) -> tuple[object, ...]:
    return tuple(change[name] for name in Rows._fields)
