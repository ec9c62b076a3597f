"""What moves make of a case as a whole: registered, ended, parked, handed on, put right, answered. Pure."""

from wangge.duty.routing import Place
from wangge.reports.case.case import Case, PartyAsked
from wangge.reports.case.lifecycle import OPENED, WITH_PARTIES, State, TaskState
from wangge.reports.case.moves import clock
from wangge.reports.case.moves.parties import check_parties, give, limit_from_now, state_by_tasks, tasks_as_facts
from wangge.reports.case.moves.turn import Effect, Facts, Turn
from wangge.reports.case.opening import hand_over, opening_facts, place_above
from wangge.reports.errors import BadArgument

__all__ = ["DESK_EFFECTS"]


def register(turn: Turn) -> Facts:
    case, arguments = turn.case, turn.arguments
    facts = Facts()
    if arguments.category is not None and arguments.category != case.category:
        facts["category"] = case.category = arguments.category
    if arguments.urgency is not None and arguments.urgency != case.urgency:
        facts["urgency"] = case.urgency = arguments.urgency
    case.state = State.REGISTERED
    return facts


def refuse(turn: Turn) -> Facts:
    return _end(turn, State.REFUSED)


def void(turn: Turn) -> Facts:
    return _end(turn, State.VOIDED)


def withdraw(turn: Turn) -> Facts:
    return _end(turn, State.WITHDRAWN)


def merge(turn: Turn) -> Facts:
    """Both cases stay; the one that is doubled goes on, with a note that says so."""
    case, original = turn.case, turn.arguments.original
    if original is None or original is case or original.state in (State.MERGED, State.VOIDED, State.REFUSED):
        raise BadArgument(field="into", reason="no_original")
    case.merged_into = original.key
    facts = _end(turn, State.MERGED) | {"into": original.number}
    original.version += 1
    turn.tell(original, "note", {"duplicate": case.number})
    return facts


def close(turn: Turn) -> Facts:
    turn.case.state, turn.case.closed_at = State.CLOSED, turn.now
    return {}


def confirm(turn: Turn) -> Facts:
    turn.case.state = State.CONFIRMED
    return {}


def reopen(turn: Turn) -> Facts:
    """The case is the desk's again; or at once that of the parties who had it."""
    case, facts = turn.case, Facts()
    before = case.with_state({TaskState.REPORTED})
    turn.cancel()
    case.closed_at, case.state = None, State.REGISTERED
    if turn.arguments.same_parties:
        asked = [PartyAsked(task.organisation, task.desk, task.needed) for task in before]
        tasks = give(turn, asked, limit_from_now(turn))
        case.state = state_by_tasks(case)
        facts["parties"] = tasks_as_facts(tasks)
    return facts


def transfer(turn: Turn) -> Facts:
    """To another desk that answers for the place; or from one party to others, whose time is the first one's."""
    case, arguments = turn.case, turn.arguments
    if (arguments.desk is None) == (not arguments.parties):
        raise BadArgument(field="desk", reason="desk_or_parties")
    if arguments.desk is not None:
        place = turn.setting.places.get(arguments.desk, ())
        reach = (None, *case.cells, *turn.setting.ladder(case))
        if place == () or place not in reach or arguments.desk == case.desk:
            raise BadArgument(field="desk", reason="unknown_party")
        return hand_to(turn, place)
    # Where all that are needed have given it back, it is dispatched anew; who is left works on, and hands nothing on.
    live = [task for task in case.live() if case.state in WITH_PARTIES and arguments.task in (None, task.id)]
    if len(live) != 1:
        raise BadArgument(field="task", reason="missing")
    check_parties(turn, arguments.parties)
    former = live[0]
    turn.become(former)
    parties = give(turn, arguments.parties, former.due_at)
    case.state = state_by_tasks(case)
    clock.follow_tasks(case)
    return {"task": former, "parties": tasks_as_facts(parties)}


def escalate(turn: Turn) -> Facts:
    """To the desk of the cell above, and from the top one to the centre."""
    case = turn.case
    return hand_to(turn, place_above(turn.setting.ladder(case), case.level)) | {"by": "hand"}


