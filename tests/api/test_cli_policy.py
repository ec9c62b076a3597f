"""`wangge policy` and `wangge sweep`, as they are used."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.conftest import BOUNDARIES
from tests.reports.test_sweep import asked, create_cases, moves
from wangge.api.cli import policy
from wangge.api.cli.main import build
from wangge.reports.errors import UnknownCategory
from wangge.reports.policy.policies import BadPolicy
from wangge.store.engine import connect

TOML = """
warn = 0.5
[levels]
grid = "2d"
[[limits]]
step = "handle"
within = "10h"
[[days]]
day = 2026-11-30
work = false
name = "大雪"
"""


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


def wangge(*arguments: object, app: Any = policy.app) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_limits_go_out_and_in_again(tmp_path: Path) -> None:
    file, back = tmp_path / "policy.toml", tmp_path / "back.toml"
    file.write_text(TOML, encoding="utf-8")
    assert "revision 2" in wangge("import", file, "-t", "xinhua").output
    wangge("export", "-t", "xinhua", "-o", back)
    assert "大雪" in back.read_text(encoding="utf-8")
    assert "revision 3" in wangge("import", back, "-t", "xinhua").output
    assert wangge("export", "-t", "xinhua").output == back.read_text(encoding="utf-8")


def test_limits_are_shown_step_by_step() -> None:
    lines = [line.split() for line in wangge("show", "-t", "xinhua").output.splitlines()]
    assert ["handle", "manhole", "*", "2h"] in lines
    assert ["register", "*", "urgent", "5min"] in lines
    assert ["↑", "grid", "2", "working", "days"] in lines


def test_what_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    before = wangge("export", "-t", "xinhua").output
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[limits]]\nstep = "handle"\nwithin = "soon"\n', encoding="utf-8")
    with pytest.raises(BadPolicy):
        wangge("import", wrong, "-t", "xinhua")
    with pytest.raises(UnknownCategory):
        wangge("import", BOUNDARIES / "washington" / "policy.toml", "-t", "xinhua")
    assert wangge("export", "-t", "xinhua").output == before


def test_a_changed_warning_reaches_cases_that_run_and_a_sweep_settles_them(database: str, tmp_path: Path) -> None:
    with connect(database) as connection:
        connection.execute("SELECT ensure_report_month('2026-10-01'), ensure_report_month('2026-11-01')")
    create_cases(database, 4)
    with connect(database) as connection:
        soon = "now() + interval '40 days'"
        connection.execute(f"UPDATE report SET due_at = {soon}, alarm_at = {soon}, level = NULL")
    sweep = build("sweep")
    assert "0 cases looked at" in wangge("sweep", app=sweep).output
    file = tmp_path / "policy.toml"
    file.write_text(TOML.replace("10h", "100d"), encoding="utf-8")
    wangge("import", file, "-t", "xinhua")
    assert "4 running cases" in wangge("apply").output
    ((left,),) = asked(database, "SELECT DISTINCT due_at - alarm_at FROM report")
    assert left == timedelta(days=50)
    assert "4 cases looked at: 4 nearly due, 0 overdue, 0 risen" in wangge("sweep", app=sweep).output
    assert moves(database) == {"warn": 4}
    assert "0 cases looked at" in wangge("sweep", app=sweep).output
