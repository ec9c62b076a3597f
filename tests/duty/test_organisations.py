"""Organisations: types, what stands above them, their cells; in and out of files, and by template."""

import asyncio
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb
from typer.testing import CliRunner, Result

from tests.duty.test_roster import write
from wangge.api.cli import organisations as command
from wangge.duty.bodies import Organisation
from wangge.duty.findings import BadEntries
from wangge.duty.organisations import load_organisations
from wangge.duty.types import SHIPPED, TEMPLATES
from wangge.geo.grid import Grid
from wangge.store.engine import connect, connect_async

pytestmark = pytest.mark.usefixtures("_here")


@pytest.fixture
def _here(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.setenv("WANGGE_LANG", "zh")


TOML = """
[[types]]
code = "hotline"
name = {{ en = "Hotline", zh = "热线" }}

[[organisations]]
code = "urban-management"
name = {{ en = "Urban management", zh = "城管局" }}
type = "department"

[[organisations]]
code = "lamps"
name = {{ en = "Street lamps", zh = "路灯所" }}
type = "company"
parent = "urban-management"
phone = "0317-200"
cells = ["{street}", "community:{community}"]

[[organisations]]
code = "old"
name = "旧热线"
type = "hotline"
active = false
"""


def wangge(*arguments: object) -> Result:
    return CliRunner().invoke(command.app, [str(argument) for argument in arguments])


def stored(database: str) -> dict[str, Organisation]:
    async def ask() -> dict[str, Organisation]:
        async with await connect_async(database) as connection:
            return await load_organisations(connection, "xinhua")

    return asyncio.run(ask())


def load(path: Path) -> Result:
    result = wangge("import", path, "-t", "xinhua")
    assert result.exit_code == 0, result.output or result.exception
    return result


def faults(path: Path) -> list[tuple[int, str, str]]:
    result = wangge("import", path, "-t", "xinhua")
    assert isinstance(result.exception, BadEntries), result.output
    return [(fault["record"], fault["field"], fault["kind"]) for fault in result.exception.facts["errors"]]


def toml(tmp_path: Path, grid: Grid) -> Path:
    street, community, _ = grid.leaves[0].path
    path = tmp_path / "organisations.toml"
    path.write_text(TOML.format(street=street, community=community), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["toml", "csv"])
def test_organisations_come_back_as_they_went_in(database: str, xinhua: Grid, tmp_path: Path, suffix: str) -> None:
    assert "新增或更改 4 个" in load(toml(tmp_path, xinhua)).stderr
    out, again = tmp_path / f"out.{suffix}", tmp_path / f"again.{suffix}"
    assert wangge("export", "xinhua", "-o", out).exit_code == 0
    assert "新增或更改 0 个" in load(out).stderr
    before = stored(database)
    assert before["lamps"].parent == "urban-management"
    assert {level for level, _ in before["lamps"].cells} == {"street", "community"}
    assert (before["old"].active, before["old"].name) == (False, {"en": "旧热线", "zh": "旧热线"})
    with connect(database) as connection:
        connection.execute("DELETE FROM organisation_cell; DELETE FROM organisation WHERE parent_id IS NOT NULL")
        connection.execute("DELETE FROM organisation")
    load(out)
    after = stored(database)
    assert before.keys() == after.keys()
    for code, one in before.items():
        assert (one.name, one.type, one.parent, one.phone, one.active, one.cells) == (
            after[code].name,
            after[code].type,
            after[code].parent,
            after[code].phone,
            after[code].active,
            after[code].cells,
        )
    wangge("export", "xinhua", "-o", again)
    assert again.read_bytes() == out.read_bytes()


def test_every_fault_is_told_and_nothing_is_stored(database: str, xinhua: Grid, tmp_path: Path) -> None:
    path = toml(tmp_path, xinhua)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("phone =", "fone =").replace('code = "old"', 'code = "lamps"').replace("community:", "grid:"),
        encoding="utf-8",
    )
    assert faults(path) == [(2, "fone", "extra_near"), (2, "cells", "unknown_cell"), (3, "code", "twice")]
    ministry = text.replace('"department"', '"ministry"').replace("parent = ", 'parent = "no-" # ')
    path.write_text(ministry, encoding="utf-8")
    assert faults(path) == [(1, "type", "enum"), (2, "parent", "unknown_organisation")]
    path.write_text(text.replace('type = "department"', 'type = "department"\nparent = "lamps"'), encoding="utf-8")
    assert faults(path) == [(1, "parent", "parent_ring"), (2, "parent", "parent_ring")]
    path.write_text("[[bodies]]\n", encoding="utf-8")
    assert faults(path) == [(0, "bodies", "toml_table")]
    path.write_text("[[organisations", encoding="utf-8")
    assert faults(path) == [(0, "TOML", "toml")]
    with connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM organisation").fetchone() == (0,)


