"""Attributes of cells: declared, read from the sheets of offices, rolled up the hierarchy, kept by days."""

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from math import fsum
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from shapely import box
from shapely.geometry import mapping
from typer.testing import CliRunner

from tests.conftest import clone
from tests.people import signed_in
from tests.reports.releasing import put_reports
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.geo.files.batches import MOST_COLUMNS, BrokenFile
from wangge.geo.grid import Cell, Grid
from wangge.planning.attributes.declared import Attribute, BadAttributes, Rule, attributes_of, read_attributes
from wangge.planning.attributes.rollup import Rolled, rolled_up
from wangge.planning.attributes.sheet import read_rows, values_of
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import publish
from wangge.store.grids.hierarchies import hierarchies, read_hierarchies
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

DECLARED = """
[[attributes]]
key = "income"
name = { en = "Collective income", zh = "集体收入" }
rule = "sum"
unit = "yuan"

[[attributes]]
key = "members"
name = { en = "Committee members", zh = "两委成员" }
rule = "sum"

[[attributes]]
key = "party"
name = { en = "Party members", zh = "党员比例" }
rule = "share"
weight = "members"

[[attributes]]
key = "kind"
name = { en = "Kind", zh = "类型" }
rule = "class"
classes = { plain = { en = "Plain", zh = "平原" }, hill = { en = "Hill", zh = "丘陵" } }

[[attributes]]
key = "road"
name = { en = "Road", zh = "通路" }
rule = "yes-no"
"""
VILLAGES = [
    Cell(at, "village", f"A{at}", name, ("A", f"A{at}")) for at, name in enumerate(["甲村", "乙村", "丙村", "丁村"])
]
SUM, SHARE = Attribute("n", {}, Rule.SUM), Attribute("p", {}, Rule.SHARE, weight="n")
numbers = st.floats(0, 1e6, allow_nan=False)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("declared") / "attributes.toml"
    path.write_text(DECLARED, encoding="utf-8")
    return path


def book(path: Path, *rows: list[Any], merged: str | None = None) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    workbook.save(path)
    return path


HEADS = ["序号", "村名", "集体收入（元）", "两委成员", "党员比例(%)", "类型", "通路", "备注"]


def test_a_sheet_as_an_office_keeps_it_is_taken(declared: Path, tmp_path: Path) -> None:
    path = book(
        tmp_path / "villages.xlsx",
        ["2026年村集体经济统计表"],
        ["填表单位：某镇"],
        [],
        HEADS,
        [1, "甲村", 61000.5, 5, "60%", "平原", "是", None],
        [2, "乙村", "１２０,０００", 4, 75, "丘陵", "否", "x"],
        [],
        [3, "丙村", None, 6, 50.5, None, "是", None],
        [4, "丁村", 0, 3, 100, "平原", "是", None],
        merged="A1:H1",
    )
    read = values_of(read_rows(path), read_attributes(declared), VILLAGES)
    assert read.findings == []
    assert read.ignored == ["序号", "备注"]
    (wide := tmp_path / "wide.csv").write_text("," * MOST_COLUMNS)
    with pytest.raises(BrokenFile, match="many-columns"):
        read_rows(wide)
    assert read.values["income"] == {"A0": 61000.5, "A1": 120000.0, "A3": 0.0}  # what is missing is missing
    assert read.values["party"] == {"A0": 60.0, "A1": 75.0, "A2": 50.5, "A3": 100.0}
    assert read.values["kind"] == {"A0": "plain", "A1": "hill", "A3": "plain"}
    assert read.values["road"] == {"A0": "yes", "A1": "no", "A2": "yes", "A3": "yes"}


