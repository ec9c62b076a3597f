"""Where in a territory the asker may read or edit who answers: inside their cells, as everywhere else."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Asker, CurrentGrid
from wangge.api.plumbing.refusals import refuses
from wangge.duty.routing import Place
from wangge.geo.grid import Grid

__all__ = ["Editing", "Planning", "Reach", "Reading", "Ruling"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the roster of a territory somebody reaches with a right.

    A cell is named by its level's key and its code; one that is not in the current grid is reached only by who reaches
    the whole territory.
    """

    person: Person
    right: Right
    grid: Grid
    scope: Scope

    def covers(self, place: Place) -> bool:
        """Whether a cell lies in the asker's cells."""
        return self.scope.whole or self.scope.covers(self.path(place))

    def sees(self, place: Place | None) -> bool:
        """Whether a desk is shown: one in the asker's cells or above them; the centre's, which None stands for."""
        if place is None or self.covers(place):
            return True
        return any(place in self.path(own) for own in self.scope.cells or ())

    def path(self, place: Place) -> list[Place]:
        """The cells from the top down to a cell; empty when the current grid does not have it."""
        cell = self.grid.cell(*place)
        keys = (level.key for level in self.grid.levels)
        return list(zip(keys, cell.path, strict=False)) if cell else []

    def check(self, places: Iterable[Place]) -> None:
        """Raise NotAllowed unless all cells lie in the asker's."""
        if not all(self.covers(place) for place in places):
            raise self._refusal()

    def check_whole(self) -> None:
        """Raise NotAllowed unless the asker has the right in the whole territory."""
        if not self.scope.whole:
            raise self._refusal()

    def _refusal(self) -> NotAllowed:
        roles = sorted({grant.role.value for grant in self.person.grants_in(self.grid.territory)})
        return NotAllowed(right=self.right.value, roles=roles)


@refuses(NotSignedIn, NotAllowed)
async def _reading(asker: Asker, grid: CurrentGrid) -> Reach:
    return Reach(asker, Right.READ_ROSTER, grid, asker.scope(grid.territory, Right.READ_ROSTER))


@refuses(NotSignedIn, NotAllowed)
async def _editing(asker: Asker, grid: CurrentGrid) -> Reach:
    return Reach(asker, Right.EDIT_ROSTER, grid, asker.scope(grid.territory, Right.EDIT_ROSTER))


@refuses(NotSignedIn, NotAllowed)
async def _ruling(asker: Asker, grid: CurrentGrid) -> Reach:
    reach = Reach(asker, Right.EDIT_RULES, grid, asker.scope(grid.territory, Right.EDIT_RULES))
    reach.check_whole()
    return reach


@refuses(NotSignedIn, NotAllowed)
async def _planning(asker: Asker, grid: CurrentGrid) -> Reach:
    reach = Reach(asker, Right.PLAN, grid, asker.scope(grid.territory, Right.PLAN))
    reach.check_whole()
    return reach


Reading = Annotated[Reach, Depends(_reading)]
Editing = Annotated[Reach, Depends(_editing)]
Ruling = Annotated[Reach, Depends(_ruling)]
"""Who may change the rules of the whole territory."""
Planning = Annotated[Reach, Depends(_planning)]
"""Who may draw the grid of the whole territory."""