def test_a_chinese_office_s_spreadsheet_is_read(database: str, xinhua: Grid, tmp_path: Path) -> None:
    columns = ["编码", "名称", "类型", "网格"]
    cells = "；".join(leaf.code for leaf in xinhua.leaves[:2])
    values = dict(zip(columns, ["wy", "物业公司", "property-company", cells], strict=True))
    load(write(tmp_path / "单位.csv", [values], "gb18030", columns))
    (one,) = stored(database).values()
    assert (one.name["zh"], len(one.cells)) == ("物业公司", 2)


def test_a_template_gives_each_community_its_six_parties(database: str, xinhua: Grid) -> None:
    community = next(cell for cell in xinhua.cells if cell.level == "community")
    assert wangge("apply", "rural", "-t", "xinhua", "--cell", community.code).exit_code == 0
    assert "396" in wangge("apply", "urban", "-t", "xinhua").stderr
    assert "0 个" in wangge("apply", "urban", "-t", "xinhua").stderr
    result = wangge("apply", "urban", "-t", "xinhua", "--cell", "nowhere")
    assert isinstance(result.exception, BadEntries)

    found = stored(database)
    assert len(found) == 66 * 6 + 6
    village = found[f"{community.code}-village-collective"]
    assert village.name["zh"] == community.name.removesuffix("居民委员会") + "村集体经济组织"
    assert village.cells == (("community", community.code),)
    with connect(database) as connection:
        kinds = connection.execute("SELECT kind, count(*) FROM desk WHERE level = 'community' GROUP BY kind").fetchall()
    assert ("urban", 66) in kinds


def test_a_party_is_called_after_its_community_without_a_word_twice(database: str) -> None:
    with connect(database) as connection:
        for code, name in (("130902001001", "建北社区居民委员会"), ("130902001002", "李村村委会")):
            named = Jsonb({"en": name, "zh": name})
            connection.execute("UPDATE desk SET name = %s WHERE code = %s", (named, code))
    for template, code in (("urban", "130902001001"), ("rural", "130902001002")):
        wangge("apply", template, "-t", "xinhua", "--cell", code)
    names = {one.type: one.name["zh"] for one in stored(database).values()}
    assert names["community-organisation"] == "建北社区党组织"
    assert names["residents-committee"] == "建北社区居民委员会"
    assert names["village-organisation"] == "李村党组织"
    assert names["villagers-committee"] == "李村村民委员会"


def test_templates_are_made_of_types_that_ship() -> None:
    assert set(TEMPLATES) == {"urban", "rural"}
    for template in TEMPLATES.values():
        assert len(set(template.types)) == 6
        assert set(template.types) <= SHIPPED.keys()


def test_codes_that_lost_their_zeros_are_told_and_make_no_second_body(database: str, tmp_path: Path) -> None:
    columns = ["code", "name", "type", "parent"]
    rows = [("0120", "城管局", "department", ""), ("0130", "路灯所", "company", "0120")]
    load(write(tmp_path / "bodies.csv", [dict(zip(columns, one, strict=True)) for one in rows], columns=columns))
    rows = [("120", "城管局", "department", ""), ("0131", "供水所", "company", "120"), ("55", "公园", "company", "9")]
    path = write(tmp_path / "again.csv", [dict(zip(columns, one, strict=True)) for one in rows[:1]], columns=columns)
    assert faults(path) == [(1, "code", "zero_lost")]
    path = write(tmp_path / "more.csv", [dict(zip(columns, one, strict=True)) for one in rows[1:]], columns=columns)
    assert faults(path) == [(1, "parent", "zeros_missing"), (2, "parent", "unknown_organisation")]
    assert sorted(stored(database)) == ["0120", "0130"]
