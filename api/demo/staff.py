"""Who acts in the demo's year: people of every desk and organisation, each under a login that is nobody's. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from access.person import Grant, Person
from access.roles import Role
from duty.roster import Officer
from duty.routing import Body, Directory, Place
from reports.case.case import Case, Task

__all__ = ["Staff"]

DESKS = {"community": (Role.COMMUNITY_DESK, "sq"), "street": (Role.STREET_DESK, "jd")}
AT_A_DESK = 3
AT_THE_CENTRE = 6


class Staff:
    """The people of a territory, found by what a case needs.

    Parameters
    ----------
    roster : officers with their postings and leave.
    directory : desks and organisations.
    zone : of the territory, whose days the roster speaks of.
    """

    def __init__(self, territory: str, roster: Iterable[Officer], directory: Directory, zone: ZoneInfo) -> None:
        self.directory = directory
        self._territory, self._zone = territory, zone
        self._officers = {officer.number: officer for officer in roster}
        self._places: dict[int, Place | None] = {desk: place for place, desk in directory.desks.items()}
        self._bodies: dict[int, Body] = {body.id: body for body in directory.bodies}
        self._posted: dict[tuple[Place, str], list[Officer]] = defaultdict(list)
        for officer in self._officers.values():
            for posting in officer.postings:
                self._posted[posting.place, posting.role].append(officer)
        self._person = cache(self._make)

    def centre(self, case: Case, at: datetime) -> Person:
        """Somebody of the command centre."""
        return self._person(Role.CENTRE, f"zx-{case.id % AT_THE_CENTRE + 1}", None, None)

    def desk(self, level: str, case: Case) -> Person:
        """Somebody of the desk of the case's cell on a level."""
        role, prefix = DESKS[level]
        code = next(code for key, code in case.cells if key == level)
        return self._person(role, f"{prefix}-{code[6:]}-{case.id % AT_A_DESK + 1}", (level, code), None)

    def officer(self, place: Place, at: datetime) -> Person:
        """The officer who is responsible for a base grid, or who stands in on the day."""
        day = at.astimezone(self._zone).date()
        officer = self._posted[place, "responsible"][0]
        away = next((leave for leave in officer.leave if leave.away_from <= day < leave.back_on), None)
        number = away.substitute if away and away.substitute else officer.number
        return self._person(Role.OFFICER, number.lower(), place, None)

    def holder(self, case: Case, at: datetime) -> Person:
        """Somebody of the desk that has the case."""
        if case.level in DESKS:
            return self.desk(case.level, case)
        return self.officer(case.cells[-1], at) if case.level else self.centre(case, at)

    def superior(self, case: Case, at: datetime) -> Person:
        """Somebody of the desk that has the case, or of the community's where the officer has it."""
        return self.desk("community", case) if case.level == case.cells[-1][0] else self.holder(case, at)

    def overseer(self, case: Case, at: datetime) -> Person:
        """Somebody of a desk above whoever handles the case."""
        return self.desk("street", case) if self._at_community(case) else self.superior(case, at)

    def handler(self, task: Task, case: Case, at: datetime) -> Person:
        """Who acts for a party: now and then an assistant for an officer."""
        if task.organisation is not None:
            code = self._bodies[task.organisation].code
            return self._person(Role.ORGANISATION, f"{code}-{case.id % AT_A_DESK + 1}", None, task.organisation)
        place = self._places.get(task.desk or 0)
        if place is None:
            return self.centre(case, at)
        if place[0] in DESKS:
            return self.desk(place[0], case)
        assistants = self._posted[place, "assistant"]
        if assistants and case.id % 3 == 0:
            chosen = assistants[case.id % len(assistants)]
            return self._person(Role.ASSISTANT, chosen.number.lower(), place, None)
        return self.officer(place, at)

    def verifier(self, case: Case, at: datetime) -> Person:
        """Somebody who has not handled the case: the officer goes and looks, or a desk above whoever has."""
        if case.id % 3 == 0 and all(task.desk is None for task in case.tasks):
            return self.officer(case.cells[-1], at)
        return self.desk("street" if self._at_community(case) else "community", case)

    def _at_community(self, case: Case) -> bool:
        places = (self._places.get(task.desk) for task in case.tasks if task.desk is not None)
        return any(place is not None and place[0] == "community" for place in places)

    def _make(self, role: Role, name: str, place: Place | None, organisation: int | None) -> Person:
        level, code = place or (None, None)
        return Person(None, name, (Grant(role, self._territory, level, code, organisation),))
