"""Once a day what is new in an area goes to whoever confirmed that they want it; and before that, the question."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wangge.access.links import Links
from wangge.data import messages
from wangge.data.languages import Language, spoken
from wangge.outgoing.areas import queries
from wangge.outgoing.areas.subscribing import LASTING, Subscription, next_morning, token_of
from wangge.outgoing.areas.writing import PublicCase, write_digest, write_question
from wangge.outgoing.delivery.deliveries import Delivery, Refused, Unreachable, without
from wangge.outgoing.notices import refusing
from wangge.outgoing.notices.sending import Pool, is_due, language_of, send_all
from wangge.outgoing.notices.ways import Ways
from wangge.outgoing.notices.writing import Letter
from wangge.reports.categories.categories import categories_of
from wangge.reports.feed.events import standing
from wangge.reports.listing.public import public_requests
from wangge.reports.number import format_number
from wangge.reports.reporter.stages import STAGES
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["CHANNEL", "letter_of", "make_digests", "name_of_area", "send_areas"]

CHANNEL = "area"
MOVES = ["receive", "register", "report-back", "close", "reopen"]
"""What is news to everybody: that there is a case, and that it is in another of the steps that people understand."""
NEWS = timedelta(days=2)
"""What happened longer ago when it is told, such as what a file tells of the past, is no news."""
MOST = 30
"""Cases in one message."""
TRIES = 3
"""So many messages in a row that cannot be delivered, and the address is erased."""


async def send_areas(pool: Pool, ways: Ways, links: Links) -> int:
    """Make what is due of areas, and send it; how many messages were taken. Raises Down."""
    if ways.mail is None:
        return 0
    await make_digests(pool, ways)
    if not await is_due(pool, CHANNEL):
        return 0
    async with ways.mail.open() as mailer:

        async def send(delivery: Delivery, letter: Letter) -> None:
            async with pool.connection() as connection:
                found = await _subscription(connection, delivery)
            if found is None:
                raise Refused("ended")
            try:
                await mailer.send(replace(delivery, recipient=found.email), letter)
            except (Refused, Unreachable) as error:  # what is kept of an answer has no address in it
                raise type(error)(without(found.email, str(error))) from error

        async def write(connection: AsyncConnection, delivery: Delivery) -> Letter | None:
            return await letter_of(connection, delivery, ways, links)

        return await send_all(pool, ways, CHANNEL, write, send)


async def make_digests(pool: Pool, ways: Ways) -> int:
    """Make a message for each subscription that is due and of whose area there is news; how many."""
    count = 0
    changed: dict[tuple[str, int, int], list[int]] = {}
    async with pool.connection() as connection:
        await connection.execute(queries.ERASE_UNREACHED, {"tries": TRIES})
        last = (await standing(connection)).newest.position  # one for all, whose news is looked up once then
        while True:
            async with connection.transaction():
                rows = await named_rows(connection, queries.CLAIM)
                if not rows:
                    return count
                count += await _make(connection, Subscription.of_row(rows[0]), ways, last, changed)


async def _make(
    connection: AsyncConnection,
    one: Subscription,
    ways: Ways,
    last: int,
    changed: dict[tuple[str, int, int], list[int]],
) -> bool:
    now = datetime.now(UTC)
    zone = ZoneInfo(one.zone)
    after = min(one.position or 0, last)
    key = one.territory, after, last
    if key not in changed:
        changed[key] = await _changed(connection, *key, now)
    if news := bool(changed[key]) and bool(await _cases(connection, one, changed[key], 1)):
        digest = {"territory": one.territory, "id": one.id, "language": one.language, "after": after, "last": last}
        due = ways.timing.waking(now, zone)
        await connection.execute(queries.DIGEST, digest | {"due": due, "keep": ways.keep})
    due = ways.timing.waking(next_morning(now, zone), zone)
    await connection.execute(queries.MOVE_ON, {"id": one.id, "position": last, "due": due})
    return news


async def _changed(connection: AsyncConnection, territory: str, after: int, last: int, told: datetime) -> list[int]:
    asked = {"territory": territory, "after": after, "last": last, "moves": MOVES, "since": told - NEWS}
    return [report for (report,) in await (await connection.execute(queries.CHANGED, asked)).fetchall()]


async def _cases(connection: AsyncConnection, one: Subscription, ids: Sequence[int], limit: int) -> list[Any]:
    categories = one.categories or None
    return await public_requests(connection, one.territory, limit, ids=ids, categories=categories, area=one.area)


async def _subscription(connection: AsyncConnection, delivery: Delivery) -> Subscription | None:
    asked = {"id": int(delivery.recipient), "lasting": LASTING}
    rows = await named_rows(connection, queries.SUBSCRIPTION, asked)
    return Subscription.of_row(rows[0]) if rows else None


async def letter_of(connection: AsyncConnection, delivery: Delivery, ways: Ways, links: Links) -> Letter | None:
    """What a message says; None where nobody wants it any more, or nothing of it may be told any more."""
    one = await _subscription(connection, delivery)
    if one is None:
        return None
    if await refusing.refused(connection, [refusing.name_of(links, "email", one.email)]):
        await connection.execute(queries.END, {"id": one.id})
        return None
    language = language_of(one.language)
    page = f"{ways.url}/r#/{one.territory}"
    token = token_of(links, one)
    area = await name_of_area(connection, one, language)
    names = {entry.code: entry.name for entry in (await categories_of(connection, one.territory)).entries}
    stretch = await (await connection.execute(queries.NEWS, {"id": delivery.id})).fetchone()
    if stretch is None:
        chosen = ", ".join(spoken(names.get(code, {}), language, code) for code in one.categories)
        none = refusing.token_of(links, "email", one.email)
        stop_now = f"{ways.url}/api/v1/notices/{none}/refusal"
        kinds = chosen or messages.word("areas", "all_categories", language)
        return write_question(area, kinds, language, f"{page}/area/{token}", f"{page}/notices/{none}", stop_now)
    after, last = stretch
    ids = await _changed(connection, one.territory, after, last, delivery.created_at)
    found = await _cases(connection, one, ids, MOST + 1)
    if not found:
        return None
    zone = ZoneInfo(one.zone)
    cases = [
        PublicCase(
            format_number(row.received_at, row.id),
            spoken(names.get(row.category, {}), language, row.category),
            messages.word("stages", STAGES[row.state], language),
            row.received_at.astimezone(zone).date(),
            f"{page}/public?lon={row.lon:.6f}&lat={row.lat:.6f}",
        )
        for row in found[:MOST]
    ]
    more = f"{page}/public" if len(found) > MOST else None
    stop_now = f"{ways.url}/api/v1/area-subscriptions/{token}/erasure"
    return write_digest(cases, area, language, more, f"{page}/area/{token}", stop_now)


async def name_of_area(connection: AsyncConnection, one: Subscription, language: Language) -> str:
    """What an area is called: its cell, a circle, or the territory."""
    area = one.area
    if area.cell is not None:
        asked = {"territory": one.territory, "cell": area.cell, "level": area.level}
        return await first_value(connection, queries.NAME_OF_CELL, asked) or area.cell
    if area.metres is not None:
        facts = {"metres": f"{area.metres:.0f}", "lon": f"{area.lon:.5f}", "lat": f"{area.lat:.5f}"}
        return messages.word("areas", "circle", language, **facts)
    name = await first_value(connection, queries.NAME_OF_TERRITORY, {"territory": one.territory})
    return spoken(name or {}, language, one.territory)
