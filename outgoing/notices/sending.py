"""Sends what waits, by each way that is open: claimed, written, handed over, settled."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import structlog
from prometheus_client import Counter
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from wangge.access.links import Links
from wangge.data import messages
from wangge.data.languages import LANGUAGES, NEAREST, Language, spoken
from wangge.outgoing.delivery import deliveries
from wangge.outgoing.delivery.deliveries import Delivery, Down, Refused, Unreachable
from wangge.outgoing.notices import queries
from wangge.outgoing.notices.devices import device_of, remove_gone
from wangge.outgoing.notices.kinds import Kind
from wangge.outgoing.notices.push import Gone, push
from wangge.outgoing.notices.refusing import name_of, refused, token_of
from wangge.outgoing.notices.ways import Ways
from wangge.outgoing.notices.writing import Letter, News, write
from wangge.reports.case.lifecycle import State
from wangge.reports.number import format_number
from wangge.reports.reporter.secrets import secret_for
from wangge.reports.reporter.stages import STAGES
from wangge.store.engine import AsyncConnection, named_rows

__all__ = [
    "Pool",
    "is_due",
    "language_of",
    "letter_of",
    "send_all",
    "send_mail",
    "send_push",
    "send_text",
    "send_wechat",
]

log = structlog.get_logger(__name__)

SENT = Counter("wangge_notices_sent_total", "Messages that were taken by who carries them.", ["channel"])
FAILED = Counter("wangge_notices_failed_total", "Messages that were given up.", ["channel"])

SETTLE_S = 1.0
AT_ONCE = 4
"""Messages that are on their way to browsers."""

Pool = AsyncConnectionPool[AsyncConnection]
Send = Callable[[Delivery, Letter], Awaitable[None]]
Write = Callable[[AsyncConnection, Delivery], Awaitable[Letter | None]]


async def send_mail(pool: Pool, ways: Ways, links: Links) -> int:
    """Send the e-mail that is due; how much was taken. Raises Down: the server cannot be had, nothing was claimed."""
    if ways.mail is None or not await is_due(pool, "email"):
        return 0
    async with ways.mail.open() as mailer:
        return await send_all(pool, ways, "email", _writer(ways, links), mailer.send)


async def send_text(pool: Pool, ways: Ways, links: Links) -> int:
    """Send the text messages that are due; how many were taken. Raises Down."""
    if (gateway := ways.gateway) is None or not await is_due(pool, "gateway"):
        return 0
    import httpx2  # only who sends loads it

    async with httpx2.AsyncClient(follow_redirects=False) as client:

        async def send(delivery: Delivery, letter: Letter) -> None:
            await gateway.send(client, delivery, letter)

        return await send_all(pool, ways, "gateway", _writer(ways, links), send)


async def send_wechat(pool: Pool, ways: Ways, links: Links) -> int:
    """Send what is due to whoever agreed to it in the mini-program; how many messages were taken. Raises Down."""
    if (wechat := ways.wechat) is None or not await is_due(pool, "wechat"):
        return 0
    import httpx2  # only who sends loads it

    async with httpx2.AsyncClient(follow_redirects=False) as client:

        async def send(delivery: Delivery, letter: Letter) -> None:
            template = wechat.templates.get(Kind(letter.first["kind"]))
            if template is None:
                raise Refused("no template any more")
            more = {"openid": delivery.recipient, "template": template, "phone": ""}
            await wechat.gateway.send(client, delivery, letter, more)

        return await send_all(pool, ways, "wechat", _writer(ways, links), send)


async def send_push(pool: Pool, ways: Ways, links: Links) -> int:
    """Send what browsers are to be told; how many messages were taken."""
    if not ways.push or not await is_due(pool, "push"):
        return 0

    async def send(delivery: Delivery, letter: Letter) -> None:
        async with pool.connection() as connection:
            device = await device_of(connection, delivery.recipient)
        if device is None:
            raise Refused("signed out")
        try:
            await push(device, letter, links, ways.push, ways.networks)
        except Gone:
            async with pool.connection() as connection:
                await remove_gone(connection, delivery.recipient)
            raise

    # Each browser has a push service of its own: one that lets us wait does not keep the others from being told.
    sending = (send_all(pool, ways, "push", _writer(ways, links), send) for _ in range(AT_ONCE))
    return sum(await asyncio.gather(*sending))


async def is_due(pool: Pool, channel: str) -> bool:
    """Whether there is something to send by a channel; what was not taken in its time is given up."""
    async with pool.connection() as connection:
        if given_up := await deliveries.expire(connection, channel):
            FAILED.labels(channel).inc(given_up)
            log.warning("messages given up", channel=channel, count=given_up)
        return await deliveries.waits(connection, channel)


def _writer(ways: Ways, links: Links) -> Write:
    async def write(connection: AsyncConnection, delivery: Delivery) -> Letter | None:
        return await letter_of(connection, delivery, ways, links)

    return write


async def send_all(pool: Pool, ways: Ways, channel: str, write: Write, send: Send) -> int:
    """Send what a channel has until nothing is due; how many messages were taken. Raises Down.

    Parameters
    ----------
    write : gives what a message says, None where nobody wants it any more.
    send : hands it over, or raises Refused or Unreachable.
    """
    count = 0
    while True:
        async with pool.connection() as connection:
            delivery = await deliveries.claim(connection, channel)
            if delivery is None:
                return count
            try:
                letter = await write(connection, delivery)
            except (psycopg.Error, OSError):
                raise
            except Exception as error:  # one that cannot be written keeps no other back
                FAILED.labels(channel).inc()
                log.error("message not written", channel=channel, delivery=delivery.id, error=type(error).__name__)
                await deliveries.fail(connection, delivery, f"{type(error).__name__}: {error}")
                continue
            if letter is None:
                await deliveries.drop(connection, delivery, "not wanted any more")
                continue
        try:
            await send(delivery, letter)
        except Refused as error:
            FAILED.labels(channel).inc()
            log.warning("message refused", channel=channel, delivery=delivery.id)
            await _settle(pool, deliveries.fail, delivery, str(error))
        except Unreachable as error:
            async with pool.connection() as connection:
                zone = await _zone(connection, delivery.territory)
                due = ways.timing.waking(datetime.now(UTC) + deliveries.back_off(delivery.attempts), zone)
                await deliveries.put_off(connection, delivery, due, str(error))
            if isinstance(error, Down):
                raise
        except Exception as error:  # nor does one that cannot be handed over
            FAILED.labels(channel).inc()
            log.error("message not handed over", channel=channel, delivery=delivery.id, error=type(error).__name__)
            await _settle(pool, deliveries.fail, delivery, f"{type(error).__name__}: {error}")
        else:
            SENT.labels(channel).inc()
            count += 1
            await _settle(pool, deliveries.sent, delivery)


async def _settle(pool: Pool, how: Callable[..., Awaitable[None]], delivery: Delivery, *facts: str) -> None:
    """Keep what became of a message; the database is waited for, so that it is not sent again for want of it."""
    while True:
        try:
            async with pool.connection() as connection:
                await how(connection, delivery, *facts)
        except (psycopg.OperationalError, PoolTimeout, OSError) as error:
            log.warning("message not settled, trying again", delivery=delivery.id, error=str(error).strip())
            await asyncio.sleep(SETTLE_S)
        else:
            return


async def _zone(connection: AsyncConnection, territory: str) -> ZoneInfo:
    row = await (await connection.execute(queries.ZONES, {"territories": [territory]})).fetchone()
    return ZoneInfo(row[1] if row else "UTC")


async def letter_of(connection: AsyncConnection, delivery: Delivery, ways: Ways, links: Links) -> Letter | None:
    """What a message says; None where its recipient wants none, or nothing is left to tell."""
    token = token_of(links, delivery.channel, delivery.recipient)
    if await refused(connection, [name_of(links, delivery.channel, delivery.recipient)]):
        return None
    if delivery.channel == "push" and await device_of(connection, delivery.recipient) is None:
        return None
    rows = await named_rows(connection, queries.NOTICES_OF, {"delivery": delivery.id})
    if not rows:
        return None
    language = language_of(delivery.language)
    codes = {"territory": delivery.territory, "codes": list({row.category for row in rows if row.category})}
    rows_of_names = await (await connection.execute(queries.CATEGORIES, codes)).fetchall()
    names: dict[str, dict[str, str]] = dict(rows_of_names)
    news = [await _news(connection, delivery, row, names, language, ways.url, links) for row in rows]
    if delivery.channel == "wechat":  # a template has room for one
        news = news[-1:]
    stop = f"{ways.url}/r#/{delivery.territory}/notices/{token}"
    return write(news, language, stop, f"{ways.url}/api/v1/notices/{token}/refusal")


async def _news(
    connection: AsyncConnection,
    delivery: Delivery,
    row: Any,
    names: dict[str, dict[str, str]],
    language: Language,
    url: str,
    links: Links,
) -> News:
    number = format_number(row.report_received_at, row.report_id) if row.report_id is not None else ""
    if not row.staff:  # by the notice: one address may be a reporter's and an account's, and has one message then
        key = row.report_id, row.report_received_at
        secret = await secret_for(connection, links, delivery.territory, key)
        link = f"{url}/r#/{delivery.territory}/{number}/{secret}"
    elif number:
        link = f"{url}/work#/{delivery.territory}/cases/{number}"
    else:
        link = f"{url}/centre#t={delivery.territory}"
    category = spoken(names.get(row.category or "", {}), language, row.category or "")
    state = ""
    if row.state:
        state = messages.word("states", row.state, language) if row.staff else _stage(row.state, language)
    return News(Kind(row.kind), number, category, state, link)


def _stage(state: str, language: Language) -> str:
    """How far a case is, in the words that its reporter is told."""
    return messages.word("stages", STAGES[State(state)], language)


def language_of(name: str) -> Language:
    """A language that the program speaks, by its name."""
    return next((one for one in LANGUAGES if one == name), NEAREST)
