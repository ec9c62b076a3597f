"""`wangge regrid`, as it is used, and what a reader of the API then sees."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import typer
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from tests.builders import create_boundaries
from tests.conftest import ROOT, clone, heed_interrupts
from tests.reports.test_regridding import SHIFT, asked, places, store
from wangge.api.cli.regrid import regrid
from wangge.geo.files.reading import UnknownFormat
from wangge.reports.bulk.regrid.regridding import RegridUnderWay
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition, publish
from wangge.store.grids.loading import UnknownEdition, UnknownTerritory

HERE = "/api/v1/territories/town"


@pytest.fixture
def database(cluster: Any, migrated: str) -> Iterator[str]:
    """URL of a database with a town whose published edition, 2027, has its inner line moved east since 2026."""
    for url in clone(cluster, migrated):
        with connect(url) as connection:
            import_edition(connection, create_boundaries())
            import_edition(connection, create_boundaries(edition="2027", shift=SHIFT, valid_from=date(2027, 1, 1)))
            publish(connection, "town", "2027")
            connection.execute("""INSERT INTO category VALUES ('town', 'lamp', '{"en": "Lamp", "zh": "路灯"}')""")
            connection.execute(
                "SELECT ensure_report_month(m::date) FROM generate_series('2025-11-01', now(), '1 month') m"
            )
        yield url


@pytest.fixture(autouse=True)
def _here(database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.chdir(tmp_path)


def wangge_regrid(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(regrid)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_it_says_what_moved_and_from_where_to_where(database: str, tmp_path: Path) -> None:
    store(database, np.array([[116.905, 38.305]] * 5 + [[116.9115, 38.305]] * 4 + [[116.9115, 38.315]] * 2))
    result = wangge_regrid("town")
    assert result.exit_code == 0, result.output
    assert "11 of 11 reports stand under edition 2027 now, 6 of them to a base grid of another code" in result.stderr
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["from", "to", "reports"],
        ["B1", "A1", "4"],
        ["B2", "A2", "2"],
    ]
    assert list(tmp_path.iterdir()) == []
    again = wangge_regrid("town")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "Nothing to do: every report of town stands under edition 2027" in again.stderr


def test_a_rehearsal_changes_nothing_and_can_be_read_by_a_program(database: str) -> None:
    store(database, np.array([[116.9115, 38.305]] * 3 + [[116.95, 38.305]]))
    result = wangge_regrid("town", "--edition", "2027", "--dry-run", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "territory": "town",
        "edition": "2027",
        "dry_run": True,
        "reports": 4,
        "seen": 4,
        "moved": 3,
        "renamed": 3,
        "outside": 1,
        "left": 0,
        "handed_on": 0,
        "flows": [{"from": "B1", "to": "A1", "reports": 3}],
    }
    assert "3 of 4 reports would go to edition 2027" in result.stderr
    assert asked(database, "SELECT count(*) FROM report_assignment") == [(0,)]


def test_reports_outside_are_listed_in_a_file(database: str, tmp_path: Path) -> None:
    store(database, np.array([[116.95, 38.305], [116.905, 38.305], [116.96, 38.306]]))
    result = wangge_regrid("town")
    assert result.exit_code == 3
    assert "2 lie outside it and keep the cell and edition they had" in result.stderr
    assert "The reports outside are in: town.outside.csv" in result.stderr
    with (tmp_path / "town.outside.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(float(row["lon"]), float(row["lat"]), row["cell"]) for row in rows] == [
        (116.95, 38.305, "A1"),
        (116.96, 38.306, "A1"),
    ]
    assert [row["number"].split("-")[0] for row in rows] == ["202511", "202601"]
    assert rows[0]["received_at"].startswith("2025-11-20")
    other = tmp_path / "outside.geojson"
    assert wangge_regrid("town", "--outside", other).exit_code == 3
    assert sorted(pyogrio.read_dataframe(other)["number"]) == sorted(row["number"] for row in rows)


def test_it_speaks_chinese(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_LANG", "zh")
    store(database, np.array([[116.9115, 38.305], [116.95, 38.305]]))
    result = wangge_regrid("town")
    assert "共 2 件，已划入版本 2027 1 件，其中 1 件的基础网格代码有变；1 件位于该版本之外" in result.stderr
    assert result.stdout.split()[:3] == ["原网格", "新网格", "案件数"]
    assert "无需处理" not in result.stderr


def test_what_is_wrong_is_said_before_anything_is_done(database: str, tmp_path: Path) -> None:
    store(database, places(10))
    assert isinstance(wangge_regrid("atlantis").exception, UnknownTerritory)
    assert isinstance(wangge_regrid("town", "--edition", "1999").exception, UnknownEdition)
    assert isinstance(wangge_regrid("town", "--outside", tmp_path / "a.doc").exception, UnknownFormat)
    assert asked(database, "SELECT count(*) FROM report_assignment") == [(0,)]


def test_two_at_once_are_refused(database: str) -> None:
    with connect(database) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('regrid'), hashtext('town'))")
        assert isinstance(wangge_regrid("town").exception, RegridUnderWay)
        assert wangge_regrid("town", "--dry-run").exit_code == 0


def test_ctrl_c_says_how_far_it_came_and_the_next_run_goes_on(database: str) -> None:
    store(database, places(20_000))
    process = subprocess.Popen(
        [sys.executable, "-c", "from wangge.api.cli import main; main()", "regrid", "town"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        preexec_fn=heed_interrupts,
    )
    with connect(database, autocommit=True) as connection:
        # The second chunk has to wait for this report.
        connection.execute("BEGIN")
        connection.execute("UPDATE report SET description = '' WHERE id = (SELECT max(id) FROM report)")
        while not asked(database, "SELECT FROM report_assignment LIMIT 1"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        connection.execute("COMMIT")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    ((moved,),) = asked(database, "SELECT count(*) FROM report_assignment")
    assert 0 < moved < 20_000
    assert f"Interrupted: {moved} of 20000 reports are assigned to edition 2027" in said
    result = wangge_regrid("town")
    assert result.exit_code == 0
    assert f"{20_000 - moved} of {20_000 - moved} reports stand under edition 2027" in result.stderr


def test_a_report_tells_the_cells_it_was_in_before(database: str, client: TestClient) -> None:
    filed = client.post(f"{HERE}/reports", json={"lon": 116.9115, "lat": 38.305, "category": "lamp"})
    number = filed.json()["number"]
    assert client.get(f"{HERE}/reports/{number}").json()["assignments"] == []
    assert wangge_regrid("town", "--edition", "2026").exit_code == 0
    assert wangge_regrid("town").exit_code == 0
    told = client.get(f"{HERE}/reports/{number}").json()
    assert (told["cell"]["code"], told["edition"]) == ("A1", "2027")
    assert [(each["cell"], each["edition"]) for each in told["assignments"]] == [
        ({"level": "grid", "code": "A1", "name": "a1"}, "2027"),
        ({"level": "grid", "code": "B1", "name": "b1"}, "2026"),
    ]
    followed = "SELECT count(*) FROM report r JOIN report_facts f USING (id, received_at, cell_id)"
    assert asked(database, followed) == [(1,)]  # what is kept for the figures
    assert told["received_at"] < told["assignments"][0]["until"] < told["assignments"][1]["until"]
    as_feature = client.get(f"{HERE}/reports/{number}?f=geojson").json()
    assert as_feature["properties"]["assignments"] == told["assignments"]
