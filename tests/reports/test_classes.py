"""Cases in the classes of the national platform: out and back by an operator's file, whose faults are told by row."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wangge.api.cli import categories, reports
from wangge.duty.findings import BadEntries
from wangge.reports.bulk.classes import read_classes
from wangge.store.engine import connect

CATEGORIES = ["lamp", "road"]
EXAMPLE = "category,major_class,minor_class\nlamp,X1,X101\nroad,X1,X102\n"
"""Invented: the codes of the standard are the operator's to enter."""


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("lamp,X1,X101\nlamp,X1,X102", [(2, "category", "twice")]),
        ("lamp,X1,X101\nroad,X1,X101", [(2, "minor_class", "twice")]),
        ("whale,X1,X101", [(1, "category", "enum")]),
        ("lamp,,X101\n,X1,X2", [(1, "major_class", "missing"), (2, "category", "missing")]),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(tmp_path: Path, rows: str, found: list[tuple[int, str, str]]) -> None:
    file = tmp_path / "classes.csv"
    file.write_text(f"category,major_class,minor_class\n{rows}\n", "utf-8")
    with pytest.raises(BadEntries) as refused:
        read_classes(file, CATEGORIES)
    assert [(one["record"], one["field"], one["kind"]) for one in refused.value.facts["errors"]] == found
    file.write_text("类别,大类代码\nlamp,X1\n", "utf-8")
    with pytest.raises(BadEntries) as refused:
        read_classes(file, CATEGORIES)
    assert [(one["field"], one["kind"]) for one in refused.value.facts["errors"]] == [("minor_class", "column")]


def test_cases_go_out_and_come_back_in_classes(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.setenv("WANGGE_LANG", "en")
    classes, cases, out = (tmp_path / name for name in ("classes.csv", "cases.csv", "out.csv"))
    classes.write_text(EXAMPLE.replace("category,major_class,minor_class", "类别代码,大类代码,小类代码"), "utf-8")
    head = "external_id,lon,lat,major_class,minor_class,received_at"
    at = "116.8712,38.3164"
    rows = [f"a,{at},X1,X101,2026-01-02T08:00:00Z", f"b,{at},X1,X102,2026-01-03T08:00:00Z", f"c,{at},X9,X1,2026-01-03"]
    cases.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    run = CliRunner()
    done = run.invoke(reports.app, ["import", str(cases), "-t", "xinhua", "--classes", str(classes)])
    assert done.exit_code == 3, done.output
    refused = (tmp_path / "cases.csv.rejects.csv").read_text("utf-8-sig")
    assert "X9/X1" in refused
    with connect(database) as connection:
        stored = connection.execute("SELECT external_id, category FROM report ORDER BY 1").fetchall()
    assert stored == [("a", "lamp"), ("b", "road")]
    done = run.invoke(reports.app, ["export", "xinhua", "-o", str(out), "--classes", str(classes)])
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8-sig", newline="") as file:
        told = [
            (row["external_id"], row["category"], row["major_class"], row["minor_class"])
            for row in csv.DictReader(file)
        ]
    assert told == [("a", "lamp", "X1", "X101"), ("b", "road", "X1", "X102")]
    kept = run.invoke(categories.app, ["classes", str(classes), "-t", "xinhua"])
    assert (kept.exit_code, kept.stdout) == (0, EXAMPLE), kept.output
    assert run.invoke(categories.app, ["classes", "-t", "xinhua"]).stdout == EXAMPLE
    by_file = out.read_text("utf-8-sig")
    done = run.invoke(reports.app, ["export", "xinhua", "-o", str(out), "--in-classes"])
    assert (done.exit_code, out.read_text("utf-8-sig")) == (0, by_file), done.output
    classes.write_text("category,major_class,minor_class\nwhale,1,2\n", "utf-8")
    done = run.invoke(reports.app, ["export", "xinhua", "-o", str(out), "--classes", str(classes)])
    assert isinstance(done.exception, BadEntries)
