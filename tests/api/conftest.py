"""What the tests of the command line share."""

import pytest

from api.cli import console


@pytest.fixture
def english_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands speak English, on a terminal so wide that no line breaks."""
    monkeypatch.setenv("WANGGE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "400")  # read when a console is made, as typer makes its own for every refusal
    monkeypatch.setattr(console.out, "width", 400)
    monkeypatch.setattr(console.err, "width", 400)
