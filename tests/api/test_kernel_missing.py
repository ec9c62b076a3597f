"""Without its compiled part the program says so, in plain words, before it does anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import BOUNDARIES, ROOT

# Run by Python before anything else: the extension is not there to be found.
HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == "wangge.geo.cover._cover":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sitecustomize.py").write_text(HIDDEN)
    (tmp_path / "points.csv").write_text("lon,lat\n116.87,38.32\n")
    return tmp_path


def wangge(home: Path, *arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WANGGE_")}
    environment |= {
        "PYTHONPATH": f"{home}:{ROOT}",
        "PYTHONUTF8": "1",
        "WANGGE_HOME": str(home / "home"),
        "WANGGE_LANG": language,
        "COLUMNS": "200",
    }
    command = [sys.executable, "-c", "from wangge.api.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=home, text=True, capture_output=True, timeout=120)


@pytest.mark.parametrize(
    ("language", "says"), [("en", "The compiled part is missing: geo/cover is a C extension"), ("zh", "缺少编译部分")]
)
def test_the_server_does_not_start_and_says_why(home: Path, language: str, says: str) -> None:
    ended = wangge(home, "serve", "--port", "0", language=language)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "wangge doctor" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (home / "home").exists()  # no database was made for a server that cannot be


def test_doctor_shows_it(home: Path) -> None:
    ended = wangge(home, "doctor", "--json")
    assert ended.returncode == 1, ended.stderr
    told = {check["check"]: check for check in json.loads(ended.stdout)["checks"]}
    assert told["kernel"]["state"] == "fail"
    assert "make demo" in told["kernel"]["do"]
    assert told["GEOS"]["state"] == "ok"  # the rest is examined all the same


def test_locate_says_it_too(home: Path) -> None:
    ended = wangge(home, "locate", home / "points.csv", "--grid", BOUNDARIES / "xinhua")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "The compiled part is missing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_shows_it_is_there(tmp_path: Path) -> None:
    told = {check["check"]: check for check in json.loads(wangge(tmp_path, "doctor", "--json").stdout)["checks"]}
    assert told["kernel"]["state"] == "ok"
