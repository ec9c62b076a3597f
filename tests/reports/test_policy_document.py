"""Policies as they are written down: spans of time, what is refused and where, and that a written one reads back."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.conftest import BOUNDARIES
from wangge.api.plumbing.problems import render
from wangge.data.languages import LANGUAGES
from wangge.reports.policy.document import Day, PolicyDocument, PolicyFile
from wangge.reports.policy.durations import parse_limit
from wangge.reports.policy.policies import DEFAULTS, BadPolicy, read_policy
from wangge.reports.policy.policy import Limit, Step, Urgency
from wangge.reports.policy.tomltext import policy_toml

SHIPPED = [DEFAULTS, *sorted(BOUNDARIES.glob("*/policy.toml"))]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "amount", "working"),
    [
        ("10min", 10 * MINUTE, False),
        ("90 minutes", 90 * MINUTE, False),
        ("2h", 2 * HOUR, False),
        ("1.5h", 90 * MINUTE, False),
        ("3d", 3 * DAY, False),
        ("4 working hours", 4 * HOUR, True),
        ("15 working min", 15 * MINUTE, True),
        ("1 working day", 7.5 * HOUR, True),
        ("2 working days", 15 * HOUR, True),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, amount: timedelta, working: bool) -> None:
    assert parse_limit(text, 7.5 * HOUR) == Limit(amount, working)


@pytest.mark.parametrize("text", ["", "0h", "h", "-1h", "3 weeks", "1 workingday", "2h 3min", "3651d", "1e3h", "²h"])
def test_other_spans_are_refused(text: str) -> None:
    assert parse_limit(text) is None


@pytest.mark.parametrize(
    "file", [DEFAULTS, *sorted(BOUNDARIES.glob("*/policy.toml"))], ids=lambda file: file.parent.name
)
def test_the_shipped_policies_read_back_as_they_are_written(file: Path, tmp_path: Path) -> None:
    policy = read_policy(file)
    copy = tmp_path / "policy.toml"
    copy.write_text(policy_toml(policy.document), encoding="utf-8")
    assert read_policy(copy).document.policy("Asia/Shanghai", {}) == policy.document.policy("Asia/Shanghai", {})


def test_xinhua_has_the_limits_of_its_example() -> None:
    policy = read_policy(BOUNDARIES / "xinhua" / "policy.toml").document.policy("Asia/Shanghai", {})

    def both(urgency: Urgency) -> timedelta:
        limits = [policy.limit(step, "lamp", urgency) for step in (Step.REGISTER, Step.DISPATCH)]
        return sum((limit.amount for limit in limits if limit), timedelta())

    assert both(Urgency.URGENT) == 10 * MINUTE
    assert both(Urgency.NORMAL) == 30 * MINUTE
    assert policy.limit(Step.VERIFY, "lamp", Urgency.NORMAL) == Limit(HOUR, working=True)
    assert policy.limit(Step.HANDLE, "manhole", Urgency.NORMAL) == Limit(2 * HOUR)
    assert policy.limit(Step.HANDLE, "lamp", Urgency.NORMAL) == Limit(7.5 * HOUR, working=True)
    week = [datetime(2026, 10, day, tzinfo=UTC) for day in (1, 7)]
    assert policy.calendar.between(*week) == timedelta(), "the week of the National Day is not worked"


@pytest.mark.parametrize(
    ("toml", "field", "kind"),
    [
        ("warn = 1.5", "warn", "less_than"),
        ("wran = 0.5", "wran", "extra_forbidden"),
        ('[levels]\ngrid = "soon"', "levels.grid", "duration"),
        ('[[limits]]\nstep = "handel"\nwithin = "2h"', "limits.0.step", "enum"),
        ('[[limits]]\nstep = "handle"\nwithin = "2 weeks"', "limits.0.within", "duration"),
        ('[[limits]]\nstep = "handle"', "limits.0.within", "missing"),
        ('[[limits]]\nstep="close"\nwithin="2h"\n[[limits]]\nstep="close"\nwithin="3h"', "body", "limit_twice"),
        ('[working]\nholidays = "XX"', "working.holidays", "holidays"),
        ('[working]\nhours = ["8-12", "11:00-14:00"]', "working.hours", "working_hours"),
        ('[working]\nhours = ["08:00-12:00", "11:00-14:00"]', "working.hours", "working_hours_order"),
        ('[working]\nhours = ["24:00-24:00"]', "working.hours", "working_hours"),
        ('[working]\nrest = ["sunday"]', "working.rest.0", "literal_error"),
        ("[[days]]\nday = 2026-02-30\nwork = true", "TOML", "toml"),
        ("warn = ", "TOML", "toml"),
    ],
)
def test_a_wrong_key_is_named_with_what_was_expected(toml: str, field: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(BadPolicy) as refused:
        read_policy(file)
    for language in LANGUAGES:
        told = render(refused.value.kind, refused.value.facts, language, "")
        assert [(error["field"], error["kind"]) for error in told["errors"]] == [(field, kind)]
        assert field in told["detail"]
        assert str(file) in told["detail"]
        assert told["errors"][0]["message"] in told["detail"]
        assert (language == "zh") == any("一" <= sign <= "龥" for sign in told["errors"][0]["message"])


spans = st.sampled_from(["10min", "2h", "3d", "4 working hours", "1.5 working days"])
codes = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
limits = st.fixed_dictionaries(
    {"step": st.sampled_from(list(Step)), "within": spans},
    optional={"urgency": st.sampled_from(list(Urgency)), "categories": st.lists(codes, min_size=1, max_size=3)},
)
days = st.lists(st.builds(Day, day=st.dates(date(2000, 1, 1)), work=st.booleans(), name=st.none() | codes), max_size=3)


@given(st.lists(limits, max_size=4), st.dictionaries(codes, spans, max_size=3), st.floats(0.01, 0.99), days)
@settings(deadline=None)
def test_any_policy_reads_back_from_its_toml(
    tmp_path_factory: pytest.TempPathFactory,
    found: list[dict[str, Any]],
    levels: dict[str, str],
    warn: float,
    single: list[Day],
) -> None:
    try:
        document = PolicyDocument.model_validate({"warn": warn, "levels": levels, "limits": found})
    except ValidationError:
        return
    file = tmp_path_factory.getbasetemp() / "written.toml"
    file.write_text(policy_toml(document, single), encoding="utf-8", newline="")
    back = read_policy(file)
    assert back.policy("Asia/Shanghai", {}) == document.policy("Asia/Shanghai", {})
    assert (back.days or []) == single


def test_what_is_stored_is_what_was_given() -> None:
    given_document = {"limits": [{"step": "close", "within": "2h"}]}
    assert PolicyFile.model_validate({**given_document, "days": []}).document.stored() == given_document
