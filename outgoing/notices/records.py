"""What was sent to whom, for those who look after it: addresses are shown by their ends alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from wangge.geo.errors import WanggeError
from wangge.outgoing.notices import queries
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["STATES", "Record", "State", "UnknownNotice", "records", "try_again"]

State = Literal["waiting", "sent", "failed", "dropped"]
STATES: tuple[State, ...] = ("waiting", "sent", "failed", "dropped")


class UnknownNotice(WanggeError):
    """There is no such message in the territory that was given up. Facts: `notice`."""

    kind = "unknown-notice"


@dataclass(frozen=True, slots=True)
class Record:
    """One message, and what became of it. `told` are the kinds of its news with the numbers of their cases."""

    id: int
    channel: str
    recipient: str
    language: str
    staff: bool
    state: State
    attempts: int
    due_at: datetime
    created_at: datetime
    done_at: datetime | None
    error: str | None
    told: list[tuple[str, str | None]]


async def records(
    connection: AsyncConnection, territory: str, limit: int, *, state: State | None = None, before: int | None = None
) -> list[Record]:
    """The messages of a territory, the last first; those before an id, and those in a state, where these are given."""
    asked = {"territory": territory, "limit": limit, "state": state, "before": before}
    return [_record(row) for row in await named_rows(connection, queries.RECORDS, asked)]


async def try_again(connection: AsyncConnection, territory: str, notice: int) -> None:
    """Try a message again that was given up, as if it were new. Raises UnknownNotice."""
    done = await connection.execute(queries.TRY_AGAIN, {"territory": territory, "id": notice})
    if not done.rowcount:
        raise UnknownNotice(notice=notice)


def _record(row: Any) -> Record:
    told = [
        (kind, format_number(datetime.fromisoformat(received), report) if report is not None else None)
        for kind, report, received in row.told
    ]
    facts = {name: getattr(row, name) for name in Record.__slots__ if name not in {"recipient", "told"}}
    return Record(recipient=_masked(row.channel, row.recipient), told=told, **facts)


def _masked(channel: str, address: str) -> str:
    """As much of an address as is enough to recognise one that is known; of a browser there is only its number."""
    if channel == "push":
        return address
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{name[:3]}****{name[-2:]}"
