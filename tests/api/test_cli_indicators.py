"""`wangge indicators` and `wangge reports integrity`, as they are used."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.reports.histories import Histories
from wangge.api.cli import indicators, reports
from wangge.geo.grid import Grid
from wangge.reports.figures.indicators import BadIndicators, read_declarations, shipped
from wangge.store.engine import Connection, connect

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def histories(connection: Connection, xinhua: Grid) -> Histories:
    return Histories(connection, xinhua, "lamp")


def test_figures_are_shown(histories: Histories) -> None:
    histories.case(("register", 1, {"in_time": True}), ("dispatch", 2, {}), ("close", 3, {}))
    histories.case()
    shown = RUN.invoke(indicators.app, ["show", "xinhua", "--by", "cell"], catch_exceptions=False).stdout
    total = shown.splitlines()[-1].split()
    assert total[:3] == ["Σ", "2", "50.00"]
    before = RUN.invoke(
        indicators.app, ["show", "xinhua", "--as-of", "2026-03-01T12:00"], catch_exceptions=False
    ).stdout
    assert [line.split()[-1] for line in before.splitlines()[:2]] == ["2", "0.00"]
    assert "…" not in shown + before  # on a terminal of any width


def test_indicators_go_out_and_come_in(tmp_path: Path) -> None:
    file = tmp_path / "all.toml"
    RUN.invoke(indicators.app, ["export", "xinhua", "-o", str(file)], catch_exceptions=False)
    assert read_declarations(file) == shipped()
    own = tmp_path / "own.toml"
    own.write_text('[[indicators]]\nkey = "own"\nname = { zh = "己" }\nunit = "cases"\ndenominator = "urged"\n')
    RUN.invoke(indicators.app, ["import", str(own), "-t", "xinhua"], catch_exceptions=False)
    out = RUN.invoke(indicators.app, ["export", "xinhua", "-o", "-", "--own"], catch_exceptions=False).stdout
    file.write_text(out, encoding="utf-8")
    assert [one.key for one in read_declarations(file)] == ["own"]
    own.write_text('[[indicators]]\nkey = "own"\n')
    with pytest.raises(BadIndicators):
        RUN.invoke(indicators.app, ["import", str(own), "-t", "xinhua"], catch_exceptions=False)


def test_the_figures_are_proven(connection: Connection, histories: Histories) -> None:
    histories.case(("register", 1, {}))
    assert "1 cases" in RUN.invoke(indicators.app, ["rebuild"], catch_exceptions=False).stderr
    connection.execute("UPDATE report_facts SET facts = 1")
    assert RUN.invoke(indicators.app, ["rebuild"]).exit_code == 1
    assert RUN.invoke(indicators.app, ["rebuild", "--mend"]).exit_code == 0
    assert RUN.invoke(indicators.app, ["rebuild"]).exit_code == 0


def test_integrity_and_events_from_the_command_line(histories: Histories, tmp_path: Path) -> None:
    histories.case(("close", 3, {}))
    shown = RUN.invoke(reports.app, ["integrity", "xinhua"], catch_exceptions=False).stdout
    assert "1  Closed without evidence" in shown
    for name in ("events.csv", "events.parquet"):
        file = tmp_path / name
        RUN.invoke(reports.app, ["events", "xinhua", "-o", str(file)], catch_exceptions=False)
        events = pd.read_csv(file) if name.endswith("csv") else pd.read_parquet(file)
        assert events["move"].tolist() == ["receive", "assign", "close"]
        assert events["n"].tolist() == [1, 2, 3]
