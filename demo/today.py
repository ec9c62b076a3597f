"""The year as it is when the demo opens: it ends today, and what is open lies where somebody can go on with it. Pure.

The file tells of a year that is over. All of it is carried to the year that ends on a day, by whole days, and turned by
up to six, so that its Mondays are Mondays: what is too late for the end stands at the beginning. What the file
does not close is closed as the others are; as many cases are open instead, with the desks, officers and parties whose
accounts the demo makes, in every state. Each changes its moment with another report, so that no day has more or fewer
than the file says.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice

from wangge.demo.accounts import DOORS
from wangge.demo.courses import Course, Filed
from wangge.demo.standing import BEFORE, OPEN, STEP_OF, since
from wangge.geo.grid import Grid, Outside
from wangge.reports.policy.policy import Policy

__all__ = ["AFTERNOON", "SETTLED", "Today", "arrange", "chance", "words_of"]

SETTLED = timedelta(days=45)
"""What was filed longer ago takes the course that the file says; after that there is less and less time for it."""

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some open cases: where they lie, where they stand, and how much of the limit there has passed.

    `rises` is how many levels they were raised; with `slow`, they are of categories that take days to handle.
    """

    count: int
    where: str
    stands: str
    waits: float
    rises: int = 0
    slow: bool = False


LAMP = "lamp"
SLOW = frozenset({"road", "green", "building", "dispute", "other"})
WANTED = (
    # the officer's own base grid
    *(Wanted(1, "grid", "dispatched", 0.3, slow=True), Wanted(1, "grid", "handling", 0.6, slow=True)),
    *(Wanted(1, "grid", "returned", 0.5, slow=True), Wanted(1, "grid", "rejected", 0.3, slow=True)),
    *(Wanted(2, "grid", "assigned", 0.4), Wanted(1, "grid", "assigned", 8), Wanted(1, "grid", "registered", 0.5)),
    *(Wanted(1, "grid", "registered", 12), Wanted(1, "grid", "reported", 0.85), Wanted(1, "grid", "parked", 1)),
    *(Wanted(1, "grid", "verified", 3),),
    # the community around it
    *(Wanted(2, "community", "handling", 0.6, slow=True), Wanted(2, "community", "extension", 0.6, 1, slow=True)),
    *(Wanted(2, "community", "raised", 0.5, 1), Wanted(2, "community", "raised", 30, 1)),
    *(Wanted(2, "community", "assigned", 70), Wanted(1, "community", "reported", 2)),
    *(Wanted(2, "community", "parked", 1),),
    # the street
    *(Wanted(3, "street", "handling", 0.7, 2, slow=True), Wanted(2, "street", "reopened", 0.4, slow=True)),
    *(Wanted(3, "street", "accepted", 0.4, 2, slow=True), Wanted(2, "street", "returned", 1.5, slow=True)),
    *(Wanted(2, "street", "raised", 0.5, 2), Wanted(1, "street", "raised", 40, 2)),
    *(Wanted(3, "street", "parked", 0.6, 2), Wanted(2, "street", "verified", 0.9)),
    *(Wanted(2, "street", "reported", 0.9), Wanted(2, "street", "assigned", 0.6)),
    # the party that mends street lamps, wherever they stand
    *(Wanted(3, LAMP, "dispatched", 0.1), Wanted(3, LAMP, "accepted", 0.2), Wanted(3, LAMP, "handling", 0.3)),
    *(Wanted(1, LAMP, "extension", 0.3), Wanted(2, LAMP, "rejected", 0.2)),
    # the whole territory, and what has come up to its centre
    *(Wanted(3, "anywhere", "raised", 0.9, 3), Wanted(2, "anywhere", "raised", 60, 3)),
    *(Wanted(2, "anywhere", "handling", 0.7, 3, slow=True), Wanted(2, "anywhere", "handling", 0.5, slow=True)),
    *(Wanted(4, "anywhere", "dispatched", 0.4, slow=True), Wanted(4, "anywhere", "accepted", 0.5, slow=True)),
    *(Wanted(4, "anywhere", "assigned", 0.3), Wanted(2, "anywhere", "assigned", 45)),
    *(Wanted(3, "anywhere", "registered", 0.6), Wanted(2, "anywhere", "registered", 40)),
    *(Wanted(2, "anywhere", "reported", 0.5), Wanted(1, "anywhere", "verified", 0.6)),
    *(Wanted(2, "anywhere", "parked", 0.8, 3), Wanted(1, "anywhere", "parked", 0.8)),
)
"""Handling has the better part of a day left everywhere: until then the year's figures are what they are said to be."""

AFTERNOON = time(15)
"""By this the day is reckoned on which an open case came in, whatever the time is when the demo opens."""


@dataclass(frozen=True, slots=True)
class Today:
    """The day on which the year ends, and the moment up to which it has been."""

    day: date
    now: datetime


def words_of(year: Sequence[Filed]) -> Mapping[str, Sequence[str]]:
    """What people say at an incident or an end, as the courses of a year have it."""
    words: dict[str, dict[str, None]] = defaultdict(dict)
    for filed in year:
        if filed.course.words:
            words[filed.course.incident or filed.course.end][filed.course.words] = None
    return {what: tuple(said) for what, said in words.items()}