def test_each_fault_is_told_by_row_and_column(declared: Path, tmp_path: Path) -> None:
    path = book(
        tmp_path / "villages.xlsx",
        ["统计表"],
        HEADS,
        [1, "甲村", "很多", 5, "105%", "山", "是"],
        [2, "乙村", 1, 4, 75, "平原", "也许"],
        [3, "甲村", 2, 4, 75, "平原", "是"],
        [4, "戊村", 2, 4, 75, "平原", "是"],
        merged="A1:H1",
    )
    found = values_of(read_rows(path), read_attributes(declared), VILLAGES).findings
    found = sorted(found, key=lambda one: (one.record or 99, HEADS.index(one.field)))
    assert [(one.record, one.field, one.reason) for one in found] == [
        (3, "集体收入（元）", "float_type"),
        (3, "党员比例(%)", "share"),
        (3, "类型", "enum"),
        (4, "通路", "enum"),
        (5, "村名", "twice"),
        (6, "村名", "unknown_cell"),
        (0, "村名", "cells_missing"),
    ]
    assert found[-1].facts == {"count": 2, "names": "丙村, 丁村"}
    assert found[4].facts == {"other": 3}


def test_shares_that_a_spreadsheet_shows_as_percent_are_not_taken_for_percents(declared: Path, tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes("村名,党员比例\r\n甲村,0.6\r\n乙村,1\r\n".encode("gb18030"))
    found = values_of(read_rows(path), read_attributes(declared), VILLAGES, part=True).findings
    assert [(one.field, one.reason) for one in found] == [("党员比例", "share_fractions")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1e999", "number_large"), ("-1e16", "number_large"), ("NaN", "float_type"), ("inf", "float_type")],
)
def test_a_number_that_cannot_be_reckoned_with_is_refused(text: str, reason: str) -> None:
    rows = [(1, ["code", "n"]), (2, ["A0", "1e15"]), (3, ["A1", text])]
    read = values_of(rows, [SUM], VILLAGES, part=True)
    assert [(one.record, one.field, one.reason) for one in read.findings] == [(3, "n", reason)]
    assert read.values == {"n": {"A0": 1e15}}


@given(values=st.dictionaries(st.sampled_from("abcdefgh"), numbers), split=st.integers(0, 8))
@examples(max_examples=30)
def test_the_sum_of_the_parts_is_the_whole(values: dict[str, float], split: int) -> None:
    cells = "abcdefgh"
    whole = rolled_up(SUM, cells, values)
    parts = [rolled_up(SUM, cells[:split], values), rolled_up(SUM, cells[split:], values)]
    assert whole.known == len(values) == sum(part.known for part in parts)
    assert whole.cells == 8
    if not values:
        assert whole.value is None  # and not zero
    else:
        assert whole.value == pytest.approx(fsum(part.value for part in parts if part.value is not None))


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.floats(0, 100), st.none() | numbers)))
@examples(max_examples=30)
def test_a_share_is_the_mean_by_weight_of_those_that_have_both(told: dict[str, tuple[float, float | None]]) -> None:
    shares = {code: share for code, (share, _) in told.items()}
    weights = {code: weight for code, (_, weight) in told.items() if weight is not None}
    found = rolled_up(SHARE, "abcdefgh", shares, weights)
    assert found.known == len(weights)
    whole = fsum(weights.values())
    if not whole:
        assert found.value is None
    else:
        assert found.value is not None
        assert found.value == pytest.approx(fsum(shares[code] * weights[code] for code in weights) / whole)
        assert min(shares.values()) - 1e-6 <= found.value <= max(shares.values()) + 1e-6


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"key": "A", "name": {"en": "A"}, "rule": "sum"}, "key"),
        ({"key": "a", "name": {"en": "A"}, "rule": "median"}, "rule"),
        ({"key": "a", "name": {}, "rule": "sum"}, "name"),
        ({"key": "a", "name": {"en": "A"}, "rule": "share", "weight": "b"}, "weight"),
        ({"key": "a", "name": {"en": "A"}, "rule": "class"}, "classes"),
        ({"key": "a", "name": {"en": "A"}, "rule": "sum", "more": 1}, "more"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_refused(entry: dict[str, Any], field: str) -> None:
    with pytest.raises(BadAttributes) as error:
        attributes_of([entry])
    assert error.value.facts["field"] == field


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str) -> Iterator[str]:
    for database in clone(cluster, furnished):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("WANGGE_DATABASE_URL", database)
            yield database


