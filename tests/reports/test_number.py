"""Case numbers survive being read out, and slips are noticed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.reports.number import format_number, parse_number

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
IDS = st.integers(1, 2**63 - 1)


@given(TIMES, IDS)
def test_a_number_names_its_month_and_id(time: datetime, report_id: int) -> None:
    parsed = parse_number(format_number(time, report_id))
    assert parsed == (time.replace(day=1, hour=0, minute=0, second=0, microsecond=0), report_id)


@given(TIMES, IDS, st.data())
def test_a_wrong_digit_or_a_swap_is_noticed(time: datetime, report_id: int, data: st.DataObject) -> None:
    digits = format_number(time, report_id).replace("-", "")
    i = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[i]]))
    assert parse_number(digits[:i] + other + digits[i + 1 :]) is None
    if i + 1 < len(digits) and digits[i] != digits[i + 1]:
        assert parse_number(digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]) is None


def test_the_month_is_the_one_in_utc() -> None:
    new_year_in_china = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=8)))
    assert format_number(new_year_in_china, 1).startswith("202512-000001-")


@pytest.mark.parametrize(
    "text", ["", "1", "202601-1-2", "abcdef", "２０２６０１-000123-7", "202601-000123-7x", "999912-000001-3"]
)
def test_what_is_no_number(text: str) -> None:
    assert parse_number(text) is None
