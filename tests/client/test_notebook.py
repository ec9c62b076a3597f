"""The planners' notebook runs, cell by cell, against a server that has reports, and shows what is there."""

import json
from pathlib import Path
from typing import Any

import geopandas
import pytest

from tests.conftest import ROOT, Server
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.client import Client, ReportBody

NOTEBOOK = ROOT / "docs" / "planners.ipynb"


def test_the_planners_notebook_runs(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = token_for(server.database_url, [Grant(Role.PLANNER, "xinhua")])
    with Client(server.url, "xinhua", key=key) as city:
        for category in ("lamp", "wiring"):
            city.create_report(ReportBody(lon=116.8712, lat=38.3164, category=category))
    monkeypatch.setenv("WANGGE_URL", server.url)
    monkeypatch.setenv("WANGGE_KEY", key)
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "what it shows is of another city"
            exec("".join(cell["source"]), names)
    received = names["communities"]["received"].sum()
    assert received == len(names["reports"]) >= 2
    assert names["most"].iloc[0]["received"] >= 2
    assert set(names["near"]["school"]) == {"First"}
    assert "invented lines" in names["sheet"].get_root().render()
    assert geopandas.read_file(tmp_path / "communities.gpkg")["received"].sum() == received
