"""The moves of cases, carried out: under a row lock, by the rules, with the event and the change stored as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.duty.routing import Party, Place, Rules
from wangge.duty.rules import load_directory, load_rules
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.reports.assets.kinds import numbered_categories
from wangge.reports.assets.naming import Named, assets_named
from wangge.reports.case.case import Arguments, Case, Key
from wangge.reports.case.docket import Docket
from wangge.reports.case.moves.carrying import Offer, offers
from wangge.reports.case.moves.standing import stand_of
from wangge.reports.case.setting import Setting
from wangge.reports.case.storing import read
from wangge.reports.categories.categories import codes_beside, least_urgency, photos_asked
from wangge.reports.errors import BadArgument, UnknownCategory, UnknownReport
from wangge.reports.evidence.photos import attach
from wangge.reports.keys.claiming import Kind, SenderKey, claim
from wangge.reports.number import format_number, parse_number
from wangge.reports.policy.policies import load_policy
from wangge.reports.policy.policy import Urgency
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = ["Moved", "load_setting", "move", "moves_open"]


@dataclass(frozen=True, slots=True)
class Moved:
    """A case as it stands, the cell whose desk has it (None for the centre), and what is open to the asker.

    `cells` are those whose desks and organisations may be given a task; `routed` are those of them that a dispatch
    without parties would choose now, where a dispatch is open. `known` tells that the move was made before, under the
    same key.
    """

    case: Case
    place: Place | None
    offers: list[Offer]
    cells: Sequence[Place]
    routed: Sequence[Party] = ()
    known: bool = False


async def load_setting(connection: AsyncConnection, grid: Grid, *, routing: bool = True) -> Setting:
    """What the moves of a territory are decided by.

    Parameters
    ----------
    routing : whether the routing rules are wanted, which only a dispatch needs.
    """
    policy = await load_policy(connection, grid.territory)
    directory = await load_directory(connection, grid.territory)
    rules = await load_rules(connection, grid.territory) if routing else Rules()
    photos = await photos_asked(connection, grid.territory)
    return Setting(grid, policy, directory, rules, photos, await numbered_categories(connection, grid.territory))


async def move(
    connection: AsyncConnection,
    person: Person,
    grid: Grid,
    number: str,
    name: str,
    arguments: Arguments,
    *,
    now: datetime | None = None,
    if_match: int | None = None,
    key: SenderKey | None = None,
) -> Moved:
    """Make one move of a case, as a part of the connection's transaction, which the caller commits.

    Parameters
    ----------
    name : of a move in the table of moves.
    now : the moment of the move; the present one if left out.
    if_match : the version of the case that the asker has read; None for whichever is there.
    key : what the move is sent under. Under one that was taken before nothing is done again: the case is told as it
        stands, also to whom it has left since, for the key is theirs.

    Raises
    ------
    NotSignedIn : nobody is known.
    UnknownReport : there is no such case, or it lies outside what the person sees.
    Stale : the case has changed since it was read.
    NotAllowed, MoveRefused, BadArgument, OutsideGrid, UnknownCategory : see `carry`.
    WrongAsset, FarAsset : see `assets_named`.
    UnknownPhoto : see `attach`.
    IdempotencyConflict : see `claim`.
    """
    if not person.reporter_of:
        person.scope(grid.territory, Right.READ)
    report = parse_number(number)
    if report is None:
        raise UnknownReport(number=number)
    setting = await load_setting(connection, grid, routing=name == "dispatch" and not arguments.parties)
    into = parse_number(arguments.into) if arguments.into is not None else None
    docket = await Docket.open(
        connection, setting, [(report_id, month) for month, report_id in (report, into or report)]
    )
    case, now = docket.cases.get(report[1]), now or datetime.now(UTC)
    if (
        case is not None
        and key is not None
        and (await claim(connection, grid.territory, Kind.MOVE, key, *case.key)).known
    ):
        return replace(_moved(case, person, setting, now), known=True)
    if case is None or not stand_of(person, case, setting).sees:
        raise UnknownReport(number=number)
    if if_match is not None and if_match != case.version:
        raise Stale(version=case.version)
    arguments = await _with_category(connection, grid.territory, case, arguments)
    if name == "name-asset":
        arguments = await _with_asset(connection, grid.territory, case, arguments)
    if into is not None and (original := docket.cases.get(into[1])) is not None:
        await _check_merge(connection, grid.territory, case, original)
    docket.move(case, person, name, arguments, now)
    await docket.save()
    await attach(connection, grid.territory, person.sender(grid.territory), arguments.photos, case.key, case.version)
    return _moved(case, person, setting, now)


async def moves_open(
    connection: AsyncConnection, person: Person, grid: Grid, key: Key, now: datetime | None = None
) -> Moved:
    """A case as it stands, with what is open to a person. Nothing stays locked.

    Raises
    ------
    UnknownReport : there is no such case, or it lies outside what the person sees.
    """
    setting = await load_setting(connection, grid)
    found = await read(connection, grid.territory, [key], lock=False)
    if not found or not stand_of(person, found[0], setting).sees:
        raise UnknownReport(number=format_number(key[1], key[0]))
    now = now or datetime.now(UTC)
    moved = _moved(found[0], person, setting, now)
    if any(offer.move.name == "dispatch" for offer in moved.offers):
        return replace(moved, routed=setting.route(found[0], now).parties)
    return moved


def _moved(case: Case, person: Person, setting: Setting, now: datetime) -> Moved:
    place = setting.places.get(case.desk) if case.desk is not None else None
    cells = tuple(dict.fromkeys((*case.cells, *setting.ladder(case))))
    return Moved(case, place, offers(case, person, setting, now), cells)


async def _with_category(connection: AsyncConnection, territory: str, case: Case, arguments: Arguments) -> Arguments:
    """A case of a campaign stays in it, at least as pressing as its category; any other stays outside."""
    if arguments.category is not None:
        codes = await codes_beside(connection, territory, case.category)
        if arguments.category not in codes:
            raise UnknownCategory(category=arguments.category, known=codes)
    elif arguments.urgency is None:
        return arguments
    least = await least_urgency(connection, territory, arguments.category or case.category)
    if least is None:
        return arguments
    return replace(arguments, urgency=max(arguments.urgency or case.urgency, Urgency(least), key=list(Urgency).index))


async def _with_asset(connection: AsyncConnection, territory: str, case: Case, arguments: Arguments) -> Arguments:
    """The number as it is kept, of what a report of the category and the place may be about."""
    if arguments.asset is None or case.point is None:
        return arguments
    (found,) = await assets_named(connection, territory, [Named(arguments.asset, case.category, *case.point)])
    if isinstance(found, WanggeError):
        raise found
    return replace(arguments, asset=found)


async def _check_merge(connection: AsyncConnection, territory: str, case: Case, original: Case) -> None:
    """A case of a campaign doubles one of the same campaign, else both would be counted by halves."""
    if original.category not in await codes_beside(connection, territory, case.category):
        raise BadArgument(field="into", reason="unknown_case")
