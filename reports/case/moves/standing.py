"""What somebody is to a case: their roles over its cells, at the desk that holds it, and for its parties. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wangge.access.person import Person
from wangge.access.roles import Role
from wangge.duty.routing import Place
from wangge.reports.case.case import Case, Task
from wangge.reports.case.lifecycle import Move, Standing
from wangge.reports.case.setting import Setting

__all__ = ["Stand", "stand_of"]


@dataclass(frozen=True, slots=True)
class Stand:
    """What somebody is to one case.

    Attributes
    ----------
    cell : roles inside the cells that the case lies in; of its reporter, that of a resident.
    desk : those of them that are held at the desk that has the case, or above it.
    own : tasks of the organisations and desks that the asker belongs to.
    sees : whether the case is there for the asker at all; a role that makes no moves sees it too.
    """

    cell: frozenset[Role]
    desk: frozenset[Role]
    own: Mapping[Task, frozenset[Role]]
    sees: bool

    def roles(self, move: Move) -> frozenset[Role]:
        """The roles that count for a move."""
        match move.standing:
            case Standing.DESK:
                return self.desk
            case Standing.TASK:
                return self.desk.union(*self.own.values())
            case Standing.CELL:
                return self.cell.union(*self.own.values())
            case Standing.SERVICE:
                return frozenset()

    def tasks(self, move: Move, case: Case) -> list[Task]:
        """The tasks that the asker may make a move for: their own, or else all that their desk looks after."""
        fitting = case.with_state(move.tasks)
        if move.asked:
            fitting = [task for task in fitting if task.asked_until is not None]
        if move.standing is not Standing.TASK:
            return fitting
        own = [task for task in fitting if not move.roles.isdisjoint(self.own.get(task, ()))]
        return own or (fitting if not move.roles.isdisjoint(self.desk) else [])


def stand_of(person: Person, case: Case, setting: Setting) -> Stand:
    """What a person is to a case."""
    grants, acting = person.grants_in(case.territory), person.roles_in(case.territory)
    organisations = frozenset(grant.organisation for grant in grants if grant.organisation is not None)

    def roles_at(cells: tuple[Place, ...]) -> frozenset[Role]:
        return frozenset(
            grant.role
            for grant in grants
            if grant.organisation is None
            and (grant.level is None or grant.code is None or (grant.level, grant.code) in cells)
        )

    def roles_at_desk(desk: int) -> frozenset[Role]:
        place = setting.places.get(desk)
        if place in case.cells:
            return roles_at(case.cells[: case.cells.index(place) + 1])
        return roles_at(setting.path(place) if place else ())

    own: dict[Task, frozenset[Role]] = {}
    for task in case.tasks:
        if task.desk is not None:
            roles = roles_at_desk(task.desk)
        else:
            roles = frozenset({Role.ORGANISATION} if task.organisation in organisations else ())
        if roles:
            own[task] = roles
    inside = roles_at(case.cells)
    desk = case.desk if case.desk in setting.places else None  # one that was closed with its cell is nobody's
    held = inside if desk is None else roles_at_desk(desk)
    reported = person.reporter_of != "" and person.reporter_of == case.number
    reporter = frozenset({Role.RESIDENT} if reported else ())
    return Stand(
        (inside | held | reporter) & acting,
        held & acting,
        {task: roles & acting for task, roles in own.items()},
        sees=bool(inside or held or own or reporter),
    )
