"""The unit for systemd: what systemd itself says of it, and that the guide's figure is so."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

UNIT = ROOT / "scripts" / "wangge.service"
ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_takes_the_unit_and_finds_it_as_closed_as_the_guide_says(tmp_path: Path) -> None:
    unit = tmp_path / "wangge.service"
    # The program lies elsewhere here, and systemd asks whether it is there.
    unit.write_text(UNIT.read_text().replace("/srv/wangge/.venv/bin/wangge", shutil.which("true") or ""))
    assert ANALYZE
    told = subprocess.run([ANALYZE, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    command = [ANALYZE, "security", "--offline=true", "--no-pager", str(unit)]
    level = re.search(
        r"exposure level for \S+ ([0-9.]+)", subprocess.run(command, capture_output=True, text=True).stdout
    )
    said = re.search(r"gives it ([0-9.]+) of 10", (ROOT / "docs" / "operations.md").read_text("utf-8"))
    assert level
    assert said
    assert float(level[1]) <= float(said[1])


def test_the_embedded_database_outlives_a_restart() -> None:
    """The first would end it, the second would take its memory away while it runs."""
    lines = UNIT.read_text().splitlines()
    assert "KillMode=process" in lines
    assert "RemoveIPC=no" in lines
