"""How far a long command has come: a bar on a terminal, a line now and then elsewhere."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from wangge.api.cli.terminal import console

__all__ = ["shown"]

PLAIN_EVERY_S = 5.0

Advance = Callable[[float, str], None]


@contextmanager
def shown(title: str) -> Iterator[Advance]:
    """A function that takes the share done (0 to 1) and what to say about it."""
    if not console.err.is_terminal or "NO_COLOR" in os.environ:
        yield _plainly(title)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[said]}"), console=console.err, transient=True) as progress:
        task = progress.add_task(title, total=1.0, said="")
        yield lambda share, said: progress.update(task, completed=share, said=said)


def _plainly(title: str) -> Advance:
    last = time.monotonic()

    def advance(share: float, said: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_EVERY_S:
            last = time.monotonic()
            console.err.print(f"{title}: {share:.0%}, {said}", soft_wrap=True)

    return advance
