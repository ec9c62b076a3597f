"""Two periods or kinds beside each other: what differs is told, what chance explains is not, nor what is too few."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from tests.conftest import LOCAL, clone
from tests.patterns.planting import Reports
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.patterns.comparison.asked import Against, Asked, BadComparison, days_of
from wangge.patterns.comparison.comparing import judged
from wangge.patterns.counts.asked import Filter, Source
from wangge.reports.errors import UnknownCategory
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua/comparison"
MAY = {"from": "2026-05-01", "to": "2026-05-31"}
JUNE = {"from": "2026-06-01", "to": "2026-06-30"}
TODAY = date(2026, 7, 15)


@pytest.fixture(scope="module")
def city(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Lamps in two streets: in one of them there are three times as many in June as in May."""
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        streets = sorted({leaf.path[0] for leaf in grid.leaves})[:3]
        at = [next(i for i, leaf in enumerate(grid.leaves) if leaf.path[0] == street) for street in streets]
        reports = Reports(grid, 3)
        for place, may, june in ((at[0], 31, 90), (at[1], 31, 31), (at[2], 3, 9)):
            for n in range(may):
                reports.add(place, 30.5 + 30 * n / may, "lamp")
            for n in range(june):
                reports.add(place, 0.5 + 29 * n / june, "lamp")
        reports.add(at[1], 5.5, "parking")
        reports.store(url)
        home = tmp_path_factory.mktemp("home")
        settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            signed_in(client, url, [Grant(Role.CENTRE, "xinhua")])
            yield {"client": client, "url": url, "home": home, "streets": streets}


def test_a_street_with_more_than_before_is_told_and_one_with_as_many_is_not(city: dict[str, Any]) -> None:
    body = {"before": MAY, "after": JUNE, "categories": None}
    assert city["client"].post(HERE, json=body).status_code == 422  # categories belong to a side
    answer = city["client"].post(HERE, json={"before": MAY, "after": JUNE}).json()
    assert (answer["level"], answer["against"], answer["source"]) == ("street", "days", "database")
    assert answer["share"] == pytest.approx(30 / 61)
    more, same, few = answer["cells"]
    assert [cell["code"] for cell in answer["cells"]] == city["streets"]
    assert (more["before"], more["after"], more["differs"]) == (31, 90, "more")
    assert more["ratio"] == pytest.approx(90 / 30 / (31 / 31))
    assert 1.9 < more["low"] < 3 < more["high"] < 4.7
    assert more["q"] < 1e-4
    assert (same["before"], same["after"], same["differs"]) == (31, 32, None)
    assert same["p"] > 0.5
    assert (few["p"], few["q"], few["differs"]) == (None, None, None)  # twelve are too few to tell
    assert few["low"] < few["ratio"] < few["high"]
    assert (answer["whole"]["before"], answer["whole"]["after"], answer["whole"]["differs"]) == (65, 131, "more")


