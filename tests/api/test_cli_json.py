"""`--json`: whoever reads a command's output by a program reads its refusals too, of every command that has it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from wangge.api.cli.main import COMMANDS, build, main

Capture = pytest.CaptureFixture[str]


def commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every command below one that takes --json, with something for each argument that it needs."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from commands(below, (*words, name))
    elif any("--json" in parameter.opts for parameter in command.params):
        needed = [parameter for parameter in command.params if parameter.required]
        given = [
            word for one in needed for word in ([one.opts[0]] if one.opts[0].startswith("-") else []) + ["nowhere"]
        ]
        yield (*words, *given, "--json")


ALL = [
    words
    for name in COMMANDS
    for words in commands(typer.main.get_command(build(name)).commands[name], (name,))  # type: ignore[attr-defined]
]


def refused(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", ["wangge", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert ended.value.code in {1, 2}, (words, out, err)
    return dict(json.loads(out))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANGGE_LANG", "en")


def test_there_are_commands_that_take_it() -> None:
    assert {words[0] for words in ALL} >= {"grid", "doctor", "db", "regrid", "feed", "release", "findings"}


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_command_that_cannot_reach_the_database_says_so_in_json(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    told = refused(words, monkeypatch, capsys)
    kinds = {"/problems/no-database", "/problems/database-elsewhere", "/problems/missing-file", "/problems/no-archive"}
    assert told.get("type") in kinds or "checks" in told


@pytest.mark.parametrize("words", [words for words in ALL if "nowhere" in words], ids=" ".join)
def test_what_is_not_there_is_said_in_json(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Capture, database: str
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    told = refused(words, monkeypatch, capsys)
    assert told["type"].startswith("/problems/")
    assert told["title"]
    assert "nowhere" in json.dumps(told)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_setting_that_cannot_be_read_is_said_in_json(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("WANGGE_PORT", "many")
    told = refused(words, monkeypatch, capsys)
    assert "WANGGE_PORT" in told.get("detail", "") or told["type"] == "/problems/missing-file"


def test_a_sheet_of_a_database_without_tables_speaks_no_sql(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, cluster: Any, migrated: str
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", cluster.url_of("postgres"))
    monkeypatch.setattr(sys, "argv", ["wangge", "sheet", "xinhua", "-o", "sheet.html"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "wangge db migrate" in said
    assert "SELECT" not in said
    assert "relation" not in said
