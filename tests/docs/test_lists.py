"""What a list in the code offers is what the guides name: forms of files, datums, commands, texts of moves."""

from importlib import import_module

import pytest

from tests.conftest import ROOT
from wangge.api.cli.main import COMMANDS
from wangge.geo.datum import Datum
from wangge.geo.files.writing import SUFFIXES, WRITABLE

DOCS = {page.name: page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("form", WRITABLE)
def test_the_guide_names_every_form_of_an_export(form: str) -> None:
    suffixes = [suffix for suffix, meant in SUFFIXES.items() if meant == form]
    assert any(f"`.{suffix}`" in DOCS["import-export.md"] for suffix in suffixes)


@pytest.mark.parametrize("datum", Datum)
def test_the_guide_names_every_datum(datum: Datum) -> None:
    assert f"`{datum}`" in DOCS["manifest.md"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_and_in_a_guide(command: str) -> None:
    module, attribute, _ = COMMANDS[command]
    assert callable(getattr(import_module(module), attribute))
    assert any(f"wangge {command}" in text for text in DOCS.values())
