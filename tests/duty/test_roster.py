"""The roster: CSV as offices have it, every fault told by row and field, and nothing stored when there is one."""

import csv
import io
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from wangge.api.cli import roster as command
from wangge.duty.findings import BadEntries
from wangge.duty.roster import Leave, Officer, Posting, clashes, taken_off
from wangge.geo.grid import Grid
from wangge.store.engine import connect

COLUMNS = ["number", "name", "phone", "active", "cell", "role", "valid_from", "valid_to"]


@pytest.fixture
def _here(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.setenv("WANGGE_LANG", "en")


def row(
    number: str, cell: str = "", role: str = "responsible", since: str = "2026-01-01", **more: Any
) -> dict[str, Any]:
    told = {"number": number, "name": f"officer {number}", "phone": "0317-100"}
    return told | ({"cell": cell, "role": role, "valid_from": since} if cell else {}) | more


def write(path: Path, rows: list[dict[str, Any]], encoding: str = "utf-8", columns: list[str] = COLUMNS) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def wangge(*arguments: object) -> Result:
    return CliRunner().invoke(command.app, [str(argument) for argument in arguments])


def load(path: Path, *arguments: object) -> Result:
    result = wangge("import", path, "-t", "xinhua", *arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def faults(path: Path, *arguments: object) -> list[tuple[int, str, str]]:
    with pytest.raises(BadEntries) as caught:
        load(path, *arguments)
    return [(fault["record"], fault["field"], fault["kind"]) for fault in caught.value.facts["errors"]]


def duties(database: str) -> list[tuple[Any, ...]]:
    with connect(database) as connection:
        return connection.execute("""
            SELECT o.number, p.code, p.role, p.valid_from::text, p.valid_to::text
            FROM officer_duty p JOIN officer o ON o.id = p.officer_id ORDER BY 1, 2, 4
        """).fetchall()


@pytest.mark.usefixtures("_here")
def test_a_roster_comes_back_as_it_went_in(database: str, xinhua: Grid, tmp_path: Path) -> None:
    first, second, third = (leaf.code for leaf in xinhua.leaves[:3])
    path = write(
        tmp_path / "roster.csv",
        [
            row("001", first, name="赵一"),
            row("001", second, name="赵一"),
            row("002", first, "assistant", "2026/3/1", valid_to="2026年6月1日", active="否"),
            row("003", third, since="2025-12-31"),
            row("004", phone=""),
        ],
    )
    leave = write(
        tmp_path / "leave.csv",
        [{"number": "001", "away_from": "2026-05-01", "back_on": "2026-05-08", "substitute": "003"}],
        columns=["number", "away_from", "back_on", "substitute"],
    )
    told = load(path, "--leave", leave)
    assert "4 officers in the files, 4 of them new or changed" in told.stderr
    assert ("003", second, "responsible", "2026-05-01", "2026-05-08") in duties(database)

    out, out_leave = tmp_path / "out.csv", tmp_path / "out-leave.csv"
    assert wangge("export", "xinhua", "-o", out, "--leave", out_leave).exit_code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "赵一" in out.read_text(encoding="utf-8-sig")
    assert "0 of them new or changed" in load(out, "--leave", out_leave).stderr

    before = duties(database)
    with connect(database) as connection:
        connection.execute("DELETE FROM posting; DELETE FROM officer_leave; DELETE FROM officer")
    load(out, "--leave", out_leave)
    assert duties(database) == before
    again, again_leave = tmp_path / "again.csv", tmp_path / "again-leave.csv"
    wangge("export", "xinhua", "-o", again, "--leave", again_leave)
    assert again.read_bytes() == out.read_bytes()
    assert again_leave.read_bytes() == out_leave.read_bytes()


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_office_s_spreadsheet_is_read(database: str, xinhua: Grid, tmp_path: Path, encoding: str) -> None:
    code = xinhua.leaves[0].code
    columns = ["编号", "姓名", "电话", "网格编码", "职责", "起始日期"]
    values = dict(zip(columns, ["甲1", "欧阳春", "0317-1", f'="{code}"', "负责", "2026/1/1"], strict=True))
    load(write(tmp_path / "花名册.csv", [values], encoding, columns))
    assert duties(database) == [("甲1", code, "responsible", "2026-01-01", None)]


@pytest.mark.usefixtures("_here")
def test_every_fault_is_told_and_nothing_is_stored(database: str, xinhua: Grid, tmp_path: Path) -> None:
    first, second = (leaf.code for leaf in xinhua.leaves[:2])
    path = write(
        tmp_path / "roster.csv",
        [
            row("001", first),
            row("002", first, since="2026-05-01"),
            row("003", "1.30902E+14"),
            row("004", "130902999999999"),
            row("005", second, "boss"),
            row("006", second, since="first of May"),
            row("007", second, valid_to="2025-01-01"),
            row("008", second) | {"number": ""},
            row("001", second, "assistant", name="someone else"),
            row("009", second, "assistant"),
            row("009", second, "assistant"),
            row("010", active="perhaps"),
        ],
    )
    with path.open("a") as file:
        file.write("011,broken\n")
    assert faults(path) == [
        (3, "cell", "rounded"),
        (5, "role", "enum"),
        (6, "valid_from", "date_parsing"),
        (8, "number", "missing"),
        (9, "name", "differs"),
        (11, "cell", "twice"),
        (12, "active", "bool_parsing"),
        (13, "", "ragged"),
    ]
    clean = [row("001", first), row("002", first, since="2026-05-01"), row("004", "130902999999999")]
    clean.append(row("007", second, valid_to="2025-01-01"))
    assert faults(write(path, clean)) == [
        (2, "cell", "overlap_responsible"),
        (3, "cell", "unknown_cell"),
        (4, "valid_to", "after"),
    ]
    assert duties(database) == []

    result = wangge("import", write(path, [{"number": "1"}], columns=["number"]), "-t", "xinhua")
    assert isinstance(result.exception, BadEntries)
    assert result.exception.facts["errors"][0]["facts"] == {"columns": "number"}


@pytest.mark.usefixtures("_here")
def test_faults_of_leave_are_told(xinhua: Grid, tmp_path: Path) -> None:
    load(write(tmp_path / "roster.csv", [row("001", xinhua.leaves[0].code), row("002")]))
    columns = ["number", "away_from", "back_on", "substitute"]
    spans = [
        ("001", "2026-05-01", "2026-05-08", "001"),
        ("001", "2026-05-07", "2026-05-09", "009"),
        ("002", "2026-05-07", "2026-05-07", ""),
    ]
    leave = write(tmp_path / "leave.csv", [dict(zip(columns, span, strict=True)) for span in spans], columns=columns)
    result = wangge("import", "-t", "xinhua", "--leave", leave)
    assert isinstance(result.exception, BadEntries)
    told = [(fault["record"], fault["field"], fault["kind"]) for fault in result.exception.facts["errors"]]
    assert told == [
        (1, "substitute", "own_substitute"),
        (2, "substitute", "unknown_officer"),
        (2, "away_from", "overlap_leave"),
        (3, "back_on", "after"),
    ]


def test_who_is_taken_off_the_roster_leaves_today_and_was_there_before() -> None:
    past, today, later = date(2026, 1, 1), date(2026, 3, 2), date(2026, 6, 1)
    here, there = ("grid", "A1"), ("grid", "A2")
    officer = Officer(
        "1",
        "Li Na",
        postings=(
            Posting(here, "responsible", past),
            Posting(there, "assistant", past, later),
            Posting(there, "responsible", past, date(2026, 2, 1)),
            Posting(there, "responsible", today),
            Posting(here, "assistant", later),
        ),
        leave=(Leave(past, later), Leave(today, later), Leave(later, date(2026, 7, 1))),
        version=4,
    )
    gone = taken_off(officer, today)
    assert (gone.number, gone.name, gone.active, gone.version) == ("1", "Li Na", False, 4)
    assert gone.postings == (
        Posting(here, "responsible", past, today),
        Posting(there, "assistant", past, today),
        Posting(there, "responsible", past, date(2026, 2, 1)),
    )
    assert gone.leave == (Leave(past, later),)


@pytest.mark.usefixtures("_here")
def test_a_base_grid_is_handed_over(database: str, xinhua: Grid, tmp_path: Path) -> None:
    code = xinhua.leaves[0].code
    load(write(tmp_path / "a.csv", [row("001", code)]))
    new = write(tmp_path / "b.csv", [row("002", code, since="2026-07-01")])
    assert faults(new) == [(1, "cell", "overlap_responsible")]
    load(new, "--hand-over")
    assert duties(database) == [
        ("001", code, "responsible", "2026-01-01", "2026-07-01"),
        ("002", code, "responsible", "2026-07-01", None),
    ]


PLACES = [("grid", "A1"), ("grid", "A2")]
days = st.integers(1, 28).map(lambda day: date(2026, 2, day))
postings = st.builds(
    Posting, st.sampled_from(PLACES), st.sampled_from(["responsible", "assistant"]), days, st.none() | days
)
leaves = st.builds(Leave, days, days, st.sampled_from([None, "1", "2"]))
officers = st.lists(
    st.builds(
        Officer,
        st.sampled_from(["1", "2", "3"]),
        st.just("x"),
        postings=st.lists(postings, max_size=3).map(tuple),
        leave=st.lists(leaves, max_size=2).map(tuple),
    ),
    max_size=3,
    unique_by=lambda officer: officer.number,
)


def day_by_day(roster: list[Officer]) -> bool:
    """Whether a roster is sound, found by looking at each day: the oracle."""
    numbers = {officer.number for officer in roster}
    for officer in roster:
        for posting in officer.postings:
            if posting.days[1] <= posting.days[0]:
                return False
        for leave in officer.leave:
            if leave.back_on <= leave.away_from or leave.substitute == officer.number:
                return False
            if leave.substitute and leave.substitute not in numbers:
                return False
    for day in [date(2026, 2, number) for number in range(1, 29)] + [date(2026, 3, 1)]:
        held = [(o, p) for o in roster for p in o.postings if p.days[0] <= day < p.days[1]]
        responsible = [p.place for _, p in held if p.role == "responsible"]
        at = [(o.number, p.place) for o, p in held]
        away = [o.number for o in roster for one in o.leave if one.away_from <= day < one.back_on]
        if any(len(found) != len(set(found)) for found in (responsible, at, away)):
            return False
    return True


@given(officers, officers)
def test_clashes_are_those_of_a_day_by_day_look(changed: list[Officer], stored: list[Officer]) -> None:
    before = {officer.number: officer for officer in stored}
    after = before | {officer.number: officer for officer in changed}
    if day_by_day(stored):
        assert (clashes(changed, before, set(PLACES)) == []) == day_by_day(list(after.values()))


@pytest.mark.usefixtures("_here")
def test_a_number_that_lost_its_zeros_makes_no_second_officer(database: str, xinhua: Grid, tmp_path: Path) -> None:
    """What a spreadsheet does to 0101, of an officer that is there, in the same file, or named as a substitute."""
    first, second = (leaf.code for leaf in xinhua.leaves[:2])
    load(write(tmp_path / "roster.csv", [row("0101", first), row("0102"), row("300")]))
    path = write(tmp_path / "again.csv", [row("101", second), row("300", first, "assistant"), row("７"), row("007")])
    assert faults(path) == [(1, "number", "zero_lost"), (3, "number", "zero_lost")]
    with pytest.raises(BadEntries) as caught:
        load(path)
    assert [fault["facts"]["other"] for fault in caught.value.facts["errors"]] == ["0101", "007"]

    columns = ["number", "away_from", "back_on", "substitute"]
    for spans, expected in (
        ([("102", "2026-05-01", "2026-05-08", "")], [(1, "number", "zeros_missing")]),
        (
            [("0101", "2026-05-01", "2026-05-08", "102"), ("0102", "2026-05-01", "2026-05-08", "9")],
            [(1, "substitute", "zeros_missing"), (2, "substitute", "unknown_officer")],
        ),
    ):
        rows = [dict(zip(columns, span, strict=True)) for span in spans]
        result = wangge("import", "-t", "xinhua", "--leave", write(tmp_path / "leave.csv", rows, columns=columns))
        assert isinstance(result.exception, BadEntries)
        told = [(fault["record"], fault["field"], fault["kind"]) for fault in result.exception.facts["errors"]]
        assert told == expected
    with connect(database) as connection:
        assert connection.execute("SELECT array_agg(number ORDER BY 1) FROM officer").fetchone() == (
            ["0101", "0102", "300"],
        )


def test_a_cell_that_lost_its_zeros_is_told_with_the_one_that_may_be_meant() -> None:
    officer = Officer("1", "Li Na", postings=(Posting(("grid", "12"), "responsible", date(2026, 1, 1), record=4),))
    (told,) = clashes([officer], {}, {("grid", "0012"), ("grid", "13")})
    assert (told.record, told.field, told.reason, told.facts) == (4, "cell", "zeros_missing", {"other": "0012"})


def test_a_large_roster_without_zeros_is_looked_through_once() -> None:
    """With each number held against each other, 30,000 officers took a minute."""
    many = [Officer(f"0{number}", "Li Na") for number in range(1, 30_001)]
    begun = time.process_time()
    assert clashes(many, {}, set()) == []
    lost = [Officer(str(number), "Li Na", record=number) for number in range(1, 30_001)]
    assert len(clashes(lost, {one.number: one for one in many}, set())) == 30_000
    assert time.process_time() - begun < 5
