"""QGIS, where it is installed (`QGIS_PYTHON` says how its Python is started), reads, filters, redraws and draws."""

import json
import os
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role

SCRIPT = Path(__file__).with_name("qgis_client.py")
HERE = "/ogc/xinhua"
DRAFTS = "/api/v1/territories/xinhua/drafts"


@cache
def qgis() -> list[str] | None:
    """The command of a Python that has QGIS."""
    command = shlex.split(os.environ.get("QGIS_PYTHON", "/usr/bin/python3"))
    try:
        found = subprocess.run([*command, "-c", "import qgis.core"], capture_output=True, timeout=120, check=False)
    except OSError:
        return None
    return None if found.returncode else command


def test_qgis_reads_filters_redraws_a_draft_and_draws_tiles_with_labels(server: Server, tmp_path: Path) -> None:
    command = qgis()
    if command is None:
        pytest.skip("QGIS is not installed")
    secret = token_for(server.database_url, [Grant(Role.PLANNER, "xinhua")])
    with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {secret}"}) as planner:
        planner.post(DRAFTS, json={"label": "qgis", "valid_from": "2027-01-01"}).raise_for_status()
        before = {one["properties"]["code"]: one for one in items(planner)}
        style = f"{server.url}/tiles/xinhua/style.json"
        [tiles] = planner.get("/tiles/xinhua/cells.json").json()["tiles"]
        asked = [f"{server.url}{HERE}", "draft-qgis", secret, style, tiles, str(tmp_path / "tiles.png")]
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        # Given to it as a program and not by its path, which a QGIS of another root does not see.
        program = [*command, "-c", SCRIPT.read_text("utf-8"), *asked]
        done = subprocess.run(program, capture_output=True, text=True, timeout=300, env=environment, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        told = json.loads(done.stdout.strip().splitlines()[-1])
        after = {one["properties"]["code"]: one for one in items(planner)}
        planner.delete(f"{DRAFTS}/qgis")
    assert (told["valid"], told["count"], len(told["codes"])) == (True, 422, 422)
    assert {"code", "name", "parent", "area_m2"} <= set(told["fields"])
    assert told["filtered"] == [told["codes"][7]]
    assert told.get("draft", {"valid": True, "count": 422}) == {"valid": True, "count": 422}
    if edit := told.get("edit"):
        assert edit["begun"]
        # Before 3.44 it looks for Location with a capital: what it drew is there, and it says that it is not.
        failed = [one for one in edit["errors"] if one.startswith("ERROR")]
        assert failed == ([] if told["version"] >= 34400 else ["ERROR: 1 feature(s) not added."]), edit["errors"]
        assert set(after) == set(before) - {edit["gone"]} | {"130902999999999"}
        assert after[edit["renamed"]]["properties"]["name"] == "改名"
        cut, new = after[edit["cut"]]["properties"], after["130902999999999"]["properties"]
        whole = before[edit["cut"]]["properties"]["area_m2"]
        assert cut["area_m2"] + new["area_m2"] == pytest.approx(whole, rel=1e-3)  # it sends six decimals
        assert new["parent"] == cut["parent"]
    assert told["tiles"]["valid"]
    assert told["labels"] > 0
    assert told["picture"]["errors"] == []
    assert told["plain"]["colours"] > 10
    if told["version"] < 34000:  # later ones draw no tiles in a root of their own: why is not known
        assert told["picture"]["colours"] > 10


def items(client: httpx2.Client) -> list[dict[str, Any]]:
    page = client.get(f"{HERE}/collections/draft-qgis/items", params={"limit": 1000}).json()
    found: list[dict[str, Any]] = page["features"]
    return found
