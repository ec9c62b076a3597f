"""Texts for moves: kept by administrators, filled in for a case, by category and move."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.api.test_moves import file
from wangge.api.cli.main import build

HERE = "/api/v1/territories/xinhua"
LAMP = {
    "move": "answer",
    "category": "lamp",
    "name": {"zh": "路灯已修", "en": "Lamp repaired"},
    "text": {"zh": "您好，{place}的{category}（{number}）已处理。", "en": "{{Hello}} {category} {number}, due {due}"},
}
REFUSE = {"move": "refuse", "field": "reason", "name": {"zh": "不属本级"}, "text": {"zh": "不属于本级受理范围。"}}


def put(client: TestClient, code: str, body: dict[str, Any]) -> Any:
    return client.put(f"{HERE}/templates/{code}", json=body)


def filled(client: TestClient, number: str, move: str, language: str = "zh") -> list[dict[str, Any]]:
    answer = client.get(f"{HERE}/reports/{number}/templates?move={move}", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["templates"]
    return found


def test_a_text_is_filled_with_what_the_case_tells(client: TestClient) -> None:
    lamp, other = file(client, category="lamp"), file(client)
    assert put(client, "lamp-done", LAMP).status_code == 200
    assert put(client, "answer", LAMP | {"category": None, "text": {"zh": "已收到。"}}).status_code == 200
    assert put(client, "not-ours", REFUSE).status_code == 200
    place = "".join(cell["name"] + " " for cell in lamp["ancestors"]) + lamp["cell"]["name"]
    (own, general) = filled(client, lamp["number"], "answer")
    assert own["text"] == f"您好，{place}的路灯故障（{lamp['number']}）已处理。"
    assert (own["name"], own["field"], general["text"]) == ("路灯已修", "note", "已收到。")
    english = filled(client, lamp["number"], "answer", "en")[0]["text"]
    assert english.startswith(f"{{Hello}} Street lamp out {lamp['number']}, due 20"), english
    assert [entry["code"] for entry in filled(client, other["number"], "answer")] == ["answer"]
    assert [entry["code"] for entry in filled(client, other["number"], "refuse", "en")] == ["not-ours"]
    assert filled(client, other["number"], "close") == []
    assert len(client.get(f"{HERE}/templates").json()["templates"]) == 3
    assert client.delete(f"{HERE}/templates/answer").status_code == 204
    assert client.delete(f"{HERE}/templates/answer").status_code == 404


@pytest.mark.parametrize(
    ("changed", "field", "kind"),
    [
        ({"move": "receive"}, "move", "enum"),
        ({"move": "confirm it"}, "move", "enum"),
        ({"field": "reason"}, "field", "enum"),
        ({"field": "description"}, "field", "enum"),
        ({"category": "kites"}, "category", "enum"),
        ({"text": {"zh": "{phone}"}}, "text.zh", "template_place"),
        ({"text": {"zh": "{number.__class__}"}}, "text.zh", "template_place"),
        ({"text": {"zh": "{number!r:>99999999}"}}, "text.zh", "template_place"),
        ({"text": {"zh": "{number"}}, "text.zh", "template_place"),
        ({"text": {"zh": "{}"}}, "text.zh", "template_place"),
        ({"text": {"zh": "长" * 2001}}, "text.zh", "string_too_long"),
        ({"text": {}}, "text", "missing"),
        ({"text": {"fr": "Bonjour"}}, "text.fr.[key]", "literal_error"),
        ({"name": {}}, "name", "missing"),
        ({"colour": "red"}, "colour", "extra_forbidden"),
    ],
)
def test_what_cannot_be_filled_is_refused(reader: TestClient, changed: dict[str, Any], field: str, kind: str) -> None:
    answer = put(reader, "lamp-done", LAMP | changed)
    assert answer.status_code == 422, answer.text
    assert [(error["field"], error["kind"]) for error in answer.json()["errors"]] == [(field, kind)]


FILE = """
[[templates]]
code = "done"
move = "close"
name = { zh = "已办结" }
text = { zh = "{number} 已办结。" }
"""


def test_templates_are_kept_from_the_command_line(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, english_terminal: None
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)

    def run(*words: str) -> Any:
        return CliRunner().invoke(build("templates"), ["templates", *words, "-t", "xinhua"])

    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(FILE, encoding="utf-8")
    bad.write_text(FILE + FILE + FILE.replace("{number}", "{who}").replace('"done"', '"other"'), encoding="utf-8")
    assert run("import", str(good)).exit_code == 0
    refused = run("import", str(bad))
    assert refused.exit_code == 1
    assert [(e["record"], e["field"], e["kind"]) for e in refused.exception.facts["errors"]] == [
        (2, "code", "twice"), (3, "text.zh", "template_place")
    ]  # fmt: skip
    assert run("set", "urge", "--move", "urge", "--text", "Please hurry: {due}", "--name", "Hurry").exit_code == 0
    assert run("set", "urge", "--move", "dance", "--text", "x", "--name", "x").exit_code == 1
    listed = run("list").stdout
    assert "Please hurry: {due}" in listed
    assert "{who}" not in listed
    assert run("remove", "urge").exit_code == 0
    assert run("remove", "urge").exit_code == 1
    assert '"code": "done"' in run("list", "--json").stdout
