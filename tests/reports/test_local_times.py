"""Times whose zone is wrong, and times of another zone than the territory's."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
import typer

from wangge.api.cli.terminal.options import zone_of
from wangge.reports.bulk.columns.times import times

WASHINGTON = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    "written",
    [
        "2015-10-08 18:50:23+00:00",
        "2015-10-08T18:50:23Z",
        "2015-10-08T18:50:23.000+0800",
        "2015-10-08 18:50:23 -04",
        "2015/10/8 18:50:23Z",
        "2015-10-08 18:50:23",
        "2015年10月8日 18:50:23",
    ],
)
def test_a_zone_that_is_wrong_is_not_heeded(written: str) -> None:
    read = times(pa.array([written]), WASHINGTON, as_local=True)
    assert read.values[0] == np.datetime64("2015-10-08T22:50:23")
    assert not read.unreadable.any()


@pytest.mark.parametrize("day", ["2015-10-08", "2015/10/08", "2015-10-8"])
def test_the_day_of_a_date_is_no_zone(day: str) -> None:
    assert times(pa.array([day]), WASHINGTON, as_local=True).values[0] == np.datetime64("2015-10-08T04:00:00")


def test_typed_times_are_read_by_the_clock_of_the_zone_they_name() -> None:
    moment = datetime(2015, 10, 8, 18, 50, tzinfo=UTC)
    typed = pa.array([moment, None], pa.timestamp("us", "Asia/Shanghai"))
    read = times(typed, WASHINGTON, as_local=True).values
    assert read[0] == np.datetime64("2015-10-09T06:50")  # 02:50 on a wall in Shanghai, read in Washington
    assert np.isnat(read[1])


def test_by_itself_a_zone_that_is_named_is_believed() -> None:
    assert times(pa.array(["2015-10-08 18:50+00:00"]), WASHINGTON).values[0] == np.datetime64("2015-10-08T18:50")


def test_a_zone_is_given_by_its_name() -> None:
    assert zone_of("Asia/Tokyo") == ZoneInfo("Asia/Tokyo")
    assert zone_of(None) is None
    with pytest.raises(typer.BadParameter, match="Asia/Shanghai"):
        zone_of("Asia/Shangai")
