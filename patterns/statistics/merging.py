"""Repeats and sessions: reports that are not a new problem each, made one before anything is tested.

Somebody who asks again, and somebody who walks through a street and files what they see, break every test of clusters,
because their reports do not come independently.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

__all__ = [
    "PLACE_M",
    "REPEAT_S",
    "SESSION_M",
    "SESSION_S",
    "UNKNOWN",
    "Filed",
    "first_of_sessions",
    "fresh",
    "sessions",
]

UNKNOWN = -1
PLACE_M = 50.0
REPEAT_S = 7 * 86_400.0
SESSION_M = 1_000.0
SESSION_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Filed:
    """Reports in the order of their times, arrays of (n,): a plane in metres, seconds, kind, and who reported.

    `reporter` is UNKNOWN where it is not known; two of those may be the same.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    at: NDArray[np.float64]
    kind: NDArray[np.int64]
    reporter: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)

    def only(self, which: NDArray[np.bool_]) -> "Filed":
        """Some of them."""
        return self.at_positions(np.flatnonzero(which))

    def at_positions(self, of: NDArray[np.int64]) -> "Filed":
        """Those at some positions, in their order."""
        return Filed(self.x[of], self.y[of], self.at[of], self.kind[of], self.reporter[of])


def fresh(filed: Filed) -> NDArray[np.bool_]:
    """Those that do not repeat: of one reporter, kind and place the first in seven days, bool (n,).

    Reporters who are not known are taken for one at one place: whether three of them or one asked, nobody can say.
    """
    a, b = _pairs(filed, PLACE_M, REPEAT_S)
    same = filed.reporter[a] == filed.reporter[b]
    a, b = np.minimum(a[same], b[same]), np.maximum(a[same], b[same])
    keep = np.ones(len(filed), bool)
    for earlier, later in sorted(zip(a.tolist(), b.tolist(), strict=True), key=lambda pair: pair[::-1]):
        if keep[earlier]:
            keep[later] = False
    return keep


def sessions(filed: Filed) -> NDArray[np.int64]:
    """The session of each report, numbered in the order of their first reports, (n,).

    A report belongs to the session of another of its kind within 60 minutes and a kilometre, unless both reporters are
    known and differ.
    """
    a, b = _pairs(filed, SESSION_M, SESSION_S)
    one, other = filed.reporter[a], filed.reporter[b]
    joined = (one == other) | (one == UNKNOWN) | (other == UNKNOWN)
    n = len(filed)
    graph = coo_array((np.ones(int(joined.sum())), (a[joined], b[joined])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    rank = np.empty(len(first), np.int64)
    rank[label[np.sort(first)]] = np.arange(len(first))
    result: NDArray[np.int64] = rank[label]
    return result


def first_of_sessions(session: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the first report of each session."""
    return np.unique(session, return_index=True)[1]


def _pairs(filed: Filed, metres: float, seconds: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of reports of one kind that are near each other in space and time."""
    found: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    for kind in np.unique(filed.kind):
        of = np.flatnonzero(filed.kind == kind)
        points = np.column_stack([filed.x[of] / metres, filed.y[of] / metres, filed.at[of] / seconds])
        found.append(of[cKDTree(points).query_pairs(1.0, p=np.inf, output_type="ndarray")].reshape(-1, 2))
    a, b = np.concatenate(found).T
    near = np.hypot(filed.x[a] - filed.x[b], filed.y[a] - filed.y[b]) <= metres
    return a[near], b[near]
