"""The examples of docs/duty.md, run as they stand there."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.conftest import ROOT
from wangge.api.cli import organisations, roster, rules
from wangge.store.engine import connect

GUIDE = (ROOT / "docs" / "duty.md").read_text(encoding="utf-8")


def example(language: str, start: str) -> str:
    """The block of the guide in a language that starts with some text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    (found,) = [str(block) for block in blocks if block.startswith(start)]
    return found


@pytest.fixture
def run(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    monkeypatch.chdir(tmp_path)

    def run(app: object, line: str) -> Result:
        result = CliRunner().invoke(app, line.split())  # type: ignore[arg-type]
        assert result.exit_code == 0, result.output or result.exception
        return result

    return run


def test_the_examples_of_the_guide_are_taken(run: Callable[..., Result], database: str) -> None:
    Path("roster.csv").write_text(example("text", "number,name"), encoding="utf-8")
    Path("leave.csv").write_text(example("text", "number,away_from"), encoding="utf-8")
    run(roster.app, "import roster.csv --territory xinhua --leave leave.csv")
    run(roster.app, "export xinhua -o roster.csv --leave leave.csv")

    Path("organisations.toml").write_text(example("toml", "[[types]]"), encoding="utf-8")
    run(organisations.app, "import organisations.toml --territory xinhua")
    run(organisations.app, "export xinhua -o organisations.csv")
    run(organisations.app, "apply urban --territory xinhua --cell 130902001001")

    Path("rules.toml").write_text(example("toml", "[[rules]]"), encoding="utf-8")
    run(rules.app, "try rules.toml --territory xinhua --last 5000")
    run(rules.app, "import rules.toml --territory xinhua")
    run(rules.app, "export xinhua -o rules.toml")
    assert tomllib.loads(Path("rules.toml").read_text(encoding="utf-8")) == tomllib.loads(example("toml", "[[rules]]"))
    run(rules.app, "versions --territory xinhua")

    with connect(database) as connection:
        counts = connection.execute("""
            SELECT (SELECT count(*) FROM officer), (SELECT count(*) FROM posting),
                   (SELECT count(*) FROM officer_leave), (SELECT count(*) FROM organisation)
        """).fetchone()
    assert counts == (2, 3, 1, 2 + 6)


def test_the_columns_and_paths_of_the_guide_are_those_of_the_program() -> None:
    from wangge.api.app import create_app
    from wangge.duty.bodies import COLUMNS
    from wangge.duty.rosterfile import ROSTER
    from wangge.store.settings import Settings

    assert re.findall(r"^\| `(\w+)` \| [^|]*[一-鿿]", GUIDE, re.MULTILINE) == list(ROSTER)
    for column in COLUMNS:
        assert f"`{column}`" in GUIDE
    paths = {re.sub(r"\{\w+\}", "{}", path) for path in create_app(Settings()).openapi()["paths"]}
    here = "/api/v1/territories/{}/"
    for cell in re.findall(r"^\| (`(?:GET|POST|PUT).*?) \|", GUIDE, re.MULTILINE):
        for entry in re.findall(r"`[A-Z, ]+ ([^`]+)`", cell):
            assert here + re.sub(r"\{\w+\}", "{}", entry) in paths, entry
