"""A case as its reporter follows it: how far it is, who answers, by when, what they were told; nothing of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wangge.access.person import ANYONE
from wangge.geo.grid import Grid
from wangge.reports.case.actions import load_setting
from wangge.reports.case.case import Case
from wangge.reports.case.lifecycle import State, TaskState
from wangge.reports.case.moves.carrying import offers
from wangge.reports.case.storing import read
from wangge.reports.errors import UnknownReport
from wangge.reports.evidence.photos import photos_of
from wangge.reports.listing.reading import holders_of, tasks_of
from wangge.reports.reporter import queries
from wangge.reports.reporter.secrets import Proven
from wangge.reports.reporter.stages import STAGES, Stage, reached
from wangge.reports.reporter.supporting import supports_of
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Entry", "Followed", "follow"]

FURTHEST = 8
"""Cases that one was merged into, one after the other, that are followed."""

OWN = frozenset({"add", "confirm", "reopen", "rate", "withdraw"})
"""Moves of reporters, by themselves or by the centre on their behalf."""

TOLD = OWN | {
    "receive",
    "register",
    "dispatch",
    "report-back",
    "verify",
    "close",
    "park",
    "resume",
    "refuse",
    "void",
    "merge",
    "answer",
}
"""Moves that a reporter is told of; what was said with most of them is for those who work on the case."""

BETWEEN = frozenset({"add", "answer", "rate"})
"""Moves that are between the reporter and the desk."""

SAID = {"answer": "note", "close": "note", "refuse": "reason"}
"""Where what was said is meant for the reporter."""

AFTER = frozenset({"report-back", "verify", "close"})
"""Moves whose photos show what was done. They are shown once the case is closed, with faces and plates covered."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, as the reporter is told of it. `own`: their doing; `sent`: so are its photos."""

    at: datetime
    move: str
    own: bool
    sent: bool
    text: str | None
    score: int | None
    photos: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """A case as it is shown to its reporter.

    Attributes
    ----------
    report : what was reported, as it stands now: category, description, occurred_at, accuracy_m, cell_id, lon, lat.
    standing : the case that tells how far it is: itself, or the one that it was merged into.
    since : when each stage was reached.
    desk : level, code and name of the desk that answers; None where there is none.
    parties : names of the organisations and desks that are at work, by language.
    moves : names of the moves that are open to the reporter.
    supports : how many others have the same matter; `supporting`: it is shown to one of them.
    reopen_until : how long the reporter may say that it is not fixed, where that is open.
    """

    case: Case
    report: Any
    standing: Case
    since: Mapping[Stage, datetime]
    desk: Any | None
    parties: Sequence[Mapping[str, str]]
    entries: Sequence[Entry]
    moves: Sequence[str]
    reopen_until: datetime | None
    supports: int
    supporting: bool

    @property
    def stage(self) -> Stage:
        """How far the case is."""
        return STAGES[self.standing.state]

    @property
    def merged(self) -> bool:
        """Whether it is worked on together with another report of the same matter."""
        return self.standing is not self.case


async def follow(connection: AsyncConnection, grid: Grid, proven: Proven) -> Followed:
    """What the reporter of a case is shown; who supports it, nothing that was said or photographed.

    Parameters
    ----------
    connection : in a transaction of one snapshot.
    """
    setting = await load_setting(connection, grid, routing=False)
    case = await _case(connection, grid.territory, proven.key)
    standing = await _original(connection, case)
    key = {"id": case.id, "at": case.received_at}
    (report,) = await named_rows(connection, queries.OWN_WORDS, key)
    events = await named_rows(connection, queries.EVENTS, key)
    other = {"id": standing.id, "at": standing.received_at}
    passed = events if standing is case else await named_rows(connection, queries.EVENTS, other)
    holders = await holders_of(connection, [standing.desk])
    tasks = await tasks_of(connection, standing.id)
    photos = await photos_of(connection, proven.key) if proven.support is None else []
    entries = _entries(events, photos, closed=case.state in (State.CLOSED, State.CONFIRMED))
    now = datetime.now(UTC)
    person = proven.reporter if proven.support is None else ANYONE
    moves = [offer.move.name for offer in offers(case, person, setting, now)]
    until = case.closed_at + timedelta(days=setting.policy.reopen_days) if case.closed_at else None
    return Followed(
        case,
        report,
        standing,
        reached((State(event.state), event.at) for event in passed),
        holders.get(standing.desk or 0),
        _parties(tasks),
        entries if proven.support is None else _for_others(entries),
        moves,
        until if "reopen" in moves else None,
        await supports_of(connection, proven.key),
        proven.support is not None,
    )


async def _case(connection: AsyncConnection, territory: str, key: tuple[int, datetime]) -> Case:
    found = await read(connection, territory, [key], lock=False)
    if not found:
        raise UnknownReport(number="")
    return found[0]


async def _original(connection: AsyncConnection, case: Case) -> Case:
    """The case that is worked on: itself, or the one that it was merged into in the end."""
    found = case
    for _ in range(FURTHEST):
        if found.merged_into is None:
            break
        found = await _case(connection, case.territory, found.merged_into)
    return found


def _parties(tasks: Sequence[Any]) -> list[Mapping[str, str]]:
    """Names of those who have a task that still counts, each once."""
    gone = (TaskState.CANCELLED, TaskState.RETURNED)
    names = [task.organisation_name or task.desk_name for task in tasks if task.state not in gone]
    return [name for n, name in enumerate(names) if name and name not in names[:n]]


def _entries(events: Sequence[Any], photos: Sequence[Any], *, closed: bool) -> list[Entry]:
    """What the reporter is told of, in order.

    Parameters
    ----------
    closed : whether a desk has closed the case, and so has looked at what was done.
    """
    entries = []
    for event in events:
        if event.move not in TOLD:
            continue
        sent = event.own or event.move == "receive"
        shown = sent or (closed and event.move in AFTER)
        with_it = [photo for photo in photos if shown and photo.version == event.version]
        fitting = [photo for photo in with_it if sent or photo.covered_at is not None]
        entries.append(Entry(event.at, event.move, event.own, sent, _text(event), event.facts.get("score"), fitting))
    return entries


def _for_others(entries: Sequence[Entry]) -> list[Entry]:
    """What somebody else may know of what happened: how the case went on, and nothing that was said."""
    known = [entry for entry in entries if entry.move not in BETWEEN]
    return [replace(entry, own=False, text=None, score=None) for entry in known]


def _text(event: Any) -> str | None:
    """What was said, where the reporter said it or is meant to hear it."""
    if event.own:
        return "\n".join(said for said in (event.facts.get("reason"), event.note) if said) or None
    field = SAID.get(event.move, "")
    text: str | None = event.note if field == "note" else event.facts.get(field)
    return text
