"""Takes events from the feed, and makes messages of them in the transaction in which its position moves: each once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from wangge.access.links import Links
from wangge.outgoing.notices import queries
from wangge.outgoing.notices.refusing import name_of, refused
from wangge.outgoing.notices.ways import Ways
from wangge.outgoing.notices.whom import Notice, to_reporters, to_staff
from wangge.reports.feed.positions import enrol, forget, position
from wangge.store.engine import AsyncConnection, first_value

__all__ = ["FOLLOWER", "begin", "end", "take"]

FOLLOWER = "notices"
NEWS = timedelta(days=1)
"""What happened longer ago, such as what a file tells of the past, is no news."""

Letter = tuple[str, str, str, str, int | None]
"""Territory, channel, recipient, language and account: what one message is for."""


async def begin(connection: AsyncConnection) -> None:
    """Follow the feed from now on, or from where it was followed to."""
    await enrol(connection, FOLLOWER)


async def end(connection: AsyncConnection) -> None:
    """Follow it no longer: nothing is kept for notices that nobody sends."""
    if await first_value(connection, "SELECT true FROM feed_position WHERE name = %(name)s", {"name": FOLLOWER}):
        await forget(connection, FOLLOWER)


async def take(connection: AsyncConnection, ways: Ways, links: Links) -> int:
    """Make messages of the next events; how many events there were."""
    async with position(connection, FOLLOWER) as taken:
        now = datetime.now(UTC)
        news = [event for event in taken.events if event.at > now - NEWS]
        notices = await to_reporters(connection, news, ways) + await to_staff(connection, news, ways)
        if notices:
            await _store(connection, await _wanted(connection, links, notices), ways, now)
    return len(taken.events)


async def _wanted(connection: AsyncConnection, links: Links, notices: Sequence[Notice]) -> list[Notice]:
    """Those of whoever has not said that they want none."""
    names = {(one.channel, one.recipient): name_of(links, one.channel, one.recipient) for one in notices}
    gone = await refused(connection, list(names.values()))
    return [one for one in notices if names[one.channel, one.recipient] not in gone]


async def _store(connection: AsyncConnection, notices: Sequence[Notice], ways: Ways, now: datetime) -> None:
    asked = {"territories": list({one.event.territory for one in notices})}
    rows = await (await connection.execute(queries.ZONES, asked)).fetchall()
    zones = {code: ZoneInfo(name) for code, name in rows}
    to = {"recipients": list({one.recipient for one in notices})}
    sent = await (await connection.execute(queries.LAST_TO, to)).fetchall()
    last: dict[str, datetime] = dict(sent)
    letters: dict[Letter, list[Notice]] = {}
    for one in notices:
        letters.setdefault((one.event.territory, one.channel, one.recipient, one.language, one.account), []).append(one)
    for (territory, channel, recipient, language, account), told in letters.items():
        row = {"territory": territory, "channel": channel, "recipient": recipient, "language": language}
        before = None if channel == "push" else last.get(recipient)  # a telephone that is carried is told at once
        due = ways.timing.due(now, before, zones[territory])
        delivery = await first_value(
            connection, queries.BEGIN, row | {"account": account, "due": due, "keep": ways.keep}
        )
        async with connection.cursor() as cursor:
            await cursor.executemany(queries.ADD_NOTICES, [_row(delivery, one) for one in told])
            used = [{"report": one.contact, "template": one.template} for one in told if one.template]
            await cursor.executemany(queries.USE_TEMPLATE, used)


def _row(delivery: int, one: Notice) -> dict[str, object]:
    event = one.event
    return {
        "delivery": delivery,
        "kind": one.kind.value,
        "report": event.report_id,
        "received_at": event.received_at,
        "contact": one.contact,
        "category": one.category,
        "state": event.state,
        "mark": str(event.mark),
        "at": event.at,
    }
