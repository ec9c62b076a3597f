"""`wangge rules` and `wangge categories export`, as they are used."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.reports.test_importing import places, write_csv
from wangge.api.cli import categories, reports, rules
from wangge.duty.findings import BadEntries
from wangge.geo.grid import Grid
from wangge.store.engine import connect

RULES = """
[[rules]]
name = { en = "Lamps at night", zh = "夜间路灯" }
categories = ["lamp"]
hours = "18:00-06:00"
to = [{ desk = "centre" }, { desk = "grid", needed = false }]

[[rules]]
categories = ["lamp", "wiring"]
to = [{ desk = "community" }]
"""


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


def wangge(*arguments: object, app: Any = rules.app) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rule_file(tmp_path: Path, text: str = RULES) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_rules_come_back_as_they_went_in(tmp_path: Path) -> None:
    path = rule_file(tmp_path)
    told = wangge("import", path, "-t", "xinhua", "--note", "lamps by night")
    assert told.exit_code == 0, told.output
    assert "2 rules, version 1" in told.stderr
    out = tmp_path / "out.toml"
    assert wangge("export", "xinhua", "-o", out).exit_code == 0
    assert tomllib.loads(out.read_text(encoding="utf-8")) == tomllib.loads(RULES)
    wangge("import", rule_file(tmp_path, ""), "-t", "xinhua")
    versions = wangge("versions", "-t", "xinhua").stdout
    assert "lamps by night" in versions
    assert len(versions.splitlines()) == 3
    wangge("export", "xinhua", "-o", out, "--version", 1)
    assert tomllib.loads(out.read_text(encoding="utf-8")) == tomllib.loads(RULES)


def test_what_is_wrong_with_a_file_is_told_and_nothing_is_stored(database: str, tmp_path: Path) -> None:
    path = rule_file(tmp_path, RULES.replace('"lamp"', '"lanp"').replace('"community"', '"comunity"'))
    result = wangge("import", path, "-t", "xinhua")
    assert isinstance(result.exception, BadEntries)
    told = [(fault["record"], fault["field"], fault["got"]) for fault in result.exception.facts["errors"]]
    assert told == [(1, "categories", "lanp"), (2, "to.desk", "comunity"), (2, "categories", "lanp")]
    with connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM routing_rules").fetchone() == (0,)


def test_a_dry_run_tells_which_past_cases_would_go_elsewhere(database: str, xinhua: Grid, tmp_path: Path) -> None:
    records = places(xinhua, 30)
    for place, record in enumerate(records):
        record |= {
            "category": ["lamp", "wiring", "noise"][place % 3],
            "received_at": f"2026-03-{1 + place // 3:02}T{'23' if place % 2 else '12'}:00:00+08:00",
        }
    imported = wangge("import", write_csv(tmp_path / "a.csv", records), "-t", "xinhua", app=reports.app)
    assert imported.exit_code == 0, imported.output

    told = wangge("try", rule_file(tmp_path), "-t", "xinhua")
    assert told.exit_code == 0, told.output
    assert "of the last 30 cases, 20 would go elsewhere" in told.stderr
    lines = [line.split() for line in told.stdout.splitlines()]
    assert lines[1] == ["1", "Lamps", "at", "night", "5"]
    assert lines[2] == ["2", "15"]
    assert lines[3][0] == "—"
    assert lines[3][-1] == "10"
    assert any("Command centre + " in line for line in told.stdout.splitlines())
    with connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM routing_rules").fetchone() == (0,)

    wangge("import", rule_file(tmp_path), "-t", "xinhua")
    assert "of the last 30 cases, 0 would" in wangge("try", rule_file(tmp_path), "-t", "xinhua").stderr
    other = rule_file(tmp_path, RULES.replace('desk = "community"', 'desk = "street"'))
    assert "of the last 12 cases, 6 would" in wangge("try", other, "-t", "xinhua", "--last", 12).stderr


def test_categories_come_back_as_they_went_in(tmp_path: Path) -> None:
    out, again = tmp_path / "out.toml", tmp_path / "again.toml"
    assert wangge("export", "xinhua", "-o", out, app=categories.app).exit_code == 0
    assert "私拉电线" in out.read_text(encoding="utf-8")
    assert wangge("import", out, "-t", "xinhua", app=categories.app).exit_code == 0
    wangge("export", "xinhua", "-o", again, app=categories.app)
    assert again.read_bytes() == out.read_bytes()
