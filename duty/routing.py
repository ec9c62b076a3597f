"""Which desk or organisation a case goes to: rules as data, the first that fits wins, and says why. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wangge.geo.grid import Cell, CellShare, Grid

__all__ = [
    "CENTRE",
    "DAYS",
    "Body",
    "Circle",
    "Directory",
    "Hours",
    "Matter",
    "Party",
    "Place",
    "Point",
    "Route",
    "Rule",
    "Rules",
    "Target",
    "likelier",
    "likelier_cell",
    "matter_of",
    "route",
]

Place = tuple[str, str]
"""A cell, as its level's key and its code."""

Circle = tuple[float, float, float]
"""An error circle, as lon and lat of its centre and its radius in metres."""

Point = tuple[float, float]
"""A WGS-84 position, as lon and lat."""

CENTRE = "centre"
"""What a rule calls the desk of the command centre."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the day in minutes after midnight, from `start` to before `end`; it may pass midnight."""

    start: int
    end: int

    def hold(self, at: datetime) -> bool:
        """Whether a local time lies in them."""
        minute = at.hour * 60 + at.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.start, self.end))


@dataclass(frozen=True, slots=True)
class Target:
    """One party that a rule names: exactly one of the three.

    Attributes
    ----------
    desk : key of a level, for the desk of the matter's cell on it; or CENTRE.
    organisation : code of one organisation.
    type : type of an organisation; the one attached to the smallest of the matter's cells.
    needed : whether the case is handled only once this party has reported.
    """

    desk: str | None = None
    organisation: str | None = None
    type: str | None = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """Where matters of a kind go. What is left empty fits everything.

    Attributes
    ----------
    categories : codes of categories.
    kinds : kinds of cell.
    within : codes of cells, of any level, in which the matter lies.
    areas : areas of overlays in which it lies, each as its overlay's key, a colon and its code.
    days : of the week, 0 for Monday; of the matter's own day, also after midnight.
    hours : of the day, in local time.
    name : what people call the rule, by language.
    """

    to: tuple[Target, ...]
    categories: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    days: frozenset[int] = frozenset()
    hours: Hours | None = None
    name: Mapping[str, str] = field(default_factory=dict)

    def fits(self, matter: "Matter") -> bool:
        """Whether a matter is of the kind that the rule is for."""
        return (
            (not self.categories or matter.category in self.categories)
            and (not self.kinds or matter.cell_kind in self.kinds)
            and (not self.within or any(code in self.within for _, code in matter.path))
            and (not self.areas or not self.areas.isdisjoint(matter.areas))
            and (not self.days or matter.at.weekday() in self.days)
            and (self.hours is None or self.hours.hold(matter.at))
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a territory's rules, in their order; version 0 has none, and everything takes the default."""

    version: int = 0
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What the rules look at.

    Attributes
    ----------
    cell_kind : kind of the base grid, None where nobody has said it.
    at : local time.
    path : the cells from the top down to the base grid.
    others : codes of the other base grids that the error circle of the position touches.
    areas : of each overlay, where its position lies on its day, each as its overlay's key, a colon and its code.
    """

    category: str
    cell_kind: str | None
    at: datetime
    path: tuple[Place, ...]
    others: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation that may be given cases, and the cells it is attached to."""

    id: int
    code: str
    type: str
    cells: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class Directory:
    """Who is there: active desks by their cell, None for the centre's; kinds of cells; active organisations."""

    desks: Mapping[Place | None, int]
    kinds: Mapping[Place, str] = field(default_factory=dict)
    bodies: Sequence[Body] = ()

    def kind(self, path: Sequence[Place]) -> str | None:
        """The kind of the last cell of a path, else of the nearest one above that has a kind."""
        return next((self.kinds[place] for place in reversed(path) if place in self.kinds), None)

    def find(self, target: Target, path: Sequence[Place]) -> "Party | None":
        """Who a target is for a matter in these cells; None when there is nobody."""
        if target.desk is not None:
            at = next((place for place in path if place[0] == target.desk), None)
            desk = self.desks.get(at) if at or target.desk == CENTRE else None
            return Party(desk=desk, needed=target.needed) if desk is not None else None
        if target.organisation is not None:
            named = next((body for body in self.bodies if body.code == target.organisation), None)
            return Party(organisation=named.id, needed=target.needed) if named else None
        near = [body for body in self.bodies if body.type == target.type]
        for place in reversed(path):
            here = [body for body in near if place in body.cells]
            if here:
                return Party(organisation=min(here, key=lambda body: body.code).id, needed=target.needed)
        return None


@dataclass(frozen=True, slots=True)
class Party:
    """Who gets a task: a desk or an organisation, by id."""

    desk: int | None = None
    organisation: int | None = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """Where a matter goes, and why; `why` is made of plain values, to be kept with the dispatch."""

    parties: tuple[Party, ...]
    why: Mapping[str, Any]


def route(rules: Rules, matter: Matter, directory: Directory) -> Route:
    """The parties of the first rule that fits and whose needed parties are all there; else the base grid's own desk.

    The desk of a cell above, or of the centre, takes what the base grid's desk cannot. `why` holds: `rule`, the
    1-based place of the rule, None for the default; `version` of the rules; `name` of the rule; the facts that were
    looked at (`category`, `cell`, `kind`, `at`, `areas`); `passed`, the rules that fitted but lacked a party, and
    which; and `others`, the base grids that the position might also mean.

    Raises
    ------
    LookupError : the directory has not even a desk for the centre.
    """
    passed: list[dict[str, Any]] = []
    for position, rule in enumerate(rules.rules, 1):
        if not rule.fits(matter):
            continue
        found = [(target, directory.find(target, matter.path)) for target in rule.to]
        missing = [_called(target) for target, party in found if party is None and target.needed]
        parties = _distinct([party for _, party in found if party is not None])
        if parties and not missing:
            return Route(parties, _why(rules, matter, position, rule, passed))
        passed.append({"rule": position, "missing": missing or [_called(target) for target, _ in found]})
    for place in (*reversed(matter.path), None):
        desk = directory.desks.get(place)
        if desk is not None:
            return Route((Party(desk=desk),), _why(rules, matter, None, None, passed))
    raise LookupError("a territory without a desk for its centre")


def matter_of(
    grid: Grid,
    directory: Directory,
    category: str,
    at: datetime,
    cells: Sequence[Place],
    circle: Circle | None = None,
    point: Point | None = None,
) -> Matter:
    """A case as the rules see it, whoever asks: in the likelier base grid, in local time.

    Parameters
    ----------
    at : an aware time.
    cells : from the top down to the base grid that covers the case's point.
    circle : the position's error circle, where it reaches into another base grid.
    point : the position, where areas of overlays are to be known.
    """
    path, others = likelier(grid, cells, circle)
    areas = tuple(f"{where.overlay}:{where.code}" for where in grid.areas_at(*point, at)) if point else ()
    return Matter(category, directory.kind(path), at.astimezone(grid.timezone), path, others, areas)


def likelier(
    grid: Grid, cells: Sequence[Place], circle: Circle | None = None
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Path of the base grid that most of the error circle lies in, and the codes of the others that it touches.

    The cells themselves, and no others, without a circle and where the grid has no such base grid.

    Parameters
    ----------
    cells, circle : see `matter_of`.
    """
    cell = grid.cell(*cells[-1])
    if circle is None or cell is None:
        return tuple(cells), ()
    chosen, others = likelier_cell(cell, grid.candidates(*circle))
    return tuple((level.key, code) for level, code in zip(grid.levels, chosen.path, strict=True)), others


def likelier_cell(cell: Cell, candidates: Sequence[CellShare]) -> tuple[Cell, tuple[str, ...]]:
    """The base grid that most of the error circle lies in, and the codes of the others that it touches.

    Of equal shares the cell that covers the point is the likelier; without candidates it is the only one.
    """
    best = max(candidates, key=lambda share: (share.share, share.cell.code == cell.code), default=None)
    chosen = best.cell if best and best.cell.code != cell.code else cell
    return chosen, tuple(share.cell.code for share in candidates if share.cell.code != chosen.code)


def _distinct(parties: Sequence[Party]) -> tuple[Party, ...]:
    """Each party once; needed where any of its mentions is."""
    found: dict[tuple[int | None, int | None], Party] = {}
    for party in parties:
        before = found.get((party.desk, party.organisation))
        if before is None or party.needed:
            found[party.desk, party.organisation] = party
    return tuple(found.values())


def _called(target: Target) -> str:
    return target.desk or target.organisation or target.type or ""


def _why(
    rules: Rules, matter: Matter, position: int | None, rule: Rule | None, passed: list[dict[str, Any]]
) -> dict[str, Any]:
    """The explanation, with what is empty left out."""
    why: dict[str, Any] = {
        "rule": position,
        "version": rules.version,
        "name": dict(rule.name) if rule else None,
        "category": matter.category,
        "cell": matter.path[-1][1] if matter.path else None,
        "kind": matter.cell_kind,
        "at": matter.at.isoformat(timespec="minutes"),
        "passed": passed,
        "others": list(matter.others),
        "areas": list(matter.areas),
    }
    return {key: value for key, value in why.items() if value or key in ("rule", "version")}