def wangge(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(build("attributes"), ["attributes", *words], catch_exceptions=code != 1)
    assert done.exit_code == code, done.output
    return done.output


def shown(level: str, on: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(wangge("show", "-t", "xinhua", "--level", level, "--on", on, "--json"))
    return {row["code"]: row for row in rows}


def test_values_stand_from_their_day_on_and_are_rolled_up(url: str, declared: Path, tmp_path: Path) -> None:
    with connect(url) as connection:
        grid: Grid = load_grid(connection, "xinhua")
    communities = [cell for cell in grid.cells if cell.level == "community"]
    wangge("declare", str(declared), "-t", "xinhua")
    for day, factor in (("2025-01-01", 1), ("2026-01-01", 2)):
        path = tmp_path / f"{day}.csv"
        rows = [f"{cell.code},{at * factor},{at % 5},{at}" for at, cell in enumerate(communities)]
        path.write_text("\n".join(["code,income,members,party", *rows]), encoding="utf-8")
        wangge("import", str(path), "-t", "xinhua", "--on", day, "--level", "community")
    street = communities[0].path[0]
    inside = [at for at, cell in enumerate(communities) if cell.path[0] == street]
    assert shown("street", "2024-12-31")[street]["income"] is None
    for day, factor in (("2025-12-31", 1), ("2026-01-01", 2)):
        row = shown("street", day)[street]
        income = {"value": sum(inside) * factor, "own": False, "known": len(inside), "cells": len(inside), "counts": {}}
        assert row["income"] == income
        members = sum(at % 5 for at in inside)
        assert row["party"]["value"] == pytest.approx(sum(at * (at % 5) for at in inside) / members)
        assert row["road"] is None
    assert shown("community", "2026-01-01")[communities[3].code]["income"]["value"] == 6


def test_what_contradicts_what_is_kept_is_not_declared(url: str, declared: Path, tmp_path: Path) -> None:
    wangge("declare", str(declared), "-t", "xinhua")
    sheet = tmp_path / "some.csv"
    sheet.write_text("code,income\n130902001001,1\n", encoding="utf-8")
    wangge("import", str(sheet), "-t", "xinhua", "--on", "2020-01-01", "--level", "community", "--part")
    as_class = 'rule = "class"\nclasses = { a = { en = "A" } }\n'
    for key, fields in (("members", {"field": "weight", "record": 0}), ("income", {"field": "rule", "record": 1})):
        file = tmp_path / f"{key}.toml"
        file.write_text(f'[[attributes]]\nkey = "{key}"\nname = {{ en = "A" }}\n{as_class}', encoding="utf-8")
        done = CliRunner().invoke(build("attributes"), ["attributes", "declare", str(file), "-t", "xinhua"])
        assert isinstance(done.exception, BadAttributes), done.output
        assert fields.items() <= done.exception.facts.items()
        assert key in {done.exception.facts["key"], done.exception.facts.get("weight")}
    assert shown("community", "2020-01-01")["130902001001"]["income"]["value"] == 1


def test_a_refused_sheet_stores_nothing(url: str, declared: Path, tmp_path: Path) -> None:
    wangge("declare", str(declared), "-t", "xinhua")
    path = tmp_path / "bad.csv"
    path.write_text("code,income\n130902001001,1\n130902001001,2\n", encoding="utf-8")
    done = CliRunner().invoke(
        build("attributes"),
        ["attributes", "import", str(path), "-t", "xinhua", "--on", "2030-01-01", "--level", "community"],
    )
    assert done.exit_code == 1
    assert {one["kind"] for one in done.exception.facts["errors"]} == {"twice", "cells_missing"}  # type: ignore[union-attr]
    with connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM attribute_value WHERE day = '2030-01-01'").fetchone() == (0,)


def test_rolled_is_told_of_how_many() -> None:
    assert rolled_up(SUM, "abc", {"a": 1.0}) == Rolled(1.0, 1, 3)
    road = Attribute("road", {}, Rule.YES_NO)
    assert rolled_up(road, "abc", {"a": "yes", "b": "yes"}).counts == {"yes": 2}


def test_table_and_course_are_had_over_http(url: str, declared: Path, tmp_path: Path) -> None:
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    community = next(cell for cell in grid.cells if cell.level == "community")
    wangge("declare", str(declared), "-t", "xinhua")
    for day, income in (("2027-01-01", 5), ("2027-06-01", 8)):
        path = tmp_path / f"{day}.csv"
        path.write_text(f"code,income\n{community.code},{income}\n", encoding="utf-8")
        wangge("import", str(path), "-t", "xinhua", "--on", day, "--level", "community", "--part")
    settings = Settings(database_url=url, home=tmp_path / "home", columns_s=0, sweep_s=0, release_s=0)
    here = "/api/v1/territories/xinhua/attributes"
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        signed_in(client, url, [Grant(Role.CENTRE)])
        listed = client.get(here).json()["attributes"]
        assert [one["key"] for one in listed] == ["income", "members", "party", "kind", "road"]
        table = client.get(f"{here}/values", params={"level": "community", "on": "2027-02-01"}).json()
        (row,) = [one for one in table["cells"] if one["code"] == community.code]
        assert row["values"]["income"]["value"] == 5
        course = client.get(f"{here}/income/trend", params={"level": "community", "code": community.code}).json()
        told = {one["on"]: one["value"]["value"] for one in course["days"] if one["value"]}
        assert (told["2027-01-01"], told["2027-06-01"]) == (5, 8)
        assert client.get(f"{here}/income/trend", params={"code": "nowhere"}).json()["type"] == "/problems/unknown-cell"
        assert client.get(f"{here}/none/trend", params={"code": "1"}).json()["type"] == "/problems/unknown-attribute"


def test_values_are_those_of_one_s_cells(
    url: str, declared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    own, other = [cell.code for cell in grid.cells if cell.level == "community"][1:3]
    wangge("declare", str(declared), "-t", "xinhua")
    for day, code, income in (("2028-01-01", own, 5), ("2028-06-01", other, 9)):
        path = tmp_path / f"{day}.csv"
        path.write_text(f"code,income\n{code},{income}\n", encoding="utf-8")
        wangge("import", str(path), "-t", "xinhua", "--on", day, "--level", "community", "--part")
    settings = Settings(database_url=url, home=tmp_path / "home", columns_s=0, sweep_s=0, release_s=0)
    here = "/api/v1/territories/xinhua/attributes"
    monkeypatch.setattr("wangge.api.routes.figures.attributes.MOST_DAYS", 1)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        signed_in(client, url, [Grant(Role.COMMUNITY_DESK, "xinhua", "community", own)])
        table = client.get(f"{here}/values", params={"level": "community", "on": "2028-06-01"}).json()["cells"]
        told = {row["code"]: row["values"]["income"] for row in table}
        assert {code for code, value in told.items() if value} == {own}
        assert told[own]["value"] == 5
        street = client.get(f"{here}/values", params={"level": "street", "on": "2028-06-01"}).json()["cells"]
        assert {value for row in street for value in row["values"].values()} == {None}
        outside = client.get(f"{here}/income/trend", params={"level": "community", "code": other})
        assert (outside.status_code, outside.json()["type"]) == (404, "/problems/unknown-cell")
        (day,) = client.get(f"{here}/income/trend", params={"level": "community", "code": own}).json()["days"]
        assert (day["on"], day["value"]["value"]) == ("2028-06-01", 5)  # it stood before the latest day


def test_an_office_s_workbook_is_answered_by_row_and_column_in_chinese(
    url: str, declared: Path, tmp_path: Path
) -> None:
    with connect(url) as connection:
        names = [cell.name for cell in load_grid(connection, "xinhua").cells if cell.level == "community"]
    wangge("declare", str(declared), "-t", "xinhua")
    rows = [[n, name, 60000 + n, 5, 60] for n, name in enumerate(names, 1)]
    above = [["统计表"], [], ["序号", "村名", "集体收入", "两委成员", "党员比例"]]
    right = book(tmp_path / "right.xlsx", *above, *rows, merged="A1:E1")
    rows[3][1], rows[5][4], rows[7][2] = names[0], "105%", "很多"
    wrong = book(tmp_path / "wrong.xlsx", *above, *rows, merged="A1:E1")
    settings = Settings(database_url=url, home=tmp_path / "home", columns_s=0, sweep_s=0, release_s=0)
    here = "/api/v1/territories/xinhua/attributes/values"
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        signed_in(client, url, [Grant(Role.ADMINISTRATOR, "xinhua")])

        def sent(content: bytes, **more: str) -> Any:
            asked = {"level": "community", "on": "2029-01-01"} | more
            return client.post(f"{here}:import", params=asked, content=content, headers={"Accept-Language": "zh"})

        answer = sent(wrong.read_bytes())
        assert answer.status_code == 422
        problem = answer.json()
        found = {(one.get("record"), one["field"]): one["message"] for one in problem["errors"]}
        assert found.keys() == {(7, "村名"), (9, "党员比例"), (11, "集体收入"), (0, "村名")}
        assert "4" in found[7, "村名"], "the row in which it stood before"
        assert names[3] in found[0, "村名"], "who is missing"
        for text in found.values():
            assert any("一" <= sign <= "龥" for sign in text), text
        with connect(url) as connection:
            kept = connection.execute("SELECT count(*) FROM attribute_value WHERE day = '2029-01-01'").fetchone()
        assert kept == (0,)
        taken = sent(right.read_bytes())
        assert taken.json() == {"level": "community", "on": "2029-01-01", "stored": 3 * len(names), "ignored": ["序号"]}
        table = client.get(here, params={"level": "community", "on": "2029-01-01"}).json()["cells"]
        assert {row["name"]: row["values"]["income"]["value"] for row in table} == {
            name: 60000.0 + n for n, name in enumerate(names, 1)
        }
        assert sent(right.read_bytes(), level="nothing").json()["type"] == "/problems/unknown-level"
        for broken in (b"PK\x03\x04 and no more", b'name,"' + b"x" * 200_000, b"\x00\xff"):
            assert sent(broken).status_code == 422
        bomb = io.BytesIO()
        with ZipFile(bomb, "w", ZIP_DEFLATED) as packed:
            packed.writestr("xl/worksheets/sheet1.xml", b" " * 210_000_000)
        answer = sent(bomb.getvalue())
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/broken-file")


def test_a_declaration_is_tried_before_it_holds_and_what_it_was_is_kept(
    url: str, declared: Path, tmp_path: Path
) -> None:
    wangge("declare", str(declared), "-t", "xinhua")
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    street = min(cell.code for cell in grid.cells if cell.level == "street")
    inside = [cell.code for cell in grid.cells if cell.level == "community" and cell.path[0] == street]
    path = tmp_path / "values.csv"
    path.write_text("\n".join(["code,members", *(f"{code},{at}" for at, code in enumerate(inside, 1))]), "utf-8")
    wangge("import", str(path), "-t", "xinhua", "--on", "2020-01-01", "--level", "community", "--part")
    here = "/api/v1/territories/xinhua/attributes"
    settings = Settings(database_url=url, home=tmp_path / "home", columns_s=0, sweep_s=0, release_s=0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        signed_in(client, url, [Grant(Role.ADMINISTRATOR)])
        mean = {"name": {"en": "Members a village"}, "rule": "mean"}
        rules = [one["rule"] for one in client.get(here).json()["attributes"]]
        tried = client.put(f"{here}/members?dry_run=true", json=mean)
        # A share is weighed by it: it must stay a sum.
        assert (tried.status_code, tried.json()["errors"][0]["field"]) == (422, "weight")
        assert client.put(f"{here}/party", json={"name": {"en": "Party"}, "rule": "share"}).status_code == 200
        tried = client.put(f"{here}/members?dry_run=true", json=mean)
        (row,) = [one for one in tried.json()["cells"] if one["code"] == street]
        assert tried.json()["stored"] is False
        assert row["before"]["known"] == row["after"]["known"] == len(inside)
        assert row["before"]["value"] == pytest.approx(row["after"]["value"] * len(inside))
        assert [one["rule"] for one in client.get(here).json()["attributes"]] == rules
        stored = client.put(f"{here}/members", json=mean).json()
        assert stored == tried.json() | {"stored": True}
        for key, wrong, field in (
            ("members", {"name": {"en": "Kind"}, "rule": "yes-no"}, "rule"),  # it has numbers
            ("new", {"name": {"en": "New"}, "rule": "class"}, "classes"),
            ("new", {"name": {"en": "New"}, "rule": "mean", "weight": "nothing"}, "weight"),
            ("Not a key", {"name": {"en": "New"}, "rule": "sum"}, "attribute"),
            ("new", {"name": {}, "rule": "sum"}, "name"),
        ):
            answer = client.put(f"{here}/{key}", json=wrong)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
        told = client.get("/api/v1/territories/xinhua/audit/changes", params={"kind": "attribute"}).json()["changes"]
        newest = next(one for one in told if one["item"] == "members")
        assert (newest["before"]["rule"], newest["after"]["rule"]) == ("sum", "mean")
        signed_in(client, url, [Grant(Role.CENTRE)])
        assert client.put(f"{here}/members", json=mean).status_code == 403
    with connect(url) as connection:
        connection.execute("DELETE FROM attribute WHERE territory_code = 'xinhua'")


def test_a_village_that_changes_its_township_keeps_its_history(url: str, declared: Path, tmp_path: Path) -> None:
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    communities = sorted((cell for cell in grid.cells if cell.level == "community"), key=lambda cell: cell.code)
    moved, other = communities[0], communities[-1]
    inside = next(leaf for leaf in grid.leaves if leaf.path[1] == moved.code)
    wangge("declare", str(declared), "-t", "xinhua")
    lay_over(url, grid, tmp_path)
    put_reports(url, [(inside, "noise", "2030-12-31T12:00:00+08:00")])
    for day, factor in (("2030-06-01", 1), ("2031-06-01", 3)):
        path = tmp_path / f"{day}.csv"
        rows = [f"{cell.code},{factor * 2**at % 1009}" for at, cell in enumerate(communities)]
        path.write_text("\n".join(["code,income", *rows]), encoding="utf-8")
        wangge("import", str(path), "-t", "xinhua", "--on", day, "--level", "community")
    with connect(url) as connection:
        edition = connection.execute(
            """INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels)
               SELECT territory_code, 'moved', '2031-01-01', source, licence, synthetic, 'moved', levels
               FROM edition WHERE territory_code = 'xinhua' RETURNING id"""
        ).fetchone()
        connection.execute(
            """INSERT INTO cell (edition_id, level, code, name, parent_id, path, attributes, area_m2, geom, label)
               SELECT %(new)s, level, code, name, parent_id,
                      CASE WHEN %(moved)s = ANY (path) THEN array_prepend(%(to)s, path[2:]) ELSE path END,
                      attributes, area_m2, geom, label
               FROM cell WHERE edition_id = (SELECT current_edition_id FROM territory WHERE code = 'xinhua')""",
            {"new": edition and edition[0], "moved": moved.code, "to": other.path[0]},
        )
        publish(connection, "xinhua", "moved")
        then = next(leaf for leaf in load_grid(connection, "xinhua").leaves if leaf.code == inside.code)
    put_reports(url, [(replace(then, geometry=inside.geometry), "noise", "2031-02-01T12:00:00+08:00")])
    before, after = (shown("street", day) for day in ("2030-12-31", "2031-02-01"))
    own = shown("community", "2031-02-01")[moved.code]["income"]["value"]
    assert own == shown("community", "2030-12-31")[moved.code]["income"]["value"] == 1
    for street, change in ((moved.path[0], -1), (other.path[0], 1)):
        assert after[street]["income"]["value"] == before[street]["income"]["value"] + change * own
        assert after[street]["income"]["cells"] == before[street]["income"]["cells"] + change
    assert sum(row["income"]["value"] for row in after.values()) == sum(
        row["income"]["value"] for row in before.values()
    )
    settings = Settings(database_url=url, home=tmp_path / "home", columns_s=0, sweep_s=0, release_s=0)
    here = "/api/v1/territories/xinhua/attributes"
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        signed_in(client, url, [Grant(Role.CENTRE, "xinhua")])
        for day, edition_then in 2 * (("2030-12-31", grid.edition), ("2031-02-01", "moved")):  # read, then kept
            table = client.get(f"{here}/values", params={"level": "street", "on": day}).json()
            assert table["edition"] == edition_then
            assert {row["code"]: row["values"]["income"] for row in table["cells"]} == {
                code: row["income"] for code, row in shown("street", day).items()
            }
        asked = {"cell": inside.code, "from": "2030-01-01", "to": "2031-12-31"}
        cases = client.get("/api/v1/territories/xinhua/reports", params=asked).json()["reports"]
        assert [
            (
                one["received_at"][:10],
                one["edition"],
                one["ancestors"][0]["code"],
                [area["code"] for area in one["areas"]],
            )
            for one in sorted(cases, key=lambda case: str(case["received_at"]))
        ] == [
            ("2030-12-31", grid.edition, moved.path[0], ["whole"]),
            ("2031-02-01", "moved", other.path[0], ["again"]),
        ], "a case keeps its township and its area; the next has those of its own day"
        course = client.get(f"{here}/income/trend", params={"level": "street", "code": moved.path[0]}).json()["days"]
        told = {one["on"]: one["value"]["value"] for one in course if one["value"]}
        assert asyncio.run(read_twice(url, date(2030, 12, 31))), "an edition never changes: its cells are read once"
        assert told["2030-06-01"] - told["2031-01-01"] == own, "the edition begins on a day of its own"


def lay_over(url: str, grid: Grid, folder: Path) -> None:
    """An overlay of one area, called otherwise from the day on which the edition changes."""
    west, south, east, north = grid.bbox
    for code, day in (("whole", "2030-01-01"), ("again", "2031-01-01")):
        shape = mapping(box(west - 1, south - 1, east + 1, north + 1))
        file = folder / f"{code}.geojson"
        feature = {"type": "Feature", "geometry": shape, "properties": {"code": code}}
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        words = [
            "overlay",
            "import",
            "xinhua",
            str(file),
            "--as",
            "police",
            "--code-field",
            "code",
            "--valid-from",
            day,
        ]
        done = CliRunner().invoke(build("overlay"), words)
        assert done.exit_code == 0, done.output


async def read_twice(url: str, day: date) -> bool:
    """Whether the hierarchy of a day is the same object the second time."""
    with connect(url) as connection:
        grid = load_grid(connection, "xinhua")
    async with await connect_async(url) as connection:
        made = hierarchies(grid, await read_hierarchies(connection, grid, day, day))
        return (await read_hierarchies(connection, grid, day, day))[0][1] is made.on(day)