def arrange(year: Sequence[Filed], grid: Grid, policy: Policy, today: Today) -> list[Filed]:
    """The year as it ends today, in the order of time. Which report is what depends on the day alone.

    Parameters
    ----------
    year : in the order of time, from a file.
    policy : by which limits run.
    """
    opened = {index: _open(year[index].course, wanted) for index, wanted in _chosen(year, grid).items()}
    afternoon = datetime.combine(today.day, AFTERNOON, grid.timezone)
    days = {
        index: (today.day - _received(year[index], course, policy, afternoon).astimezone(grid.timezone).date()).days
        for index, course in opened.items()
    }
    calendar = _Calendar.of(year, grid, today.day)
    moments = _exchanged(year, days, grid, calendar)
    arranged = []
    for index, filed in enumerate(year):
        if course := opened.get(index):
            at = _received(filed, course, policy, today.now)
        else:
            at = _carried(moments[index], calendar, grid, today)
            course = _hastened(filed.course, today.now - at)
        arranged.append(Filed(filed.record | {"occurred_at": at.isoformat(timespec="seconds")}, at, course))
    return sorted(arranged, key=lambda filed: filed.at)


def _chosen(year: Sequence[Filed], grid: Grid) -> dict[int, Wanted]:
    """Which reports are open at the end: the latest of each place that are free, in no order of their own."""
    free = _by_place(year, grid)
    taken: dict[int, Wanted] = {}
    for wanted in WANTED:
        fit = (
            index
            for index in free[wanted.where]
            if index not in taken and (not wanted.slow or year[index].record["category"] in SLOW)
        )
        taken |= dict.fromkeys(list(islice(fit, wanted.count)), wanted)
    return taken


def _by_place(year: Sequence[Filed], grid: Grid) -> dict[str, list[int]]:
    """Reports by where they lie, seen from the door of the demo, and those of lamps; the latest first."""
    door = grid.locate(*DOORS[grid.territory]) if grid.territory in DOORS else None
    if door is None or isinstance(door, Outside):
        return defaultdict(list)
    lons, lats = ([float(filed.record[axis]) for filed in year] for axis in ("lon", "lat"))
    position = grid.locate_many(lons, lats).position
    found: dict[str, list[int]] = defaultdict(list)
    for index in range(len(year) - 1, -1, -1):
        path = grid.leaves[position[index]].path
        same = sum(mine == its for mine, its in zip(path, door.cell.path, strict=True))
        found[("anywhere", "street", "community", "grid")[same]].append(index)
        if year[index].record["category"] == LAMP and same < 2:
            found[LAMP].append(index)
    found["anywhere"] = [index for index in found["anywhere"] if year[index].record["category"] != LAMP]
    return found


def _open(course: Course, wanted: Wanted) -> Course:
    return replace(course, end=OPEN, incident=wanted.stands, waits=wanted.waits, rises=wanted.rises)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The days of the file beside those of the year that ends today.

    Attributes
    ----------
    last : of the file.
    length : of either year, in days.
    turned : by how many days, so that weekdays are the same.
    """

    last: date
    length: int
    turned: int
    today: date

    @classmethod
    def of(cls, year: Sequence[Filed], grid: Grid, today: date) -> "_Calendar":
        first, last = (filed.at.astimezone(grid.timezone).date() for filed in (year[0], year[-1]))
        return cls(last, (last - first).days + 1, (last.weekday() - today.weekday()) % 7, today)

    def day(self, of_file: date) -> date:
        """The day to which one of the file is carried."""
        return self.today - timedelta(days=((self.last - of_file).days - self.turned) % self.length)

    def of_file(self, ago: int) -> date:
        """The day of the file that is carried to so many days before today."""
        return self.last - timedelta(days=(ago + self.turned) % self.length)


def _exchanged(year: Sequence[Filed], days: Mapping[int, int], grid: Grid, calendar: _Calendar) -> dict[int, datetime]:
    """The moments of the file, after each open case has given its own to a report of the day on which it came in.

    Parameters
    ----------
    days : how many days ago that is, by the place of the open cases in the year.
    """
    by_day: dict[date, list[int]] = defaultdict(list)
    for index in sorted(range(len(year)), key=lambda index: chance(year[index].key)):
        if index not in days:
            by_day[year[index].at.astimezone(grid.timezone).date()].append(index)
    moments = {index: filed.at for index, filed in enumerate(year)}
    for index, ago in days.items():
        wished = (calendar.of_file(ago + n) for n in range(calendar.length))
        other = next(by_day[day].pop() for day in wished if by_day[day])
        moments[other] = year[index].at
    return moments


def _received(filed: Filed, course: Course, policy: Policy, now: datetime) -> datetime:
    """When an open case came in: as long ago as it takes to come where it stands."""
    turn = since(policy, STEP_OF[course.incident], filed.record["category"], course.waits, now)
    before = BEFORE.get(course.incident, QUARTER) * (1 + chance(filed.key))
    return min(turn - before, now - timedelta(seconds=30)).replace(microsecond=0)


def _carried(at: datetime, calendar: _Calendar, grid: Grid, today: Today) -> datetime:
    """A moment of the file in the year that ends today; those of today lie before now."""
    there = at.astimezone(grid.timezone)
    carried = datetime.combine(calendar.day(there.date()), there.time(), grid.timezone)
    if carried.date() < today.day:
        return carried
    midnight = carried.replace(hour=0, minute=0, second=0)
    share = (carried - midnight) / timedelta(days=1)
    return midnight + timedelta(seconds=int((today.now - midnight).total_seconds() * share))


def _hastened(course: Course, age: timedelta) -> Course:
    """A course that ends closed, and comes to its end by today."""
    ended = course if course.end == "closed" else replace(course, end="closed", incident="", into="")
    if age >= SETTLED:
        return ended
    rest = max(age / SETTLED, 0.02)
    shares = {step: getattr(ended, step) * rest for step in ("register", "dispatch", "handle", "verify", "close")}
    return replace(ended, incident="", **shares)


def chance(key: str) -> float:
    """A number from 0 to 1 that is drawn from a name, the same each time."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") / 2**32
