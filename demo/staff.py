"""Who acts in the demo's year: people of every desk and organisation, each under a login that is nobody's. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.duty.roster import Officer
from wangge.duty.routing import Body, Place
from wangge.reports.case.case import Case, Task
from wangge.reports.case.setting import Setting

__all__ = ["Staff"]

AT_A_DESK = 3
AT_THE_CENTRE = 6


class Staff:
    """The people of a territory, found by what a case needs.

    Parameters
    ----------
    roster : officers with their postings and leave.
    setting : what the moves of the territory are decided by.

    Attributes
    ----------
    street, community : keys of the levels at the top and above the base grids, whatever these are called.
    """

    def __init__(self, roster: Iterable[Officer], setting: Setting) -> None:
        self.setting = setting
        self.street, *_, self.community, _base = (level.key for level in setting.grid.levels)
        self._desks = {self.community: (Role.COMMUNITY_DESK, "sq"), self.street: (Role.STREET_DESK, "jd")}
        self._territory, self._zone = setting.grid.territory, setting.grid.timezone
        self._officers = {officer.number: officer for officer in roster}
        self._bodies: dict[int, Body] = {body.id: body for body in setting.directory.bodies}
        self._posted: dict[tuple[Place, str], list[Officer]] = defaultdict(list)
        for officer in self._officers.values():
            for posting in officer.postings:
                self._posted[posting.place, posting.role].append(officer)
        self._person = cache(self._make)

    def centre(self, case: Case, _at: datetime) -> Person:
        """Somebody of the command centre."""
        return self._person(Role.CENTRE, f"zx-{case.id % AT_THE_CENTRE + 1}", None, None)

    def desk(self, level: str, case: Case) -> Person:
        """Somebody of the desk on a level above whoever has the case, or else of the cell that it lies in."""
        return self._at(self.place(level, case), case)

    def place(self, level: str, case: Case) -> Place:
        """The cell of that desk."""
        return next(cell for cell in (*self.setting.ladder(case), *case.cells) if cell[0] == level)

    def officer(self, place: Place, at: datetime) -> Person:
        """The officer who is responsible for a base grid, or who stands in on the day."""
        day = at.astimezone(self._zone).date()
        officer = self._posted[place, "responsible"][0]
        away = next((leave for leave in officer.leave if leave.away_from <= day < leave.back_on), None)
        number = away.substitute if away and away.substitute else officer.number
        return self._person(Role.OFFICER, number.lower(), place, None)

    def holder(self, case: Case, at: datetime) -> Person:
        """Somebody of the desk that has the case."""
        if case.level in self._desks:
            return self.desk(case.level, case)
        return self.officer(self.setting.ladder(case)[-1], at) if case.level else self.centre(case, at)

    def superior(self, case: Case, at: datetime) -> Person:
        """Somebody of the desk that has the case, or of the community's where the officer has it."""
        return self.desk(self.community, case) if case.level == case.cells[-1][0] else self.holder(case, at)

    def overseer(self, case: Case, at: datetime) -> Person:
        """Somebody of a desk above whoever handles the case."""
        return self.desk(self.street, case) if self._at_community(case) else self.superior(case, at)

    def handler(self, task: Task, case: Case, at: datetime) -> Person:
        """Who acts for a party: now and then an assistant for an officer."""
        if task.organisation is not None:
            code = self._bodies[task.organisation].code
            return self._person(Role.ORGANISATION, f"{code}-{case.id % AT_A_DESK + 1}", None, task.organisation)
        place = self.setting.places.get(task.desk or 0)
        if place is None:
            return self.centre(case, at)
        if place[0] in self._desks:
            return self._at(place, case)
        assistants = self._posted[place, "assistant"]
        if assistants and case.id % 3 == 0:
            chosen = assistants[case.id % len(assistants)]
            return self._person(Role.ASSISTANT, chosen.number.lower(), place, None)
        return self.officer(place, at)

    def verifier(self, case: Case, at: datetime) -> Person:
        """Somebody who has not handled the case: the officer goes and looks, or a desk above whoever has."""
        if case.id % 3 == 0 and all(task.desk is None for task in case.tasks):
            return self.officer(case.cells[-1], at)
        return self.desk(self.street if self._at_community(case) else self.community, case)

    def _at(self, place: Place, case: Case) -> Person:
        role, prefix = self._desks[place[0]]
        return self._person(role, f"{prefix}-{place[1][6:]}-{case.id % AT_A_DESK + 1}", place, None)

    def _at_community(self, case: Case) -> bool:
        places = (self.setting.places.get(task.desk) for task in case.tasks if task.desk is not None)
        return any(place is not None and place[0] == self.community for place in places)

    def _make(self, role: Role, name: str, place: Place | None, organisation: int | None) -> Person:
        level, code = place or (None, None)
        return Person(None, name, (Grant(role, self._territory, level, code, organisation),))
