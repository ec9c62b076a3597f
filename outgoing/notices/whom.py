"""Who is to hear of which events: whoever reported a case, and the staff who have it and asked to be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wangge.access.person import Grant, Person
from wangge.access.roles import Right, Role
from wangge.outgoing.notices import queries
from wangge.outgoing.notices.kinds import TO_BROWSER, TO_REPORTER, TO_STAFF, Kind
from wangge.outgoing.notices.ways import Ways
from wangge.reports.case.lifecycle import TaskState
from wangge.reports.feed.events import FeedEvent
from wangge.reports.reporter.queries import ACTOR
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Notice", "to_reporters", "to_staff"]

PARTIES = frozenset({"warn", "expire", "reject", "dispatch"})
"""What those are told besides who have a task in the case, not its desk alone."""

GIVEN = "dispatch"
"""What those alone are told whose task has not been begun: the case's desk has given it."""

PLANNING = frozenset({Role.CENTRE, Role.PLANNER})
"""Who is told of what is found, where the whole territory is theirs."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that somebody is to hear.

    Attributes
    ----------
    account : whose it is, of staff.
    contact : id of the report by whose contact its reporter is reached.
    template : of WeChat, to which they agreed for once.
    """

    event: FeedEvent
    kind: Kind
    channel: str
    recipient: str
    language: str
    category: str | None
    account: int | None = None
    contact: int | None = None
    template: str | None = None


async def to_reporters(connection: AsyncConnection, events: Sequence[FeedEvent], ways: Ways) -> list[Notice]:
    """What reporters who left a way to reach them are to hear of some events."""
    mine = [event for event in events if event.move in TO_REPORTER and event.report_id is not None]
    mine = [event for event in mine if not _own(event) or event.move in {"receive", "reopen"}]
    contacts = {row.report_id: row for row in await named_rows(connection, queries.CONTACTS, _keys(mine))}
    notices = []
    for event in mine:
        contact = contacts.get(event.report_id)
        if contact is None:
            continue
        kind = TO_REPORTER[event.move]
        way = ways.to(contact.phone, contact.email)
        template = ways.wechat.templates.get(kind) if ways.wechat else None
        if template in contact.templates:  # to which they agreed: it goes before what they left in case
            way = "wechat", contact.openid
            contact.templates.remove(template)
        else:
            template = None
        if way is None:
            continue
        language, whose = contact.language or ways.language, event.report_id
        notices.append(Notice(event, kind, *way, language, contact.category, contact=whose, template=template))
    return notices


def _own(event: FeedEvent) -> bool:
    return event.actor == ACTOR and event.account_id is None


async def to_staff(connection: AsyncConnection, events: Sequence[FeedEvent], ways: Ways) -> list[Notice]:
    """What staff who asked for it are to hear: of cases that lie with them, and of what was found."""
    mine = [event for event in events if event.move in (TO_BROWSER if ways.push else TO_STAFF)]
    if not mine or not (ways.mail or ways.push):
        return []
    asked_by = {"mail": ways.mail is not None, "push": bool(ways.push)}
    staff = [(row, _person(row)) for row in await named_rows(connection, queries.STAFF, asked_by)]
    if not staff:
        return []
    asked = _keys(event for event in mine if event.report_id is not None)
    desks = {row.id: row for row in await named_rows(connection, queries.DESKS_OF_CASES, asked)}
    notices = []
    for event in mine:
        case = desks.get(event.report_id) if event.report_id is not None else None
        if case is None and event.report_id is not None:
            continue
        category = case.category if case else event.facts.get("finding", {}).get("category")
        for row, person in staff:
            if row.id == event.account_id or not _concerns(event, case, person):
                continue
            if event.move in TO_STAFF and (way := ways.to(None, row.email)):
                notices.append(Notice(event, TO_STAFF[event.move], *way, row.notices, category, account=row.id))
            for device, language in row.devices:
                kind = TO_BROWSER[event.move]
                notices.append(Notice(event, kind, "push", str(device), language, category, account=row.id))
    return notices


def _person(row: Any) -> Person:
    return Person(row.id, grants=tuple(Grant(Role(role), *place) for role, *place in row.grants))


def _concerns(event: FeedEvent, case: Any | None, person: Person) -> bool:
    """Whether an event waits for somebody: the desk that has the case is theirs, or a task in it."""
    grants = [grant for grant in person.grants_in(event.territory) if person.has(Right.READ, grant.role)]
    if case is None:
        return any(grant.role in PLANNING and grant.code is None for grant in grants)
    if event.move in PARTIES and any(_has_task(grant, case.tasks, event.move) for grant in grants):
        return True
    if event.move == GIVEN:
        return False
    if case.code and case.level:
        return any((grant.level, grant.code) == (case.level, case.code) for grant in grants)
    return any(grant.role is Role.CENTRE and grant.code is None for grant in grants)


def _has_task(grant: Grant, tasks: Iterable[tuple[int | None, str | None, str | None, str]], move: str) -> bool:
    return any(
        (grant.organisation == organisation if organisation else (grant.level, grant.code) == (level, code))
        and (move != GIVEN or state == TaskState.DISPATCHED)
        for organisation, level, code, state in tasks
    )


def _keys(events: Iterable[FeedEvent]) -> dict[str, list[Any]]:
    found = {event.report_id: event.received_at for event in events}
    return {"ids": list(found), "received": list(found.values())}
