"""How to answer a reporter: shown to those who may, each reading on record, and erased when its time is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.access.scope import condition
from wangge.reports.errors import UnknownReport
from wangge.reports.intake import contact_queries
from wangge.reports.intake.submitting import Contact
from wangge.reports.number import format_number, parse_number
from wangge.store.engine import AsyncConnection

__all__ = ["NoContact", "Reading", "cases_of_phone", "erase_contacts", "erasures", "read_contact", "readings"]

BATCH = 5_000
MOST_OF_PHONE = 100


class NoContact(UnknownReport):
    """The reporter left no contact, or it was erased. Facts: `number`."""

    kind = "no-contact"


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody read the contact of a case, and why."""

    id: int
    at: datetime
    number: str
    reader: str
    reason: str


async def read_contact(
    connection: AsyncConnection, person: Person, territory: str, number: str, reason: str
) -> Contact:
    """The contact of a case in one's cells. That it was read is stored in the caller's transaction.

    Raises
    ------
    NotSignedIn, NotAllowed, UnknownReport, NoContact
    """
    scope = person.scope(territory, Right.READ_CONTACT)
    parsed = parse_number(number)
    if parsed is None:
        raise UnknownReport(number=number)
    sql, values = condition(scope)
    month, report_id = parsed
    query = contact_queries.CONTACT_OF_REPORT.replace("{scope}", sql)
    row = await (await connection.execute(query, values | {"id": report_id, "month": month})).fetchone()
    if row is None:
        raise UnknownReport(number=number)
    _, received_at, *contact = row
    if not any(contact):
        raise NoContact(number=number)
    read = {"id": report_id, "received_at": received_at, "territory": territory, "reason": reason}
    await connection.execute(contact_queries.LOG_READING, read | {"account": person.account, "reader": person.name})
    return Contact(*contact)


async def cases_of_phone(
    connection: AsyncConnection, person: Person, territory: str, phone: str, reason: str
) -> tuple[int, ...]:
    """Ids of the latest cases whose reporter has a telephone number, where the person may read contacts; else none.

    That it was read of each is stored by the same statement.
    """
    if not person.may(Right.READ_CONTACT, territory):
        return ()
    sql, values = condition(person.scope(territory, Right.READ_CONTACT))
    asked = {"phone": phone, "territory": territory, "reason": reason, "limit": MOST_OF_PHONE}
    asked |= {"account": person.account, "reader": person.name}
    rows = await connection.execute(contact_queries.CASES_OF_PHONE.replace("{scope}", sql), values | asked)
    return tuple(report_id for (report_id,) in await rows.fetchall())


async def readings(connection: AsyncConnection, territory: str, limit: int, before: int | None = None) -> list[Reading]:
    """Who read contacts in a territory, the last first, before the reading with an id."""
    asked = {"territory": territory, "limit": limit, "before": before}
    rows = await (await connection.execute(contact_queries.READINGS, asked)).fetchall()
    return [Reading(i, at, format_number(received, report), *who) for i, at, report, received, *who in rows]


async def erase_contacts(
    connection: AsyncConnection, now: datetime, after_closing: timedelta, after_receipt: timedelta, actor: str
) -> int:
    """Erase the contacts whose time is over, and say how many there were.

    Parameters
    ----------
    connection : in autocommit; each batch is erased together with the record of it.
    after_closing, after_receipt : the time counts from a case's closing; of one that was never closed, from receipt.
    """
    due = {"closed_before": now - after_closing, "received_before": now - after_receipt}
    erased = 0
    while True:
        done = await connection.execute(contact_queries.ERASE_CONTACTS, due | {"actor": actor, "limit": BATCH})
        counts: list[int] = [count for (count,) in await done.fetchall()]
        erased += sum(counts)
        if not counts:
            return erased


async def erasures(connection: AsyncConnection, territory: str, limit: int) -> list[dict[str, Any]]:
    """What was erased in a territory, the last first: when, under which rule, and of which reports."""
    done = await connection.execute(contact_queries.ERASURES, {"territory": territory, "limit": limit})
    names = [column.name for column in done.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await done.fetchall()]
