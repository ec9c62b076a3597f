"""What moves make of the tasks of a case's parties, and of the case through them. Pure."""

from collections.abc import Sequence
from datetime import datetime

from wangge.reports.case.case import Case, PartyAsked, Task
from wangge.reports.case.lifecycle import LIVE, State, TaskState
from wangge.reports.case.moves import clock
from wangge.reports.case.moves.turn import Effect, Facts, Turn
from wangge.reports.errors import BadArgument
from wangge.reports.policy.policy import Step

__all__ = [
    "MOST_PARTIES",
    "PARTY_EFFECTS",
    "check_parties",
    "give",
    "limit_from_now",
    "state_by_tasks",
    "tasks_as_facts",
]

MOST_PARTIES = 16


def state_by_tasks(case: Case) -> State:
    """Where a case with parties stands: as far as the furthest of them, and reported once all needed ones have.

    A task that was returned is nobody's until the desk has dispatched anew. Once nobody that is needed works on the
    case any more, it is the desk's turn again.
    """
    counting = [task for task in case.tasks if task.state is not TaskState.CANCELLED]
    needed = {task.state for task in counting if task.needed}
    if needed.isdisjoint(LIVE):
        return State.REPORTED if needed == {TaskState.REPORTED} else State.REGISTERED
    states = {task.state for task in counting}
    if states & {TaskState.HANDLING, TaskState.REPORTED}:
        return State.HANDLING
    return State.ACCEPTED if TaskState.ACCEPTED in states else State.DISPATCHED


def tasks_as_facts(tasks: Sequence[Task]) -> list[Facts]:
    """Tasks as events tell them."""
    return [task.party | {"task": task, "needed": task.needed, "due_at": task.due_at} for task in tasks]


def check_parties(turn: Turn, parties: Sequence[PartyAsked]) -> None:
    """Parties that somebody has named are those that are offered, and there is time for them.

    Raises
    ------
    BadArgument
    """
    if len(parties) > MOST_PARTIES:
        raise BadArgument(field="parties", reason="too_long", max_length=MOST_PARTIES)
    reach = (None, *turn.case.cells, *turn.setting.ladder(turn.case))
    for i, party in enumerate(parties):
        field = f"parties.{i}"
        if (party.organisation is None) == (party.desk is None):
            raise BadArgument(field=field, reason="one_party")
        if party.organisation is not None and not turn.setting.works_in(party.organisation, reach):
            raise BadArgument(field=f"{field}.organisation", reason="unknown_party")
        if party.desk is not None and turn.setting.places.get(party.desk, ()) not in reach:
            raise BadArgument(field=f"{field}.desk", reason="unknown_party")
        if party.due_at is not None and party.due_at <= turn.now:
            raise BadArgument(field=f"{field}.due_at", reason="datetime_past")


def give(turn: Turn, parties: Sequence[PartyAsked], due_at: datetime | None) -> list[Task]:
    """Give each party a task, due at its own time or else at `due_at`.

    Raises
    ------
    BadArgument : a party has a task already, or none of them is needed.
    """
    busy = {(task.organisation, task.desk) for task in turn.case.with_state(LIVE | {TaskState.REPORTED})}
    for i, party in enumerate(parties):
        if (party.organisation, party.desk) in busy:
            raise BadArgument(field=f"parties.{i}", reason="party_twice")
        busy.add((party.organisation, party.desk))
    if not any(party.needed for party in parties):
        raise BadArgument(field="parties", reason="none_needed")
    tasks = [Task(p.organisation, p.desk, p.needed, turn.now, p.due_at or due_at) for p in parties]
    turn.case.tasks.extend(tasks)
    return tasks


def limit_from_now(turn: Turn) -> datetime | None:
    """When a task that begins now is due by the territory's limits."""
    case = turn.case
    return turn.setting.policy.due(Step.HANDLE, case.category, case.urgency, turn.now)


def dispatch(turn: Turn) -> Facts:
    case, parties, facts = turn.case, turn.arguments.parties, Facts()
    if not parties:
        found = turn.setting.route(case, turn.now)
        parties = tuple(PartyAsked(party.organisation, party.desk, party.needed) for party in found.parties)
        facts["why"] = dict(found.why)
    else:
        check_parties(turn, parties)
    turn.cancel()
    tasks = give(turn, parties, limit_from_now(turn))
    _settle(turn)
    return facts | {"parties": tasks_as_facts(tasks)}


def accept(turn: Turn) -> Facts:
    task = turn.task
    task.accepted_at = turn.now
    return _handled(turn, task)


def send_back(turn: Turn) -> Facts:
    task = turn.task
    task.asked_until = None
    turn.become(task)
    _settle(turn)
    return {"task": task}


def begin(turn: Turn) -> Facts:
    task = turn.task
    task.accepted_at = task.accepted_at or turn.now
    return _handled(turn, task)


def report_back(turn: Turn) -> Facts:
    task = turn.task
    task.note, task.evidence = turn.arguments.note, list(turn.arguments.evidence)
    task.reported_at = turn.now
    task.asked_until = None
    return _handled(turn, task)


def verify(turn: Turn) -> Facts:
    turn.case.state = State.VERIFIED
    return {}


def reject(turn: Turn) -> Facts:
    """The work is to be done again, by the party that was named or by all that have reported."""
    due = limit_from_now(turn)
    for task in turn.tasks:
        task.reported_at, task.due_at = None, due
        turn.become(task)
    turn.case.state = state_by_tasks(turn.case)
    return {"parties": tasks_as_facts(turn.tasks)}


def ask_extension(turn: Turn) -> Facts:
    task, until = turn.task, turn.arguments.until
    if until is None or until <= max(turn.now, task.due_at or turn.now):
        raise BadArgument(field="until", reason="not_later")
    task.asked_until, task.handler = until, turn.person.name
    task.version += 1
    return {"task": task, "until": until}


def grant_extension(turn: Turn) -> Facts:
    task = turn.task
    until = turn.arguments.until or task.asked_until
    if until is None or until <= max(turn.now, task.due_at or turn.now):
        raise BadArgument(field="until", reason="not_later")
    task.due_at, task.asked_until = until, None
    task.version += 1
    clock.follow_tasks(turn.case)
    return {"task": task, "extended_to": until}


def refuse_extension(turn: Turn) -> Facts:
    task = turn.task
    task.asked_until = None
    task.version += 1
    return {"task": task}


def _handled(turn: Turn, task: Task) -> Facts:
    task.handler = turn.person.name
    turn.become(task)
    turn.case.state = state_by_tasks(turn.case)
    return {"task": task}


def _settle(turn: Turn) -> None:
    """Tasks have come or gone: the case stands where they say, and is due when they are."""
    turn.case.state = state_by_tasks(turn.case)
    clock.follow_tasks(turn.case)


PARTY_EFFECTS: dict[str, Effect] = {
    "dispatch": dispatch,
    "accept": accept,
    "return": send_back,
    "start": begin,
    "report-back": report_back,
    "verify": verify,
    "reject": reject,
    "ask-extension": ask_extension,
    "grant-extension": grant_extension,
    "refuse-extension": refuse_extension,
}
