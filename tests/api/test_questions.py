"""What a category asks besides: declared with it, answered by who knows, shown at the desk."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.api.test_reports import report
from wangge.api.cli import categories as command
from wangge.reports.categories.categories import BadCategories, read_categories

HERE = "/api/v1/territories/xinhua"
NAME = 'name = { en = "x", zh = "x" }'


def test_answers_stay_with_the_case_and_with_what_was_asked(client: TestClient) -> None:
    told = {one["code"]: one["questions"] for one in client.get(f"{HERE}/categories").json()["categories"]}
    assert [one["code"] for one in told["lamp"]] == ["pole"]
    assert [option["code"] for option in told["manhole"][0]["options"]] == ["missing", "broken", "loud"]
    assert told["wiring"] == []
    key = {"Idempotency-Key": "lamp 12"}
    body = report(category="lamp", answers={"pole": " 新华路 12 号 "})
    filed = client.post(f"{HERE}/reports", json=body, headers=key)
    assert filed.status_code == 201, filed.text
    assert client.post(f"{HERE}/reports", json=body, headers=key).json()["number"] == filed.json()["number"]
    case = client.get(f"{HERE}/reports/{filed.json()['number']}").json()
    pole = {"code": "pole", "name": {"en": "Number on the pole", "zh": "灯杆编号"}, "value_name": None}
    assert case["answers"] == [pole | {"value": "新华路 12 号"}]
    moved = {"move": "register", "category": "road"}
    client.post(f"{HERE}/reports/{case['number']}/moves", json=moved, headers={"If-Match": "*"})
    assert client.get(f"{HERE}/reports/{case['number']}").json()["answers"] == case["answers"]
    chosen = client.post(f"{HERE}/reports", json=report(category="manhole", answers={"state": "loud"})).json()
    (answer,) = client.get(f"{HERE}/reports/{chosen['number']}").json()["answers"]
    assert (answer["value"], answer["value_name"]["en"]) == ("loud", "Rattles")
    for none in ({}, {"pole": ""}, {"pole": None}):
        number = client.post(f"{HERE}/reports", json=report(category="lamp", answers=none)).json()["number"]
        assert client.get(f"{HERE}/reports/{number}").json()["answers"] == []


@pytest.mark.parametrize(
    ("category", "answers"),
    [
        ("lamp", {"colour": "red"}),
        ("wiring", {"pole": "12"}),
        ("lamp", {"pole": 12}),
        ("lamp", {"pole": True}),
        ("lamp", {"pole": "x" * 201}),
        ("lamp", {"pole": "a\0"}),
        ("lamp", {"pole": ["12"]}),
        ("lamp", {str(n): "x" for n in range(11)}),
        ("manhole", {"state": "stolen"}),
        ("lamp", []),
    ],
)
def test_what_is_not_asked_is_not_taken(client: TestClient, category: str, answers: Any) -> None:
    before = client.get(HERE).json()["reports"]
    refused = client.post(f"{HERE}/reports", json=report(category=category, answers=answers))
    assert refused.status_code == 422, refused.text
    assert "answers" in refused.json()["errors"][0]["field"]
    assert client.get(HERE).json()["reports"] == before


def test_questions_go_out_and_in_again(
    client: TestClient, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    before = client.get(f"{HERE}/categories").json()
    out = tmp_path / "categories.toml"
    for arguments in (["export", "xinhua", "-o", str(out)], ["import", str(out), "-t", "xinhua"]):
        done = CliRunner().invoke(command.app, arguments)
        assert done.exit_code == 0, done.output
    after = client.get(f"{HERE}/categories").json()
    assert [one["questions"] for one in after["categories"]] == [one["questions"] for one in before["categories"]]
    named = {"name": {"zh": "路灯"}}
    assert client.put(f"{HERE}/categories/lamp", json=named).json()["questions"][0]["code"] == "pole", "it stays"


@pytest.mark.parametrize(
    "question",
    [
        f'code = "licence_plate"\n{NAME}',  # a car's plate is never asked
        f'code = "pole"\nkind = "photo"\n{NAME}',
        f'code = "pole"\nkind = "choice"\n{NAME}',
        f'code = "pole"\noptions = [{{ code = "a", {NAME} }}]\n{NAME}',
        f'code = "two words"\n{NAME}',
        'code = "pole"',
    ],
)
def test_a_declaration_that_is_wrong_is_refused(tmp_path: Path, question: str) -> None:
    file = tmp_path / "categories.toml"
    file.write_text(f'[[categories]]\ncode = "lamp"\n{NAME}\n[[categories.questions]]\n{question}\n', "utf-8")
    with pytest.raises(BadCategories, match="questions"):
        read_categories(file)
