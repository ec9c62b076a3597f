"""Turns at what takes seconds of a thread: whoever gives up keeps the turn until the thread ends."""

import asyncio
from contextlib import suppress
from threading import Event

from wangge.api.plumbing.turns import Turns, to_its_end
from wangge.geo.errors import WanggeError


async def test_who_is_cancelled_gives_the_turn_back_when_the_thread_ends() -> None:
    turns, begun, over, order = Turns(WanggeError), Event(), Event(), list[str]()

    def work() -> None:
        begun.set()
        assert over.wait(10)
        order.append("first")

    async def first() -> None:
        async with turns.taken():
            await to_its_end(work)

    async def second() -> None:
        async with turns.taken():
            order.append("second")

    cancelled = asyncio.create_task(first())
    await asyncio.to_thread(begun.wait, 10)
    waiting = asyncio.create_task(second())
    cancelled.cancel()
    await asyncio.sleep(0.05)
    assert not order
    over.set()
    with suppress(asyncio.CancelledError):
        await cancelled
    await waiting
    assert cancelled.cancelled()
    assert order == ["first", "second"]
