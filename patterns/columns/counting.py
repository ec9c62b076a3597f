"""Counts reports by several measures at once: from the sums and lists where these answer, else by a scan."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.patterns.columns.area import Area, area_of
from wangge.patterns.columns.generation import Generation
from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.layout import EPOCH
from wangge.patterns.columns.places import interleave
from wangge.patterns.columns.raster import LISTED, Bins, Raster, blocks_of, coarser
from wangge.patterns.columns.tally import Tally

__all__ = ["LISTED", "Bins", "Counts", "Question", "Wanted", "count", "day_number", "listed"]

LAST_DAY = 65535
_ALL = 0xFFFFFFFF

Array = NDArray[np.uint32]


def day_number(day: date) -> int:
    """Days since EPOCH, as far as the columns hold them."""
    return min(LAST_DAY, max(0, int((np.datetime64(day, "D") - EPOCH).astype(int))))


@dataclass(frozen=True, slots=True)
class Question:
    """Which reports are counted; None, or an empty tile, is all of them.

    Attributes
    ----------
    since, until : local days, both included.
    categories, states, urgencies, sources : any of these.
    hours : of the week, from Monday's first (0) to Sunday's last (167).
    cells : ids of base grids, of any edition, that reports are assigned to.
    here : ids of base grids of the present edition that cover their places.
    tile : zoom, column and line of the Mercator grid.
    area : a polygon, lon and lat, whose rim belongs to it.
    """

    since: date | None = None
    until: date | None = None
    categories: frozenset[str] | None = None
    states: frozenset[str] | None = None
    urgencies: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    hours: frozenset[int] | None = None
    cells: frozenset[int] | None = None
    here: frozenset[int] | None = None
    tile: tuple[int, int, int] | None = None
    area: BaseGeometry | None = None

    @property
    def days(self) -> tuple[int, int]:
        """First and last day, counted from EPOCH."""
        return day_number(self.since) if self.since else 0, day_number(self.until) if self.until else LAST_DAY


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is counted: besides the total, by bin of a zoom up to LISTED, and by each of the others that is true."""

    bins: int | None = None
    cells: bool = False
    days: bool = False
    categories: bool = False
    hours: bool = False
    flags: bool = False


@dataclass(slots=True)
class Counts:
    """The answer; what was not asked for is None.

    `cells` are by the code of an entry of the manifest, `days` from `first_day` on, `categories` and `flags` by code,
    `hours` by hour of the week.
    """

    total: int = 0
    bins: Bins | None = None
    cells: Array | None = None
    days: Array | None = None
    first_day: int = 0
    categories: Array | None = None
    hours: Array | None = None
    flags: Array | None = None


@dataclass(slots=True)
class _Asked:
    """A question in the scan's form."""

    days: tuple[int, int]
    categories: NDArray[np.uint8] | None
    flags: NDArray[np.uint8] | None
    hours: NDArray[np.uint8] | None
    cells: NDArray[np.uint8] | None
    places: tuple[int, int]
    area: Area | None

    def form(self) -> tuple[Any, ...]:
        area = (self.area.table, self.area.shift, self.area.first) if self.area else (None, 0, 0)
        return (*self.days, self.categories, self.flags, self.hours, self.cells, *self.places, *area)

    @property
    def plain(self) -> bool:
        """Whether nothing but categories, days and places is asked about."""
        return self.flags is None and self.hours is None and self.cells is None and self.area is None


def count(
    generation: Generation,
    changes: NDArray[np.void] | None,
    question: Question,
    wanted: Wanted,
    others: NDArray[np.void] | None = None,
) -> Counts:
    """The counts of a generation and the changes that follow it; exact at the place in the feed that these reach.

    Parameters
    ----------
    changes : of CHANGE; None where nothing has changed.
    others : of CHANGE, reports that are counted though they are not in the question's cells.
    """
    asked = _asked(generation, question)
    if asked is None:
        return _nothing(generation, question, wanted)
    changes = changes if changes is not None and len(changes) else None
    others = others if others is not None and len(others) else None
    if (
        others is None
        and wanted == Wanted(bins=wanted.bins)
        and wanted.bins is not None
        and _by_lists(generation, asked)
    ):
        return _listed(generation, changes, asked, wanted.bins)
    tally = _tally(generation, changes, asked, wanted, others)
    tally.total = kernel().count(generation.compiled, changes, asked.form(), tally.form())
    if asked.area is not None:
        asked.area.count_border(generation.segments, changes, asked.form(), tally)
    if others is not None:
        anywhere = replace(asked, cells=None).form()
        tally.total += kernel().count([], others, anywhere, tally.form())
        if asked.area is not None:
            asked.area.count_border([], others, anywhere, tally)
    return _counts(tally, wanted)


