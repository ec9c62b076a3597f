"""Develops photos in processes of their own: a decoder that fails or takes everything takes nothing but itself.

A worker has a bound of memory and of time, reads one file after the other from its standard input, and is started when
there is something to do.
"""

import asyncio
import resource
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from wangge.geo.errors import WanggeError
from wangge.reports.evidence.developed import Cell, Developed, Hint, NotAPhoto

__all__ = ["BadPhoto", "Darkroom", "TooManyPhotos"]

MEMORY = 1 << 30
"""Bytes of address space that a worker may have beyond what it begins with."""
SECONDS = 20
WORKERS = 2
LENGTH = 8

WAITING = {True: 32, False: 8}
"""So many photos wait for a worker, of those who are known and of all others: theirs do not keep staff from sending."""


class BadPhoto(WanggeError):
    """A file that is no photo which can be kept. Facts: `reason`, one of format, pixels, broken."""

    kind = "bad-photo"


class TooManyPhotos(WanggeError):
    """As many wait as may. Facts: `retry_after_s`."""

    kind = "too-many-bodies"


class Darkroom:
    """A few workers, each at one photo at a time; who comes when all are busy waits, if not too many do."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._free: asyncio.Queue[Process | None] = asyncio.Queue()
        for _ in range(workers):
            self._free.put_nowait(None)
        self._processes: set[Process] = set()
        self._waiting = {True: 0, False: 0}

    async def cover(self, data: bytes, cells: Collection[Cell]) -> tuple[bytes, bytes]:
        """See `covering.cover`. Raises BadPhoto, TooManyPhotos."""
        _, pictures = await self._done(data, cells, known=True)
        return pictures[0], pictures[1]

    async def develop(self, data: bytes, *, known: bool) -> Developed:
        """See `developing.develop`: a file that a worker dies of or takes too long for is broken.

        Parameters
        ----------
        known : it is of somebody who is signed in.

        Raises
        ------
        BadPhoto, TooManyPhotos
        """
        told, pictures = await self._done(data, None, known=known)
        told["hint"] = Hint(**told["hint"])
        return Developed(large=pictures[0], small=pictures[1], **told)

    async def _done(
        self, data: bytes, cells: Collection[Cell] | None, *, known: bool
    ) -> tuple[dict[str, Any], list[bytes]]:
        """What a worker made of a file: developed, or with cells covered where there are any."""
        process, sound = await self._worker(known), False
        try:
            if process is None or process.returncode is not None:
                process = await self._start()
            try:
                async with asyncio.timeout(SECONDS):
                    told, pictures = await _ask(process, data, cells)
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                raise BadPhoto(reason="broken") from None
            sound = True
            if "reason" in told:
                raise BadPhoto(**told)
            return told, pictures
        finally:
            if process is not None and not sound:
                self._end(process)
                process = None
            self._free.put_nowait(process)

    async def close(self) -> None:
        """End the workers, and wait until they have."""
        ending = list(self._processes)
        for process in ending:
            self._end(process)
        await asyncio.gather(*(process.wait() for process in ending))

    async def _worker(self, known: bool) -> Process | None:
        """The next that is free; None where one has to be started."""
        if self._waiting[known] >= WAITING[known]:
            raise TooManyPhotos(retry_after_s=5)
        self._waiting[known] += 1
        try:
            return await self._free.get()
        finally:
            self._waiting[known] -= 1

    async def _start(self) -> Process:
        command = (sys.executable, "-m", __name__)
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
        self._processes.add(process)
        return process

    def _end(self, process: Process) -> None:
        self._processes.discard(process)
        if process.returncode is None:
            process.kill()


async def _ask(process: Process, data: bytes, cells: Collection[Cell] | None) -> tuple[dict[str, Any], list[bytes]]:
    assert process.stdin is not None  # noqa: S101 - it was started with pipes
    assert process.stdout is not None  # noqa: S101
    for part in (orjson.dumps(None if cells is None else list(cells)), data):
        process.stdin.write(len(part).to_bytes(LENGTH))
        process.stdin.write(part)
    await process.stdin.drain()
    parts = []
    for _ in range(3):
        size = int.from_bytes(await process.stdout.readexactly(LENGTH))
        parts.append(await process.stdout.readexactly(size))
    return orjson.loads(parts[0]), parts[1:]


def _work(source: BinaryIO, out: BinaryIO) -> None:
    """Answer each file with what is told of it and two pictures, each behind its length, until there is no more.

    Before each stands what is to be covered, or null for a file that is to be developed.
    """
    from wangge.reports.evidence.covering import cover
    from wangge.reports.evidence.developing import develop  # the decoders, which no other process loads

    while head := source.read(LENGTH):
        cells = orjson.loads(source.read(int.from_bytes(head)))
        data = source.read(int.from_bytes(source.read(LENGTH)))
        try:
            if cells is not None:
                parts = [b"{}", *cover(data, [(column, row) for column, row in cells])]
            else:
                made = develop(data)
                parts = [orjson.dumps(made.facts()), made.large, made.small]
        except NotAPhoto as refused:
            parts = [orjson.dumps({"reason": refused.reason}), b"", b""]
        for part in parts:
            out.write(len(part).to_bytes(LENGTH))
            out.write(part)
        out.flush()


if __name__ == "__main__":
    begun = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (begun + MEMORY, begun + MEMORY))
    _work(sys.stdin.buffer, sys.stdout.buffer)
