"""Carries a case one move further, or says why not and what is open instead. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wangge.access.person import NotAllowed, Person
from wangge.reports.case.case import Arguments, Case, Task
from wangge.reports.case.lifecycle import RUNNING, Bar, Move, Standing, is_returned
from wangge.reports.case.moves import clock
from wangge.reports.case.moves.desks import DESK_EFFECTS
from wangge.reports.case.moves.parties import PARTY_EFFECTS
from wangge.reports.case.moves.standing import Stand, stand_of
from wangge.reports.case.moves.turn import Effect, Facts, Turn
from wangge.reports.case.opening import hand_over
from wangge.reports.case.setting import Setting
from wangge.reports.case.table import MOVES
from wangge.reports.errors import BadArgument, MoveRefused, UnknownReport
from wangge.reports.policy.policy import Step

__all__ = ["EFFECTS", "Offer", "carry", "offers"]

EFFECTS: dict[str, Effect] = DESK_EFFECTS | PARTY_EFFECTS
"""What a move changes. One without an effect changes nothing of the case: what was said stands in its history."""

SAID = ("reason", "evidence")
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Offer:
    """A move that is open to somebody, with the tasks that they may make it for, and the least photos that it takes."""

    move: Move
    tasks: tuple[Task, ...]
    photos: int = 0


def offers(case: Case, person: Person, setting: Setting, now: datetime) -> list[Offer]:
    """The moves that are open to a person, in the order of the table."""
    stand = stand_of(person, case, setting)
    return [
        Offer(move, tuple(stand.tasks(move, case)), least_photos(case, move, setting))
        for move in MOVES.values()
        if _why_not(case, move, stand, person, setting, now) is None
    ]


def carry(case: Case, person: Person, name: str, arguments: Arguments, now: datetime, setting: Setting) -> None:
    """Make a move: the case and its tasks change, and its event is appended, all in memory.

    Raises
    ------
    UnknownReport : the case lies outside what the person sees.
    NotAllowed : none of the person's roles over the case makes this move. Facts: `move`, `roles`, `open`.
    MoveRefused : the case does not take the move now.
    BadArgument : something that comes with it is missing or cannot be.
    """
    move, stand = MOVES[name], stand_of(person, case, setting)
    if not stand.sees:
        raise UnknownReport(number=case.number)
    why = _why_not(case, move, stand, person, setting, now)
    if why is not None:
        available = [offer.move.name for offer in offers(case, person, setting, now)]
        if why == "role":
            roles = sorted(stand.cell.union(*stand.own.values()))
            raise NotAllowed(move=name, roles=roles, state=case.state.value, open=available)
        raise MoveRefused(move=name, state=case.state.value, why=why, open=available)
    for need in move.needs:
        if need.required and not arguments.given(need.name):
            raise BadArgument(field=need.name, reason="missing")
    if len(arguments.photos) < (least := least_photos(case, move, setting)):
        raise BadArgument(field="photos", reason="photo_after" if least == 1 else "photos_both")
    _check_times(arguments, now)
    _make(Turn(case, move, arguments, person, now, setting, _chosen(case, move, stand, arguments)))


def least_photos(case: Case, move: Move, setting: Setting) -> int:
    """So many photos must come with a move: what is reported back is shown where the category asks for it."""
    asked = setting.photos.get(case.category) if move.ends is Step.HANDLE else None
    return asked.least(case.photos) if asked else 0


def _make(turn: Turn) -> None:
    case, policy, before, step = turn.case, turn.setting.policy, turn.case.state, turn.case.in_step
    if case.desk is None and before in RUNNING and turn.move.targets:  # from before there were desks
        hand_over(case, case.cells, case.cells[-1], turn.setting.directory.desks, turn.now)
        placed: Facts = {"desk": case.desk, "level": case.level}
    else:
        placed = {}
    effect = EFFECTS.get(turn.move.name)
    facts = placed | (effect(turn) if effect else {})
    if case.state not in turn.move.leads(before):
        raise RuntimeError(f"{turn.move.name} led from {before} to {case.state}")
    case.returned = is_returned(turn.move, case.state, before=case.returned)
    facts |= clock.follow(case, turn.move, step, policy, turn.now)
    clock.set_alarm(case, policy)
    for said in SAID:
        if turn.arguments.given(said):
            facts[said] = getattr(turn.arguments, said)
    if turn.arguments.photos:
        facts["photos"] = [str(photo) for photo in turn.arguments.photos]
    case.version += 1
    turn.tell(case, turn.move.name, facts, turn.arguments.note)


def _check_times(arguments: Arguments, now: datetime) -> None:
    """No deadline lies so far ahead that nobody can mean it."""
    times = [("until", arguments.until), *((f"parties.{i}.due_at", p.due_at) for i, p in enumerate(arguments.parties))]
    for field, time in times:
        if time is not None and time > now + LONGEST:
            raise BadArgument(field=field, reason="too_late")


def _why_not(case: Case, move: Move, stand: Stand, person: Person, setting: Setting, now: datetime) -> str | None:
    """Why a move is not open, as a slug; None when it is."""
    if move.roles.isdisjoint(stand.roles(move)):
        return "role"
    if case.state not in move.sources:
        return "state"
    if move.not_handler and person.name in case.handlers():
        return "handler"
    if move.tasks and not stand.tasks(move, case):
        return "task"
    return move.bar.value if move.bar and _bars(move.bar, case, setting, now) else None


def _bars(bar: Bar, case: Case, setting: Setting, now: datetime) -> bool:
    match bar:
        case Bar.AT_THE_TOP:
            return case.level is None
        case Bar.NO_ASSETS:
            return case.asset is None and case.category not in setting.numbered
        case Bar.TOO_LATE:
            days = timedelta(days=setting.policy.reopen_days)
            return case.closed_at is not None and now > case.closed_at + days


def _chosen(case: Case, move: Move, stand: Stand, arguments: Arguments) -> list[Task]:
    """The tasks that the move is about: the one that was named, or all that it may be about."""
    if not move.tasks:
        return []
    fitting = stand.tasks(move, case)
    if arguments.task is None:
        return fitting
    named = [task for task in fitting if task.id == arguments.task]
    if not named and move.standing is Standing.TASK:  # a desk may name one that is not its own
        wider = [task for task in case.with_state(move.tasks) if task.id == arguments.task]
        named = wider if not move.roles.isdisjoint(stand.desk) else []
    if not named:
        raise BadArgument(field="task", reason="unknown_task")
    return named
