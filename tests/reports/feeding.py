"""Turmoil for the feed: writers that commit out of order, tickers, and followers by name that are killed at random."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from wangge.reports.feed.positions import enrol, position
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import connect, connect_async

__all__ = ["EFFECTS", "Turmoil", "check", "drain"]

ROOT = Path(__file__).parent.parent.parent

Case = tuple[int, Any]

EFFECTS = """
CREATE TABLE effect (n bigserial, name text, mark text, position bigint, event_id bigint, report_id bigint)
"""
NOTE = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, actor, move)
SELECT id, received_at, territory_code, state, 'turmoil', 'note' FROM report, generate_series(1, %s)
WHERE id = ANY (%s) ORDER BY random()
"""


class RolledBack(Exception):
    """What a writer does to what it has written."""


@dataclass
class Turmoil:
    """Writers, tickers and followers over one database, for a while.

    Parameters
    ----------
    cases : that events are appended to.
    hold_s : how long a writer keeps what it has written uncommitted, at most.
    pause_s : between two of a writer's transactions, at most.
    """

    url: str
    cases: Sequence[Case]
    seed: int = 0
    writers: int = 8
    followers: tuple[str, ...] = ("columns", "screens", "hooks")
    tickers: int = 2
    hold_s: float = 0.3
    pause_s: float = 0.05
    kills: int = 0
    faults: list[BaseException] = field(default_factory=list)

    def run(self, seconds: float, kill_every_s: float) -> None:
        """Let them loose; in the end the writers have committed, and the others are dead."""
        dice = random.Random(self.seed)
        with connect(self.url) as connection:
            connection.execute(EFFECTS)
        asyncio.run(enrol_all(self.url, self.followers))
        work = [f"follow {name}" for name in self.followers] + ["tick"] * self.tickers
        with Nursery(self.url) as nursery:
            running = [nursery.start(one) for one in work]
            ends = time.monotonic() + seconds
            threads = [
                threading.Thread(target=self._write, args=(self.seed * 100 + n, ends)) for n in range(self.writers)
            ]
            for thread in threads:
                thread.start()
            while time.monotonic() < ends:
                time.sleep(dice.uniform(0, 2 * kill_every_s))
                n = dice.randrange(len(running))
                os.kill(running[n], signal.SIGKILL)
                self.kills += 1
                running[n] = nursery.start(work[n])
            for thread in threads:
                thread.join()
            for process in running:
                os.kill(process, signal.SIGKILL)
        if self.faults:
            raise self.faults[0]

    def _write(self, seed: int, ends: float) -> None:
        dice = random.Random(seed)
        try:
            with connect(self.url, autocommit=True) as connection:
                while time.monotonic() < ends:
                    try:
                        with connection.transaction():
                            self._append(connection, dice)
                    except RolledBack:
                        pass
                    time.sleep(dice.uniform(0, self.pause_s))
        except BaseException as error:  # told by the one who waits
            self.faults.append(error)

    def _append(self, connection: Any, dice: random.Random) -> None:
        """One transaction: a case or several, locked first as every writer of events does."""
        ids = sorted(case for case, _ in dice.sample(self.cases, dice.choice((1, 1, 1, 2, 4))))
        connection.execute("SELECT FROM report WHERE id = ANY (%s) ORDER BY id FOR UPDATE", (ids,))
        way = dice.random()
        if way < 0.5:
            connection.execute(NOTE, (dice.randint(1, 3), ids))
        elif way < 0.75:
            connection.execute(NOTE, (1, ids))
            for outcome in (RolledBack, None):
                try:
                    with connection.transaction():
                        connection.execute(NOTE, (1, ids))
                        if outcome:
                            raise outcome
                except RolledBack:
                    pass
        else:
            received = dict(self.cases)
            columns = "report_id, report_received_at, territory_code, state, actor, move"
            with connection.cursor().copy(f"COPY report_event ({columns}) FROM STDIN") as copy:
                for n in range(dice.choice((2, 40))):
                    case = ids[n % len(ids)]
                    copy.write_row((case, received[case], "town", "assigned", "turmoil", "note"))
        if dice.random() < 0.4:
            time.sleep(dice.uniform(0, self.hold_s))
        if dice.random() < 0.12:
            raise RolledBack


async def enrol_all(url: str, names: Sequence[str]) -> None:
    """Everybody follows from the end of the feed on."""
    async with await connect_async(url) as connection:
        for name in names:
            await enrol(connection, name)


async def _do(connection: Any, name: str) -> bool:
    """One stretch of a follower: it writes down what it was given. False where there was nothing."""
    async with position(connection, name, limit=40) as taken:
        rows = [(name, str(e.mark), e.mark.position, e.id, e.report_id) for e in taken.events]
        cursor = connection.cursor()
        await cursor.executemany(
            "INSERT INTO effect (name, mark, position, event_id, report_id) VALUES (%s, %s, %s, %s, %s)", rows
        )
    return bool(taken.events)


async def _work(url: str, what: str, name: str = "") -> None:
    async with await connect_async(url) as connection:
        while os.getppid() != 1:
            if what == "tick":
                await tick(connection)
                await asyncio.sleep(0.02)
            elif not await _do(connection, name):
                await asyncio.sleep(0.02)


class Nursery:
    """Forks workers from a process that has imported what they need, so that one who was killed is soon back."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "tests.reports.feeding", url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(self, work: str) -> int:
        """The id of a process that does this until it is killed."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(work + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def bear(url: str) -> None:
    """The nursery's own process."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who was killed leaves nothing behind
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if not child:
            asyncio.run(_work(url, *line.split()))
            os._exit(0)
        print(child, flush=True)


async def drain(url: str, *names: str) -> None:
    """Number everything, and let these followers do all of it."""
    async with await connect_async(url) as connection:
        while await tick(connection) != 0:
            await asyncio.sleep(0.05)
        for name in names:
            while await _do(connection, name):
                pass


def check(url: str, names: Sequence[str]) -> tuple[int, int]:
    """Every event has one position and every follower did it once, case by case in order; (events, late ones)."""
    with psycopg.connect(url) as connection:
        events = connection.execute("SELECT id, report_id FROM report_event WHERE xid IS NOT NULL").fetchall()
        feed = connection.execute("SELECT position, event_id, report_id FROM feed ORDER BY position").fetchall()
        effects = connection.execute("SELECT name, position, event_id, report_id FROM effect ORDER BY n").fetchall()
    assert [place for place, _, _ in feed] == list(range(1, len(feed) + 1))
    assert Counter(event for _, event, _ in feed) == Counter(event for event, _ in events)
    for name in names:
        done = [row[1:] for row in effects if row[0] == name]
        assert done == feed[len(feed) - len(done) :], f"{name} did not do each event once and in order"
        assert done
    latest: dict[int, int] = {}
    highest = late = 0
    for _, event, case in feed:
        assert event > latest.get(case, 0), f"case {case} is out of order"
        latest[case] = event
        late += event < highest
        highest = max(highest, event)
    return len(events), late


if __name__ == "__main__":
    bear(sys.argv[1])
