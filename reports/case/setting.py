"""What the moves of a territory are decided by: its grid, its limits, its desks and organisations, its rules. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from wangge.duty.routing import Body, Directory, Place, Route, Rules, likelier, matter_of, route
from wangge.geo.grid import Grid
from wangge.reports.case.case import Case
from wangge.reports.categories.proof import Proof
from wangge.reports.policy.policy import Policy

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """What stays the same from move to move."""

    grid: Grid
    policy: Policy
    directory: Directory
    rules: Rules
    photos: Mapping[str, Proof] = field(default_factory=dict)
    """The photos that a report back must come with, by category; those that ask for none are left out."""
    numbered: Collection[str] = ()
    """The categories whose reports may be about assets."""

    @cached_property
    def places(self) -> dict[int, Place | None]:
        """The cell of each desk, None for the centre's."""
        return {desk: place for place, desk in self.directory.desks.items()}

    @cached_property
    def _bodies(self) -> dict[int, Body]:
        return {body.id: body for body in self.directory.bodies}

    def works_in(self, organisation: int, cells: Collection[Place | None]) -> bool:
        """Whether an organisation may be given a task in some cells: one is its own, or it has none."""
        body = self._bodies.get(organisation)
        return body is not None and (not body.cells or not body.cells.isdisjoint(cells))

    def path(self, place: Place) -> tuple[Place, ...]:
        """The cells from the top down to one of the current edition's; the cell alone when that has none such."""
        cell = self.grid.cell(*place)
        if cell is None:
            return (place,)
        return tuple((level.key, code) for level, code in zip(self.grid.levels, cell.path, strict=False))

    def ladder(self, case: Case) -> tuple[Place, ...]:
        """The cells, from the top down, by which a case rises: those it lies in, or its desk's if that is elsewhere."""
        place = self.places.get(case.desk) if case.desk is not None else None
        return case.cells if place is None or place in case.cells else self.path(place)

    def likelier(self, case: Case) -> tuple[tuple[Place, ...], tuple[str, ...]]:
        """Path of the base grid that most of a case's error circle lies in, and the codes of the others it touches."""
        return likelier(self.grid, case.cells, case.circle)

    def route(self, case: Case, now: datetime) -> Route:
        """Where a case goes that is dispatched without saying to whom, and why."""
        matter = matter_of(self.grid, self.directory, case.category, now, case.cells, case.circle, case.point)
        return route(self.rules, matter, self.directory)
