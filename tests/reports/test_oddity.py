"""How odd closings are: each reason by itself, what many do counts less, and planted false closings come first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bench.odd_closings import auc, ranked
from wangge.reports.figures.oddity import Closing, Odd, Picture, Reason, limits, odd_closings

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
WALL, LAMP, GATE = 0x0F0F_1234_5678_9ABC, 0x3C3C_00FF_AA55_1111, 0x7FFF_0000_1357_2468


def closing(n: int, *pictures: Picture) -> Closing:
    """An honest one, a day after the one before and next door."""
    day = AT + timedelta(days=n)
    shown = pictures or (Picture(True, (LAMP * (n + 7)) % (1 << 63), bytes([n])),)
    begun, done, closed = (day + timedelta(hours=hours) for hours in (1, 3, 5))
    due = day + timedelta(days=2)
    return Closing(
        n, day, 116.85 + n * 1e-4, 38.31, 10, closed, "desk", due, begun, done, "li", f"case {n} done", False, shown
    )


def reasons(*closings: Closing, among: int = 40) -> dict[int, set[Reason]]:
    honest = [closing(n) for n in range(100, 100 + among)]
    return {odd.closing.id: {said.reason for said in odd.reasons} for odd in odd_closings([*closings, *honest])}


def test_honest_closings_are_not_odd() -> None:
    assert reasons() == {}


BEFORE, AFTER = Picture(False, GATE, b"gate"), Picture(True, WALL, b"wall")


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (replace(closing(1), pictures=(BEFORE,)), Reason.NO_PHOTO),
        (closing(1, BEFORE, Picture(True, GATE ^ 5, b"sent on")), Reason.SAME_PHOTO),  # as before: two bits changed
        (closing(1, AFTER._replace(lon=116.87, lat=38.31)), Reason.PHOTO_ELSEWHERE),
        (closing(1, AFTER._replace(taken_at=AT - timedelta(days=9))), Reason.PHOTO_BEFORE),
        (replace(closing(1), done_at=closing(1).begun), Reason.TOO_SOON),
    ],
)
def test_each_reason_is_found_by_itself(odd: Closing, reason: Reason) -> None:
    assert reasons(odd) == {1: {reason}}


def test_what_is_done_well_enough_is_no_reason() -> None:
    near = AFTER._replace(lon=116.8521, lat=38.31, taken_at=AT + timedelta(days=1, hours=2))
    assert reasons(closing(1, BEFORE, near)) == {}
    assert reasons(replace(closing(1), pictures=(), evidence=True)) == {}
    assert reasons(replace(closing(1), begun=None)) == {}  # found and seen to at once
    blank = [closing(n, Picture(True, 0, bytes([n, 1]))) for n in (1, 2)]
    assert reasons(*blank) == {}  # a plain wall looks like any other


def test_some_reasons_take_several_closings() -> None:
    due = AT + timedelta(days=5)
    bulk = [replace(closing(n), due_at=due, closed_at=due - timedelta(minutes=n)) for n in range(1, 6)]
    assert reasons(*bulk) == {n: {Reason.CLOSED_IN_BULK} for n in range(1, 6)}
    assert reasons(*bulk[:4]) == {}
    assert reasons(*(replace(one, closer=f"desk {one.id}") for one in bulk)) == {}
    same = [replace(closing(n), note="处理 完毕了啊啊" if n % 2 else "处理完毕了啊啊") for n in range(1, 11)]
    assert reasons(*same) == {n: {Reason.TEXT_REPEATED} for n in range(1, 11)}
    again = closing(1).pictures[0]._replace(digest=b"again")
    assert reasons(closing(1), closing(2, again)) == {n: {Reason.SAME_PHOTO} for n in (1, 2)}
    there = replace(closing(1), lon=116.9)
    then = closing(1).done_at
    assert then is not None
    assert reasons(there, replace(closing(2), done_at=then + timedelta(minutes=1))) == {2: {Reason.TWO_PLACES}}


def test_what_many_do_counts_less_and_reasons_add_up() -> None:
    bare = [replace(closing(n), pictures=()) for n in range(1, 21)]
    bare[0] = replace(bare[0], done_at=bare[0].begun)
    first, *rest = odd_closings([*bare, *(closing(n) for n in range(100, 120))])
    points = limits()
    assert first.closing.id == 1
    assert [said.points for said in rest[0].reasons] == [points["no-photo"]["points"] / 2]  # half of all
    assert isinstance(first, Odd)
    assert first.score == pytest.approx(sum(said.points for said in first.reasons))
    assert odd_closings([]) == []


def test_planted_false_closings_are_ranked_first() -> None:
    area, first = ranked(1)  # bench.odd_closings: twenty of them
    assert area >= 0.9
    assert first >= 0.4  # where three of a hundred are false
    assert auc([1, 1, 0], [True, False, False]) == 0.75
