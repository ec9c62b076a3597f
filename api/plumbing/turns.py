"""Work that takes seconds of a thread: one at a time, some that wait, the others told to come again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import ParamSpec, TypeVar

from wangge.geo.errors import WanggeError

__all__ = ["APART", "FilesFull", "Turns", "to_its_end"]

Given = ParamSpec("Given")
Made = TypeVar("Made")

RETRY_AFTER_S = 10


class FilesFull(WanggeError):
    """As many files are being made, or read apart, as may be. Facts: `retry_after_s`."""

    kind = "files-full"


class Turns:
    """Turns at a kind of work.

    Parameters
    ----------
    full : raised, with `retry_after_s`, when as many wait as may.
    """

    def __init__(self, full: type[WanggeError], most_waiting: int = 8) -> None:
        self._full, self._most, self._waiting = full, most_waiting, 0
        self._one = asyncio.Semaphore(1)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """One's turn, once it comes."""
        if self._waiting >= self._most:
            raise self._full(retry_after_s=RETRY_AFTER_S)
        self._waiting += 1
        try:
            async with self._one:
                yield
        finally:
            self._waiting -= 1


APART = Turns(FilesFull)
"""Files that are read in a process of their own, whatever for: each may take gigabytes and a minute."""


async def to_its_end(act: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """What a thread makes of it. A cancellation waits for the thread, which nothing can end, and so keeps its turn."""
    thread = asyncio.ensure_future(asyncio.to_thread(act, *given, **named))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        with suppress(Exception):
            await thread
        raise
