"""The figures over HTTP: computed, opened into their cases, exported, declared."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.reports.histories import Histories, day
from wangge.access.roles import Role
from wangge.geo.grid import Grid
from wangge.store.engine import Connection, connect

HERE = "/api/v1/territories/xinhua/indicators"
AS_OF = {"as_of": day(30).isoformat()}


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def histories(connection: Connection, xinhua: Grid) -> Histories:
    return Histories(connection, xinhua, "lamp")


def handled(days: float, *, late: bool = False) -> list[tuple[Any, ...]]:
    """The moves of a case that is due after ten days and handled after some."""
    return [
        ("register", 0.1, {"step": "dispatch", "in_time": True}),
        ("dispatch", 0.2, {"step": "handle", "due_at": 10.0, "in_time": True}),
        ("report-back", days, {"step": "verify", "due_at": days + 1.0, "in_time": not late}),
    ]


@pytest.fixture
def told(histories: Histories, client: TestClient) -> None:
    """Three cases in the first base grid, two in another street: four due, three handled, two of them in time."""
    far = next(at for at, leaf in enumerate(histories.grid.leaves) if leaf.path[0] != histories.grid.leaves[0].path[0])
    histories.case(*handled(3))
    histories.case(*handled(12, late=True))
    histories.case(("dispatch", 1, {"step": "handle", "due_at": 4.0}), category="wiring")
    histories.case(*handled(5), leaf=far)
    histories.case(leaf=far)


@pytest.mark.usefixtures("told")
def test_figures_of_all_cases_and_by_cell(client: TestClient, xinhua: Grid) -> None:
    answer = client.get(HERE, params={"by": "cell", "level": "street", **AS_OF}).json()
    assert answer["total"]["figures"]["on-time-handling"] == {
        "value": 50.0,
        "numerator": 2,
        "denominator": 4,
        "excluded": 0,
    }
    assert len(answer["rows"]) == 6
    rows = {row["cell"]["code"]: row["figures"] for row in answer["rows"]}
    first, other = (
        xinhua.leaves[0].path[0],
        next(leaf.path[0] for leaf in xinhua.leaves if leaf.path[0] not in xinhua.leaves[0].path),
    )
    assert rows[first]["on-time-handling"]["numerator"] == 1
    assert rows[first]["on-time-handling"]["denominator"] == 3
    assert rows[other]["received"] == {"value": 2, "numerator": 2, "denominator": 2, "excluded": 0}
    nothing = next(figures for code, figures in rows.items() if code not in {first, other})
    assert nothing["on-time-handling"]["value"] is None
    assert nothing["received"]["value"] == 0


@pytest.mark.usefixtures("told")
def test_each_figure_opens_into_its_cases(client: TestClient) -> None:
    for by in ("cell", "category", "month", "cell&by=category", "month&by=category"):
        answer = client.get(f"{HERE}?by={by}&level=community&as_of={AS_OF['as_of'][:10]}").json()
        assert answer["rows"]
        for row in [*answer["rows"], answer["total"]]:
            for key, figure in row["figures"].items():
                for part in ("numerator", "denominator", "excluded"):
                    if not figure["denominator"] and not figure["excluded"]:
                        continue
                    page = client.get(row["cases"].replace("{indicator}", key).replace("{part}", part)).json()
                    assert len(page["cases"]) == figure[part], (by, key, part)


@pytest.mark.usefixtures("told")
def test_cases_come_in_pages(client: TestClient) -> None:
    link, numbers = f"{HERE}/received/cases?part=denominator&limit=2", []
    while link:
        page = client.get(link).json()
        assert len(page["cases"]) <= 2
        numbers += [case["number"] for case in page["cases"]]
        link = next((entry["href"] for entry in page["links"] if entry["rel"] == "next"), "")
    assert len(set(numbers)) == len(numbers) == 5
    case = client.get(f"{HERE}/on-time-handling/cases").json()["cases"][0]
    assert {"registered", "handled", "handled_in_time", "due"} <= set(case["facts"])
    assert client.get(case["links"][0]["href"]).json()["number"] == case["number"]


@pytest.mark.usefixtures("told")
def test_the_sheets_say_what_the_json_says(client: TestClient) -> None:
    query = {"by": "cell", "level": "street", **AS_OF}
    told = client.get(HERE, params=query).json()
    names = {one["key"]: one for one in told["indicators"]}
    sheet = client.get(HERE, params=query | {"f": "csv", "lang": "zh"})
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    frame = pd.read_csv(io.BytesIO(sheet.content), encoding="utf-8-sig", dtype={0: str})
    book = client.get(HERE, params=query, headers={"Accept": XLSX, "Accept-Language": "en"})
    assert book.headers["content-type"] == XLSX
    figures = openpyxl.load_workbook(io.BytesIO(book.content))["Figures"]
    heads = [cell.value for cell in figures[1]]
    assert len(frame) == figures.max_row - 1 == 7
    for at, row in enumerate([*told["rows"], told["total"]]):
        cells = dict(zip(heads, [cell.value for cell in figures[at + 2]], strict=True))
        if "cell" in row:
            assert frame.iloc[at]["网格 代码"] == row["cell"]["code"] == cells["Cell code"]
            assert frame.iloc[at]["网格"] == row["cell"]["name"] == cells["Cell"]
        for key, figure in row["figures"].items():
            one = names[key]
            percent = one["unit"] == "percent"
            in_csv = frame.iloc[at][one["name"]["zh"] + (" (%)" if percent else "")]
            in_book = cells[one["name"]["en"] + (" (%)" if percent else "")]
            if figure["value"] is None:
                assert pd.isna(in_csv)
                assert in_book is None
            else:
                assert in_csv == pytest.approx(figure["value"], abs=1e-4)
                assert in_book == pytest.approx(figure["value"] / (100 if percent else 1))
            if one["rate"]:
                assert frame.iloc[at][f"{one['name']['zh']} · 分母"] == figure["denominator"]
                assert cells[f"{one['name']['en']} · excluded"] == figure["excluded"]


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.usefixtures("told")
def test_staff_see_the_figures_of_their_cells(client_as: Callable[..., TestClient], xinhua: Grid) -> None:
    street = xinhua.leaves[0].path[0]
    desk = client_as(Role.STREET_DESK, level="street", code=street)
    answer = desk.get(HERE, params={"by": "cell", "level": "street", **AS_OF}).json()
    assert [row["cell"]["code"] for row in answer["rows"]] == [street]
    assert answer["total"]["figures"]["received"]["value"] == 3
    assert len(desk.get(f"{HERE}/received/cases?part=denominator").json()["cases"]) == 3
    other = next(leaf.path[0] for leaf in xinhua.leaves if leaf.path[0] != street)
    elsewhere = desk.get(HERE, params={"cell": other, **AS_OF}).json()
    assert elsewhere["total"]["figures"]["received"]["value"] == 0


def test_others_see_none(anonymous: TestClient, client_as: Callable[..., TestClient]) -> None:
    for path in ("", "/definitions", "/received/cases"):
        assert anonymous.get(HERE + path).status_code == 401
    assistant = client_as(Role.ASSISTANT, level="street", code="130902001")
    assert assistant.get(HERE).status_code == 403
    officer = client_as(Role.OFFICER)
    assert officer.put(f"{HERE}/definitions/own", json={}).status_code == 403
    assert officer.delete(f"{HERE}/definitions/own").status_code == 403


@pytest.mark.usefixtures("told")
def test_a_territory_declares_its_own(client: TestClient) -> None:
    own = {"name": {"zh": "线路占比"}, "numerator": "registered", "denominator": {"none_of": ["handled"]}}
    stored = client.put(f"{HERE}/definitions/own", json=own)
    assert stored.status_code == 200
    assert stored.json()["indicators"][-1]["own"]
    figure = client.get(HERE).json()["total"]["figures"]["own"]
    assert (figure["numerator"], figure["denominator"]) == (0, 2)
    changed = own | {"name": {"en": "Closed"}, "hidden": True}
    assert client.put(f"{HERE}/definitions/closed", json=changed).status_code == 200
    assert "closed" not in client.get(HERE).json()["total"]["figures"]
    assert client.delete(f"{HERE}/definitions/closed").status_code == 204
    assert "closed" in client.get(HERE).json()["total"]["figures"]
    assert client.delete(f"{HERE}/definitions/closed").status_code == 404
    wrong = client.put(f"{HERE}/definitions/own", json=own | {"numerator": "registerd"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "numerator")


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("by=colour", 422, "bad-field"),
        ("by=cell&by=cell", 422, "bad-field"),
        ("by=cell&by=month&by=category", 422, "bad-field"),
        ("by=cell&level=county", 404, "unknown-level"),
        ("as_of=yesterday", 422, "bad-field"),
        ("indicator=luck", 404, "unknown-indicator"),
        ("f=pdf", 422, "bad-field"),
        ("officer=0", 422, "bad-field"),
    ],
)
def test_a_wrong_question_is_refused(reader: TestClient, query: str, status: int, kind: str) -> None:
    answer = reader.get(f"{HERE}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