def hand_to(turn: Turn, place: Place | None) -> Facts:
    """Give the case to the desk of a cell, or of the centre."""
    before = turn.case.desk
    cells = turn.case.cells if place in turn.case.cells else turn.setting.ladder(turn.case)
    hand_over(turn.case, cells, place, turn.setting.directory.desks, turn.now)
    return {"from_desk": before, "desk": turn.case.desk, "level": turn.case.level}


def park(turn: Turn) -> Facts:
    case, until = turn.case, turn.arguments.until
    if until is not None and until <= turn.now:
        raise BadArgument(field="until", reason="datetime_past")
    case.resumes, case.parked_at, case.state = case.state, turn.now, State.PARKED
    return {"until": until} if until else {}


def resume(turn: Turn) -> Facts:
    case = turn.case
    clock.resume(case, turn.setting.policy, turn.now)
    if case.resumes is not None:
        case.state = case.resumes
    case.resumes = case.parked_at = None
    held: Facts = {"level_since": case.level_since}
    moved = case.with_state(clock.COUNTING)
    return held | ({"parties": tasks_as_facts(moved)} if moved else {})


def split(turn: Turn) -> Facts:
    """A case of its own for what is another matter at the same place; it begins as a report does."""
    case, arguments, setting = turn.case, turn.arguments, turn.setting
    child = Case(
        id=0,
        received_at=turn.now,
        territory=case.territory,
        state=State.RECEIVED,
        version=1,
        category=arguments.category or case.category,
        urgency=case.urgency,
        edition=case.edition,
        cells=case.cells,
        asset=case.asset,
        point=case.point,
        parent=case.key,
    )
    cells, _ = setting.likelier(case)
    hand_over(child, cells, cells[-1], setting.directory.desks, turn.now)
    turn.tell(child, "receive", {})
    child.state = OPENED
    clock.start(child, setting.policy, turn.now)
    clock.set_alarm(child, setting.policy)
    turn.tell(child, "assign", opening_facts(child) | {"parent": case.number})
    case.children.append((child, arguments.description or ""))
    return {"child": child}


def relocate(turn: Turn) -> Facts:
    """The base grid is found anew; the desk is the one of the same level there. Both cells stay in the event."""
    case, spot = turn.case, turn.arguments.spot
    if spot is None:
        raise BadArgument(field="point", reason="missing")
    former = {"from_cell": case.cell, "cell": spot.cells[-1][1], "edition": spot.edition}
    where = {"lon": spot.lon, "lat": spot.lat}
    case.relocations.append((turn.now, spot))
    case.cells, case.edition, case.circle = spot.cells, spot.edition, None
    case.point = spot.lon, spot.lat
    place = next((cell for cell in spot.cells if cell[0] == case.level), None)
    return former | where | hand_to(turn, place)


def name_asset(turn: Turn) -> Facts:
    """The case is about another asset, or about none; both stay in the event."""
    case, asset = turn.case, turn.arguments.asset
    if asset == case.asset:
        raise BadArgument(field="asset", reason="missing" if asset is None else "same_asset")
    former, case.asset = case.asset, asset
    return {"from_asset": former, "asset": asset}


def add(turn: Turn) -> Facts:
    """What the reporter has to say or to show besides."""
    if not turn.arguments.given("note") and not turn.arguments.photos:
        raise BadArgument(field="note", reason="missing")
    return {}


def rate(turn: Turn) -> Facts:
    score = turn.arguments.score
    return {"satisfied": turn.arguments.satisfied} | ({"score": score} if score is not None else {})


def _end(turn: Turn, state: State) -> Facts:
    case = turn.case
    case.state, case.parked_at, case.resumes = state, None, None
    turn.cancel()
    return {}


DESK_EFFECTS: dict[str, Effect] = {
    "register": register,
    "refuse": refuse,
    "merge": merge,
    "close": close,
    "confirm": confirm,
    "reopen": reopen,
    "transfer": transfer,
    "escalate": escalate,
    "park": park,
    "resume": resume,
    "void": void,
    "withdraw": withdraw,
    "split": split,
    "relocate": relocate,
    "name-asset": name_asset,
    "add": add,
    "rate": rate,
}
