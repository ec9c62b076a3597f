"""`wangge sweep`: what is nearly due, overdue or rising, settled once."""

import asyncio

import psycopg

from wangge.api.cli.terminal import console
from wangge.data import messages
from wangge.reports.clock.sweep import Swept, apply_policies
from wangge.reports.clock.sweep import sweep as sweep_once
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["sweep"]


def sweep() -> None:
    """Mark cases that are nearly due or overdue, and hand those on that a level has had for too long.

    Running servers do so by themselves (WANGGE_SWEEP_S); this is for a timer, where they are told not to. Any number
    may run at the same time.
    """
    done = asyncio.run(_sweep(ready_database(Settings())))
    facts = {"looked": done.looked, "warned": done.warned, "expired": done.expired, "risen": done.risen}
    title, detail = messages.text("swept", facts, console.language())
    console.out.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)


async def _sweep(url: str) -> Swept:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await apply_policies(connection)
        return await sweep_once(connection)
