"""The example year as it ends today: as many cases on a day as the file says, and what is open where it is wanted."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from tests.conftest import BOUNDARIES
from wangge.api.cli.examples import COURSES, YEAR
from wangge.demo.courses import Filed, read_year
from wangge.demo.standing import OPEN, STEP_OF
from wangge.demo.today import Today, arrange
from wangge.geo.boundaries import read_boundaries
from wangge.geo.folders import grid_of
from wangge.geo.grid import Grid
from wangge.reports.policy.policies import read_policy
from wangge.reports.policy.policy import Policy

FOLDER = BOUNDARIES / "xinhua"
MOMENTS = ("2026-01-31T15:00", "2026-02-17T03:10", "2026-11-29T23:59", "2028-02-29T12:00")
"""A Saturday, the night of a New Year, the end of a Sunday, a leap day."""


@pytest.fixture(scope="module")
def grid() -> Grid:
    return grid_of(read_boundaries(FOLDER))


@pytest.fixture(scope="module")
def year() -> list[Filed]:
    return read_year(YEAR, COURSES)


def at(grid: Grid, moment: str) -> Today:
    now = datetime.fromisoformat(moment).replace(tzinfo=grid.timezone)
    return Today(now.date(), now)


@pytest.fixture(scope="module")
def policy(grid: Grid) -> Policy:
    return read_policy(FOLDER / "policy.toml").document.policy(str(grid.timezone), {})


def of_day(grid: Grid, year: list[Filed]) -> Counter[date]:
    return Counter(filed.at.astimezone(grid.timezone).date() for filed in year)


def weekdays(counted: Counter[date]) -> list[int]:
    return [sum(count for day, count in counted.items() if day.weekday() == one) for one in range(7)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_year_ends_today_with_the_cases_of_each_day_that_the_file_has(
    grid: Grid, policy: Policy, year: list[Filed], moment: str
) -> None:
    today = at(grid, moment)
    arranged = arrange(year, grid, policy, today)
    assert sorted(filed.key for filed in arranged) == sorted(filed.key for filed in year)
    assert arranged == sorted(arranged, key=lambda filed: filed.at)
    assert arranged[-1].at <= today.now
    counted = of_day(grid, year)
    days = sorted(counted)
    turned = (days[-1].weekday() - today.day.weekday()) % 7
    turned_days = days[-turned:] + days[:-turned] if turned else days
    told = Counter({today.day - timedelta(days=364 - n): counted[day] for n, day in enumerate(turned_days)})
    settled = [filed for filed in arranged if filed.course.end != OPEN]
    before = today.day - timedelta(days=14)
    assert {day: count for day, count in told.items() if day < before} == {
        day: count for day, count in of_day(grid, settled).items() if day < before
    }
    assert {filed.course.end for filed in settled} == {"closed"}
    assert weekdays(of_day(grid, arranged)) == pytest.approx(weekdays(counted), rel=0.05), "Mondays are Mondays"
    opened = [filed for filed in arranged if filed.course.end == OPEN]
    assert len(opened) == 93
    assert {filed.course.incident for filed in opened} == STEP_OF.keys()


def test_which_report_is_which_depends_on_the_day_alone(grid: Grid, policy: Policy, year: list[Filed]) -> None:
    """So that a run that was interrupted goes on in the afternoon with the months that are left."""
    early, late = (arrange(year, grid, policy, at(grid, f"2026-03-10T{clock}")) for clock in ("00:05", "23:55"))
    months = [{filed.key: f"{filed.at:%Y-%m}" for filed in one if filed.course.end != OPEN} for one in (early, late)]
    assert months[0] == months[1]
