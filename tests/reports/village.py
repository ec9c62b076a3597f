"""A village in memory: three nested cells with a desk each and the centre's, one organisation, and a case in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.duty.routing import Body, Directory, Rules
from wangge.geo.grid import Cell, Grid, Level
from wangge.reports.case.case import Case, Task
from wangge.reports.case.lifecycle import RUNNING, State, TaskState
from wangge.reports.case.setting import Setting
from wangge.reports.policy.policies import default_policy
from wangge.reports.policy.policy import Policy, Step, Urgency

__all__ = ["CELLS", "DESKS", "NOW", "POWER", "WATER", "case", "person", "setting"]

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
CELLS = (("street", "A"), ("community", "A1"), ("grid", "A11"))
DESKS = {place: 10 + i for i, place in enumerate(CELLS)} | {None: 1}
POWER, WATER = 7, 8

_PLACES: dict[Role, tuple[str | None, str | None, int | None]] = {
    Role.OFFICER: ("grid", "A11", None),
    Role.ASSISTANT: ("grid", "A11", None),
    Role.COMMUNITY_DESK: ("community", "A1", None),
    Role.STREET_DESK: ("street", "A", None),
    Role.ORGANISATION: (None, None, POWER),
}
_STEPS = {
    State.ASSIGNED: Step.REGISTER,
    State.REGISTERED: Step.DISPATCH,
    State.REPORTED: Step.VERIFY,
    State.VERIFIED: Step.CLOSE,
}
_WORKING = {
    State.DISPATCHED: TaskState.DISPATCHED,
    State.ACCEPTED: TaskState.ACCEPTED,
    State.HANDLING: TaskState.HANDLING,
}


def setting(policy: Policy | None = None) -> Setting:
    """What moves in the village are decided by; without a policy, by the one that ships."""
    path = [code for _, code in CELLS]
    cells = [Cell(i + 1, level, code, code, tuple(path[: i + 1])) for i, (level, code) in enumerate(CELLS)]
    grid = object.__new__(Grid)  # without shapes: nothing here is looked up by its place
    grid.territory, grid.edition, grid.edition_id, grid.timezone = "town", "1", 1, ZoneInfo("UTC")
    grid.levels = tuple(Level(level, {}) for level, _ in CELLS)
    grid._by_code = {(cell.level, cell.code): cell for cell in cells}
    bodies = [Body(POWER, "power", "company"), Body(WATER, "water", "company")]
    shipped = default_policy().policy("Asia/Shanghai", {})
    return Setting(grid, policy or shipped, Directory(DESKS, {}, bodies), Rules(), numbered={"lamp"})


def person(role: Role, name: str = "li.na", organisation: int | None = None) -> Person:
    """Somebody with one role, where it belongs; the organisation is POWER unless it is said."""
    level, code, own = _PLACES.get(role, (None, None, None))
    grants = () if role is Role.RESIDENT else (Grant(role, "town", level, code, organisation or own),)
    return Person(1, name, grants)


def case(state: State) -> Case:
    """A case of the base grid's desk in a state, with a task of POWER's where parties have it."""
    stands = Case(
        id=1,
        received_at=NOW - timedelta(hours=1),
        territory="town",
        state=state,
        version=3,
        category="lamp",
        urgency=Urgency.NORMAL,
        edition="1",
        cells=CELLS,
        desk=DESKS[CELLS[-1]],
        level="grid",
        level_since=NOW,
        step=_STEPS.get(state, Step.HANDLE) if state in RUNNING else None,
        due_at=NOW + timedelta(days=1) if state in RUNNING else None,
    )
    if state is State.PARKED:
        stands.parked_at, stands.resumes, stands.step = NOW, State.REGISTERED, Step.DISPATCH
    if state in (State.CLOSED, State.CONFIRMED):
        stands.closed_at = NOW
    if state in _WORKING or state is State.REPORTED:
        task = Task(POWER, None, True, NOW, NOW + timedelta(days=1), id=5, handler="the company")
        task.state = _WORKING.get(state, TaskState.REPORTED)
        stands.tasks.append(task)
    return stands
