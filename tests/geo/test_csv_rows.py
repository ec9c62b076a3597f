"""Rows of a CSV: whatever is written comes back, and what is broken costs its own line and no other."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.geo.test_reading import read, refused
from wangge.geo.files.batches import OpenQuote, RaggedRow, TitleRow
from wangge.geo.files.csvrows import Rows, Unclosed
from wangge.geo.files.formulas import guarded_text, plain_text

VALUES = st.text(st.sampled_from("ab,\"'\n\r;= 路-1"), max_size=6)
TABLES = st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=8)


def split(text: bytes, size: int) -> list[bytes | Unclosed]:
    """The pieces of a text that comes in blocks of a size."""
    rows = Rows(",")
    blocks = [text[start : start + size] for start in range(0, len(text), size)]
    pieces = [piece for block in blocks for piece in rows.split(block)]
    return pieces + list(rows.split(b"", last=True))


@given(table=TABLES, size=st.integers(1, 40), ending=st.sampled_from(["\n", "\r\n"]))
def test_rows_that_are_written_well_are_whole_in_blocks_of_any_size(
    table: list[list[str]], size: int, ending: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(table)
    pieces = split(out.getvalue().encode(), size)
    assert not [piece for piece in pieces if isinstance(piece, Unclosed)]
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == out.getvalue().encode()
    found = [row for piece in pieces if isinstance(piece, bytes) for row in csv.reader(io.StringIO(piece.decode(), ""))]
    assert [row for row in found if row] == table


@given(text=st.text(st.sampled_from('a,"\n\r'), max_size=60), size=st.integers(1, 30))
def test_no_byte_of_any_text_is_lost_and_blocks_make_no_difference(text: str, size: int) -> None:
    def told(pieces: list[bytes | Unclosed]) -> list[tuple[str, bytes]]:
        parts: list[tuple[str, bytes]] = []
        for piece in pieces:
            if isinstance(piece, Unclosed):
                parts.append(("unclosed", piece.text))
            elif parts and parts[-1][0] == "rows":
                parts[-1] = ("rows", parts[-1][1] + piece)
            else:
                parts.append(("rows", piece))
        return parts

    whole = told(split(text.encode(), 1000))
    assert told(split(text.encode(), size)) == whole
    assert sorted(b"".join(part for _, part in whole).replace(b"\n", b"").replace(b"\r", b"")) == sorted(
        text.encode().replace(b"\n", b"").replace(b"\r", b"")
    )


def lines(folder: Path, *rows: str, name: str = "a.csv", head: str = "id,text") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{row}\n" for row in (head, *rows)).encode())
    return path


@pytest.mark.parametrize("after", [[], ['c,"good"'], ['c,"with ""two"""', "d,x"], ['c,"over\ntwo lines"']])
def test_a_quote_that_is_never_closed_costs_its_line(tmp_path: Path, after: list[str]) -> None:
    path = lines(tmp_path, "a,1", 'b,"lamp out', "x,2", *after)
    records, numbers, broken = read(path)
    assert [record["id"] for record in records] == ["a", "x", *(row[0] for row in after)]
    assert [(one.number, one.text, type(one.reason)) for one in broken] == [(2, 'b,"lamp out', OpenQuote)]
    assert numbers == [n for n in range(1, len(records) + 2) if n != 2]


def test_a_quote_inside_that_is_not_doubled_costs_its_line_only(tmp_path: Path) -> None:
    path = lines(tmp_path, 'a,"he said "no" and left"', 'b,5" pipe', 'c,"a ""b"" c"')
    records, _, broken = read(path)
    assert [record["text"] for record in records] == ['5" pipe', 'a "b" c']
    assert [one.number for one in broken] == [1]


def test_an_unclosed_quote_before_a_million_rows_swallows_none(tmp_path: Path) -> None:
    path = lines(tmp_path, 'a,"lamp', *(f"{n},x" for n in range(300_000)))
    seen = sum(len(batch.numbers) for batch in _batches(path))
    assert seen == 300_000


def _batches(path: Path) -> Any:
    from wangge.geo.files.reading import open_records

    return open_records(path)


@pytest.mark.parametrize("ending", ["\r", "\r\n", "\n"])
def test_lines_end_as_any_system_ends_them(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'id,text{ending}a,"x{ending}y"{ending}b,z'.encode())
    records, numbers, _ = read(path)
    assert records == [{"id": "a", "text": f"x{ending}y"}, {"id": "b", "text": "z"}]
    assert numbers == [1, 2]


def test_a_line_break_in_the_header_is_a_blank(tmp_path: Path) -> None:
    path = lines(tmp_path, "a,x,1", head='id,"text\n(optional)",n')
    assert read(path)[0] == [{"id": "a", "text (optional)": "x", "n": "1"}]


def test_rows_with_nothing_in_them_are_none(tmp_path: Path) -> None:
    path = lines(tmp_path, ",", "a,1", " , ", "", ",,,", "b", "c,2", ",", '"",""')
    records, numbers, broken = read(path)
    assert [record["id"] for record in records] == ["a", "c"]
    assert numbers == [1, 3]
    assert [(one.number, type(one.reason)) for one in broken] == [(2, RaggedRow)]


def test_a_nul_is_a_character_like_others(tmp_path: Path) -> None:
    assert read(lines(tmp_path, "a,x\0y", "b,z"))[0][0] == {"id": "a", "text": "x\0y"}


def test_what_is_another_kind_of_file_is_said_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(200))
    assert refused(path).facts["kind"] == "zip"
    path.write_bytes("id,text\na,灯\n".encode("utf-16-le"))
    assert refused(path).facts["suggestion"] == "utf-16-le"
    assert read(path, encoding="utf-16-le")[0] == [{"id": "a", "text": "灯"}]


def test_the_line_by_which_excel_names_the_delimiter_is_followed(tmp_path: Path) -> None:
    assert read(lines(tmp_path, "id;text", "a;x,y", head="sep=;"))[0] == [{"id": "a", "text": "x,y"}]


@pytest.mark.parametrize("title", ["Cases of 2025,", "Cases of 2025", '"Cases, all"'])
def test_a_title_before_the_header_is_said(tmp_path: Path, title: str) -> None:
    error = refused(lines(tmp_path, "", "id,text", "a,1", head=title))
    assert isinstance(error, TitleRow)
    assert (error.facts["line"], error.facts["header"]) == (3, "id,text")


def test_names_that_stand_twice_are_told(tmp_path: Path) -> None:
    from wangge.geo.files.reading import open_records

    reader = open_records(lines(tmp_path, "1,2,3,4", head="a,a,a_2,"))
    assert (reader.columns, reader.repeated) == (["a", "a_3", "a_2", "column_4"], frozenset({"a"}))
    reader.close()


@given(st.text(st.sampled_from("'=+-@＝\t\r\n1.5eE a"), max_size=6))
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    guarded = guarded_text(text)
    assert plain_text(guarded) == text
    if guarded[:1] in "=＝@\t\r\n" and len(guarded) > 1:
        assert not guarded[0]
    if guarded[:1] in "+-" and len(guarded) > 1:
        float(guarded.replace(" ", "x"))


def test_formulas_are_plain_again_when_they_are_read(tmp_path: Path) -> None:
    path = lines(tmp_path, "'=1+1,''@a", "-77.03,'tis", head="'=id,text")
    assert read(path)[0] == [{"=id": "=1+1", "text": "'@a"}, {"=id": "-77.03", "text": "'tis"}]
