"""Working ahead: the same items in order, failures where they belong, and no thread left behind."""

import threading
from collections.abc import Iterator

import pytest

from wangge.geo.files.ahead import ahead


def running() -> int:
    return sum(thread.name == "ahead" for thread in threading.enumerate())


def test_items_come_in_order_from_another_thread() -> None:
    makers = set()

    def made() -> Iterator[int]:
        for n in range(1000):
            makers.add(threading.current_thread().name)
            yield n

    with ahead(made()) as one, ahead(map(str, one)) as two:
        assert list(two) == [str(n) for n in range(1000)]
    assert makers == {"ahead"}
    assert running() == 0


def test_it_is_made_before_it_is_asked_for_but_not_endlessly() -> None:
    made: list[int] = []
    third = threading.Event()

    def numbers() -> Iterator[int]:
        for n in range(1000):
            made.append(n)
            if n == 2:
                third.set()
            yield n

    with ahead(numbers(), depth=2) as items:
        assert third.wait(5)
        assert next(items) == 0
    assert len(made) < 10
    assert running() == 0


def test_a_failure_comes_after_what_was_made_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with ahead(failing()) as items:
        assert next(items) == 1
        with pytest.raises(ZeroDivisionError):
            next(items)
    assert running() == 0


def test_leaving_in_the_middle_stops_the_thread() -> None:
    def interrupted() -> None:
        with ahead(iter(int, 1)) as endless, ahead(endless) as items:
            next(items)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert running() == 0
