"""The way in: make targets, the set-up script, what CI runs, and the documented settings."""

import os
import re
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import fastapi
import pytest

from tests.conftest import LONG
from wangge.store.settings import Settings

ROOT = Path(__file__).parents[1]
OPERATIONS = ROOT / "docs" / "operations.md"


def setup(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "scripts" / "setup.sh", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def settings_rows() -> list[str]:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        rows.append(f"| `WANGGE_{name.upper()}` | {default} | {field.description} |")
    return rows


def test_every_setting_is_documented_with_its_default() -> None:
    table = OPERATIONS.read_text().partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    assert table.strip().splitlines()[2:] == settings_rows()


@pytest.mark.parametrize("name", ["README.md", "Dockerfile", "compose.yaml", "docs/operations.md", "scripts/setup.sh"])
def test_every_variable_that_is_named_exists(name: str) -> None:
    known = {f"WANGGE_{setting.upper()}" for setting in Settings.model_fields}
    known.add("WANGGE_PASSWORD")  # scripts/database.sh
    assert set(re.findall(r"\bWANGGE_[A-Z_]+\b", (ROOT / name).read_text())) <= known


def test_make_without_a_target_lists_the_targets() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test", "check"} <= set(targets)
    assert [target for target in targets if f"  {target} " not in shown] == []


@pytest.mark.parametrize("target", ["demo", "serve", "test", "check"])
def test_targets_set_themselves_up_first(target: str) -> None:
    plan = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True)
    assert plan.stdout.startswith("scripts/setup.sh ")


def test_ci_runs_what_the_readme_says() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert (
        lines.index("make check &") < lines.index("wait $check") < lines.index("make test") < lines.index("make long")
    )
    assert "set -euo pipefail" in lines
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_what_takes_long_is_there() -> None:
    assert [name for name in LONG if not (ROOT / "tests" / f"{name}.py").is_file()] == []


@pytest.mark.skipif(not list(ROOT.glob(".venv/.wangge-dev")), reason="the environment was not made by make")
def test_set_up_does_nothing_the_second_time() -> None:
    setup("check")
    before = os.times()
    again = setup("check")
    after = os.times()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    spent = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    assert spent < 2, "of the processor, however busy the machine is"


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="set-up compiles for the Python of its own environment")
def test_set_up_compiles_what_was_changed() -> None:
    source = ROOT / "geo" / "errors.py"
    compiled = Path(cache_from_source(str(source)))
    compiled.unlink(missing_ok=True)
    assert setup("check").returncode == 0
    assert compiled.exists()
    assert Path(cache_from_source(fastapi.__file__)).exists()


def bare_clone(folder: Path) -> Path:
    for name in ("scripts/setup.sh", "pyproject.toml", "uv.lock"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "scripts" / "setup.sh").chmod(0o755)
    return folder


def test_a_failing_installation_is_not_taken_for_a_finished_one(tmp_path: Path) -> None:
    clone = bare_clone(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    uv = programs / "uv"
    uv.write_text('#!/bin/sh\n[ "$1" = --version ] && echo uv 1 && exit\nmkdir -p .venv; echo no network >&2; exit 2\n')
    uv.chmod(0o755)
    for _ in range(2):
        refused = setup("run", folder=clone, PATH=f"{programs}:{os.environ['PATH']}", WANGGE_DATABASE_URL="x")
        assert refused.returncode != 0
        assert "no network" in refused.stderr


def test_an_unknown_purpose_is_refused() -> None:
    refused = setup("everything")
    assert refused.returncode == 1
    assert "usage" in refused.stderr