def _asked(generation: Generation, question: Question) -> _Asked | None:
    """The question in the scan's form; None where nothing can be in it."""
    codes, places = generation.codes, generation.manifest.places
    first, last = question.days
    stretch = (0, _ALL)
    if question.tile is not None:
        found = places.tile(*question.tile) if question.tile[0] >= places.coarsest else None
        if found is None:
            return None
        stretch = found
    if first > last:
        return None
    cells = None
    for ids, of in ((question.cells, codes.assigned), (question.here, codes.here)):
        if ids is not None:
            among = np.isin(of, np.fromiter(ids, np.int64, len(ids)))
            cells = among if cells is None else cells & among
    return _Asked(
        (first, last),
        codes.category_set(question.categories),
        codes.flag_set(question.states, question.urgencies, question.sources),
        _hour_set(question.hours),
        cells.view(np.uint8) if cells is not None else None,
        stretch,
        area_of(places, question.area) if question.area is not None else None,
    )


def _hour_set(hours: Iterable[int] | None) -> NDArray[np.uint8] | None:
    if hours is None:
        return None
    table = np.zeros(256, np.uint8)
    table[list(hours)] = 1
    return table


def _tally(
    generation: Generation,
    changes: NDArray[np.void] | None,
    asked: _Asked,
    wanted: Wanted,
    others: NDArray[np.void] | None = None,
) -> Tally:
    tally = Tally()
    if wanted.bins is not None:
        occupied = generation.occupied(changes)
        if others is not None:
            occupied = np.union1d(occupied, blocks_of(generation.manifest.places, others["place"]))
        tally.bins = Raster.of(generation.manifest.places, wanted.bins, occupied, asked.places)
    if wanted.cells:
        tally.cells = np.zeros(len(generation.manifest.cells), np.uint32)
    if wanted.days:
        tally.first_day, tally.days = asked.days[0], np.zeros(asked.days[1] - asked.days[0] + 1, np.uint32)
    for name in ("categories", "hours", "flags"):
        if getattr(wanted, name):
            setattr(tally, name, np.zeros(256, np.uint32))
    return tally


def _counts(tally: Tally, wanted: Wanted) -> Counts:
    bins = tally.bins.bins(wanted.bins) if tally.bins is not None and wanted.bins is not None else None
    return Counts(
        tally.total, bins, tally.cells, tally.days, tally.first_day, tally.categories, tally.hours, tally.flags
    )


def _nothing(generation: Generation, question: Question, wanted: Wanted) -> Counts:
    first, last = question.days
    none = _Asked((first, max(first, last)), None, None, None, None, (0, 0), None)
    counts = _counts(_tally(generation, None, none, replace(wanted, bins=None)), wanted)
    counts.bins = Bins.none(wanted.bins) if wanted.bins is not None else None
    return counts


# ---- lists of bins


def _by_lists(generation: Generation, asked: _Asked) -> bool:
    """Whether the lists answer: of all days, by category at the most."""
    first, last = generation.days
    return asked.plain and generation.lists is not None and asked.days[0] <= first and last <= asked.days[1]


def _numbers(generation: Generation, asked: _Asked) -> list[int]:
    """Which lists are asked for."""
    if asked.categories is None:
        return [0]
    return [int(at) + 1 for at in np.flatnonzero(asked.categories) if at + 1 < len(generation.lists)]


def _listed(generation: Generation, changes: NDArray[np.void] | None, asked: _Asked, zoom: int) -> Counts:
    places, lists, numbers = generation.manifest.places, generation.lists, _numbers(generation, asked)
    fine = max(zoom, places.coarsest)
    below, shift = places.zoom - fine, places.shift(fine)
    if len(numbers) == 1 and changes is None:
        room = lists.entries(numbers[0])
        x, y, counts = np.empty((3, room), np.uint32)
        first, last = (place >> shift for place in asked.places)
        pairs = (places.x >> below, places.y >> below, x, y, counts)
        n, total = lists.sum(numbers[0], shift - places.shift(LISTED), first, last, pairs)
        return Counts(total, coarser(Bins(fine, x[:n], y[:n], counts[:n]), zoom))
    tally = _tally(generation, changes, asked, Wanted(bins=zoom))
    assert tally.bins is not None  # noqa: S101 - they are wanted
    for number in numbers:
        lists.add(number, shift - places.shift(LISTED), tally.bins.form())
    kernel().count([], changes, asked.form(), tally.form())
    counted = _counts(tally, Wanted(bins=zoom))
    assert counted.bins is not None  # noqa: S101
    counted.total = int(counted.bins.count.sum())
    return counted


def listed(generation: Generation) -> list[tuple[Array, Array]]:
    """The lists of a generation's segments, counted by scanning: of all reports, then of each category."""
    wanted, lists, places = Wanted(bins=LISTED), [], generation.manifest.places
    below = places.zoom - LISTED
    for code in (None, *generation.manifest.categories):
        asked = _asked(generation, Question(categories=None if code is None else frozenset({code})))
        assert asked is not None  # noqa: S101 - it has neither a tile nor days
        tally = _tally(generation, None, asked, wanted)
        kernel().count(generation.compiled, None, asked.form(), tally.form())
        bins = _counts(tally, wanted).bins
        assert bins is not None  # noqa: S101 - they are wanted
        lists.append((interleave(bins.x - (places.x >> below), bins.y - (places.y >> below)), bins.count))
    return lists
