"""Work ahead: an iterable runs in a thread of its own while its results are used, in order."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

__all__ = ["ahead"]

T = TypeVar("T")
PATIENCE_S = 0.1


@contextmanager
def ahead(items: Iterable[T], depth: int = 2) -> Iterator[Iterator[T]]:
    """The same items in the same order, made in a thread, at most `depth` before they are asked for.

    What the iterable raises is raised where its items are asked for. When the context is left, by an exception or
    before the end, the thread stops after the item at hand.
    """
    filled = _Filled(items, depth)
    filled.start()
    try:
        yield iter(filled)
    finally:
        filled.stop()


class _Filled(Generic[T]):
    def __init__(self, items: Iterable[T], depth: int) -> None:
        self._items = items
        self._queue: Queue[tuple[T] | BaseException | None] = Queue(depth)
        self._stopped = Event()
        self._thread = Thread(target=self._fill, name="ahead", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while not self._stopped.is_set():
            try:
                got = self._queue.get(timeout=PATIENCE_S)
            except Empty:
                continue
            if got is None:
                return
            if isinstance(got, BaseException):
                raise got
            yield got[0]

    def _fill(self) -> None:
        end: BaseException | None = None
        try:
            for item in self._items:
                if not self._put((item,)):
                    return
        except BaseException as error:
            end = error
        self._put(end)

    def _put(self, what: tuple[T] | BaseException | None) -> bool:
        """Whether there was room before all was stopped."""
        while not self._stopped.is_set():
            try:
                self._queue.put(what, timeout=PATIENCE_S)
            except Full:
                continue
            return True
        return False