def test_kinds_are_compared_by_the_city_s_own_ratio(city: dict[str, Any]) -> None:
    sides = {"before": MAY | {"categories": ["lamp"]}, "after": MAY | {"categories": ["parking"]}}
    nothing = city["client"].post(HERE, json=sides | {"level": "grid"}).json()
    assert (nothing["against"], nothing["share"]) == ("total", None)
    assert {(cell["ratio"], cell["low"], cell["differs"]) for cell in nothing["cells"]} == {(None, None, None)}
    whole_city = city["client"].post(HERE, json={"before": MAY, "after": JUNE, "against": "total"}).json()
    assert [cell["differs"] for cell in whole_city["cells"]][:2] == [None, "fewer"]  # beside the city's own growth
    assert whole_city["whole"]["ratio"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"before": MAY}, "after"),
        ({"before": MAY, "after": MAY}, "after"),
        ({"before": MAY, "after": {"from": "2026-05-31", "to": "2026-06-30"}}, "after"),
        ({"before": MAY | {"categories": ["lamp"]}, "after": {"to": "2026-06-01"}}, "after"),
        ({"before": {"from": "2026-05-31", "to": "2026-05-01"}, "after": JUNE}, "before.to"),
        ({"before": {"to": "2026-05-31"}, "after": JUNE, "against": "days"}, "before"),
        ({"before": MAY, "after": {"from": "2026-06-01", "to": "2999-01-01"}}, "after.to"),
        ({"before": MAY, "after": JUNE, "weekdays": []}, "before"),
        ({"before": MAY, "after": JUNE, "against": "luck"}, "against"),
        ({"before": MAY, "after": JUNE, "states": ["lost"]}, "states"),
        ({"before": [], "after": JUNE}, "before"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_its_field(
    city: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = city["client"].post(HERE, json=body, headers={"Accept-Language": "zh"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert city["client"].post(HERE, json={"before": MAY, "after": JUNE, "level": "x"}).status_code == 404


def test_days_that_are_counted_are_those_of_the_weekdays_asked_for() -> None:
    random = np.random.default_rng(5)
    for _ in range(50):
        first = date(2026, 1, 1) + timedelta(days=int(random.integers(0, 400)))
        last = first + timedelta(days=int(random.integers(0, 60)))
        wanted = frozenset(int(day) for day in random.choice(np.arange(1, 8), 3, replace=False))
        each = [first + timedelta(days=at) for at in range((last - first).days + 1)]
        assert days_of(Filter(since=first, until=last)) == len(each)
        counted = sum(day.isoweekday() in wanted for day in each)
        assert days_of(Filter(since=first, until=last, weekdays=wanted)) == counted


def test_today_is_not_over() -> None:
    before = Filter(since=date(2026, 6, 1), until=date(2026, 6, 30))
    for last, refused in ((date(2026, 7, 14), False), (TODAY, True)):
        after = Filter(since=date(2026, 7, 1), until=last)
        if refused:
            with pytest.raises(BadComparison):
                Asked.of(whole("xinhua"), before, after, "street", None, TODAY)
        else:
            assert Asked.of(whole("xinhua"), before, after, "street", None, TODAY).against is Against.DAYS


def test_the_sides_exchanged_give_the_inverse() -> None:
    february, march = (Filter(since=date(2026, month, 1), until=date(2026, month, 28)) for month in (2, 3))
    there = Asked.of(whole("x"), february, march, "street", None, TODAY)
    back = Asked.of(whole("x"), march, february, "street", None, TODAY)
    counts: tuple[dict[str, int], dict[str, int]] = {"a": 40, "b": 9, "c": 4}, {"a": 10, "b": 9, "d": 2}
    one, two = judged(there, *counts, {}, Source.COLUMNS), judged(back, *counts[::-1], {}, Source.COLUMNS)
    assert [cell.differs for cell in one.cells] == [-1, 0, 0, 0]
    for a, b in zip(one.cells, two.cells, strict=True):
        assert a.differs == -b.differs
        assert a.p == pytest.approx(b.p)
        if a.ratio and b.ratio and a.high and b.low:
            assert [a.ratio * b.ratio, a.high * b.low] == pytest.approx([1, 1])
    assert one.cells[3].high is None  # there were none before


def compared(city: dict[str, Any], *arguments: str, lang: str = "en") -> Result:
    env = {"WANGGE_DATABASE_URL": city["url"], "WANGGE_HOME": str(city["home"]), "WANGGE_LANG": lang, "COLUMNS": "400"}
    return CliRunner().invoke(build("compare"), ["compare", "xinhua", *arguments], env=env)


def test_the_command_says_it_in_sentences(city: dict[str, Any]) -> None:
    days = ("--before", "2026-05-01/2026-05-31", "--after", "2026-06-01/2026-06-30")
    told = compared(city, *days, "--json")
    assert [cell["differs"] for cell in json.loads(told.stdout)["cells"]] == ["more", None, None]
    lines = compared(city, *days).stdout.splitlines()
    assert [line for line in lines if "90, 31 before; day for day 3.00 times" in line and "More:" in line]
    assert len([line for line in lines if "before" in line]) == 2  # all together, and the one that differs
    everything = compared(city, *days, "--all", lang="zh").stdout
    assert "件数太少，只给区间。" in everything
    assert "与偶然无法区分。" in everything
    assert isinstance(compared(city, *days, "--category", "lmap").exception, UnknownCategory)
    assert compared(city, "--before", "2026-05", "--after", "2026-06-01/2026-06-30").exit_code == 2
