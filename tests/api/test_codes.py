"""A cell is found by either form of its code wherever one is named: addresses, filters, bodies, files, commands."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import ROOT, Server
from wangge.geo.divisions import code_among, spellings

HERE = "/api/v1/territories/xinhua"
STREET, LONG_STREET = "130902001", "130902001000"
COMMUNITY, LONG_COMMUNITY = "130902001001", "130902001001000"
BASE = "130902001001001"
LAMP = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}


def test_a_code_has_its_forms_and_what_is_known_exactly_stays() -> None:
    assert spellings("130902001001000") == ["130902001001000", "130902001001"]
    assert spellings("130902") == ["130902", "130902000", "130902000000", "130902000000000"]
    assert spellings("130902001001004") == ["130902001001004"]
    for strange in ("", "anc", "１３０９０２００１０００", "13090200100", "-30902001", "130902001000 "):
        assert spellings(strange) == [strange]
    assert code_among("130902001000", {"130902001000", "130902001"}.__contains__) == "130902001000"
    assert code_among("130902001000", {"130902001"}.__contains__) == "130902001"
    assert code_among("130902001", {"130902001000"}.__contains__) == "130902001000"
    assert code_among("7", {"8"}.__contains__) == "7"


PLACES = [
    "cells/street/{}",
    "cells?level=community&parent={}",
    "outcomes?cell={}&level=street",
    "public-cases.atom?cell={}",
    "indicators/closure/cases?cell={}",
    "integrity/closings?cell={}",
    "integrity/closed-then-reopened/cases?cell={}",
    "/tiles/xinhua/heat.json?cell={}",
    "/tiles/xinhua/style.json?cell={}",
    "/tiles/xinhua/cases.json?cell={}",
    "/ogc/xinhua/collections/cells-street/items?code={}",
    "/ogc/xinhua/collections/cells-community/items?parent={}",
    "/ogc/xinhua/collections/cells-community/items?filter=parent='{}'",
    "/ogc/xinhua/collections/cells-street/items?filter=code IN ('{}','x')",
    "/ogc/xinhua/collections/reports/items?street_code={}",
    "/ogc/xinhua/collections/reports/items?filter=street_code<>'x' AND '{}'=street_code",
    '/ogc/xinhua/collections/reports/items?filter-lang=cql2-json&filter={{"op":"=","args":[{{"property":"street_code"}},"{}"]}}',
    "cells/street/{}/desk",
    "desks/street/{}/queue",
    "reports?cell={}",
    "reports?cell={}&level=street",
    "reports/summary?cell={}",
    "indicators?cell={}",
    "indicators?cell={}&cell_level=street",
    "integrity?cell={}",
    "files/reports.csv?cell={}",
    "files/figures.csv?cell={}",
    "officers?cell={}",
    "organisations?cell={}",
]


@pytest.fixture(scope="module")
def town(shared: TestClient) -> TestClient:
    """A client of a town in which something lies in the street; its bodies name cells by the longer forms."""
    assert shared.post(f"{HERE}/reports", json=LAMP).status_code == 201
    parties = {"template": "urban", "level": "community", "cells": [LONG_COMMUNITY]}
    assert shared.post(f"{HERE}/organisations:apply", json=parties).json() == {"created": 6}
    posting = {"cell": BASE, "role": "responsible", "valid_from": "2026-01-01"}
    officer = {"number": "n1", "name": "Li", "postings": [posting]}
    assert shared.post(f"{HERE}/officers", json=officer).status_code == 201
    return shared


@pytest.mark.parametrize("place", PLACES)
def test_either_form_gives_the_same(town: TestClient, place: str) -> None:
    address = place if place.startswith("/") else f"{HERE}/{place}"
    plain, longer = (town.get(address.format(code)) for code in (STREET, LONG_STREET))
    assert (plain.status_code, longer.status_code) == (200, 200), longer.text
    if "json" not in plain.headers["content-type"]:
        assert longer.text.replace(LONG_STREET, STREET) == plain.text  # an address repeats what was asked
        assert len(plain.text.splitlines()) > 1
        return
    assert plain.json().get("features", True), "there is something to compare"
    assert without_addresses(plain.json()) == without_addresses(longer.json())


def without_addresses(told: Any) -> Any:
    """An answer without addresses, which repeat what was asked, and without the moment at which it was given."""
    if isinstance(told, dict):
        kept = {key: value for key, value in told.items() if key not in ("links", "as_of", "moment")}
        return {key: without_addresses(value) for key, value in kept.items() if not str(value).startswith("/api/")}
    return [without_addresses(one) for one in told] if isinstance(told, list) else told


AS_ANOTHER = {
    "reports.{form}": "a list, by the same filter",
    "exports": "a list, by the same filter",
    "indicators.csv": "the indicators, by the same question",
    "heat/{z}/{x}/{y}.mvt": "heat.json, by the same filter",
    "cases/{z}/{x}/{y}.mvt": "cases.json, by the same filter",
    "attributes/{attribute}/trend": "tests/planning tell of figures",
    "oidc/callback": "of no cell",
}


def test_every_parameter_that_names_a_cell_is_tried(shared: TestClient) -> None:
    tried = {(place.partition("?")[0].rpartition("xinhua/")[2], place) for place in PLACES}
    missing = []
    for path, operations in shared.get("/openapi.json").json()["paths"].items():
        for operation in operations.values():
            named = {one["name"] for one in operation.get("parameters", [])} & {"cell", "code", "parent"}
            rest = path.rpartition("{territory}/")[2]
            form = re.compile(re.sub(r"\\\{\w+\\\}", "[^/?]+", re.escape(rest)))
            if named and not any(form.fullmatch(place) for place, _ in tried) and not rest.endswith(tuple(AS_ANOTHER)):
                missing.append(rest)
    assert missing == []


def test_rules_campaigns_and_other_servers_keep_the_code_that_is_known_here(town: TestClient) -> None:
    rule = {"within": [LONG_STREET, COMMUNITY], "to": [{"desk": "centre"}]}
    put = town.put(f"{HERE}/rules", json={"rules": [rule]}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    assert town.get(f"{HERE}/rules").json()["rules"][0]["within"] == [STREET, COMMUNITY]
    wrong = {"rules": [rule | {"within": ["130902999000"]}]}
    assert town.put(f"{HERE}/rules", json=wrong, headers={"If-Match": "*"}).status_code == 422
    campaign = {
        "name": {"zh": "一"}, "since": "2026-12-01", "until": "2026-12-31",
        "cells": [{"level": "street", "code": LONG_STREET}], "categories": [{"code": "x", "name": {"zh": "一"}}],
    }  # fmt: skip
    made = town.put(f"{HERE}/campaigns/by-code", json=campaign)
    assert made.status_code == 200, made.text
    assert made.json()["cells"] == [{"level": "street", "code": STREET}]
    peer = {"url": "https://311.example.org/v2", "cells": [f"street:{LONG_STREET}"]}
    assert town.put(f"{HERE}/peers/by-code", json=peer).json()["cells"] == [f"street:{STREET}"]
    assert town.delete(f"{HERE}/peers/by-code").status_code == 204


def test_bodies_ogc_and_tiles_take_either_form(shared: TestClient) -> None:
    shared.post(f"{HERE}/reports", json=LAMP)
    counted = [
        shared.post(f"{HERE}/counts", json={"by": ["category"], "cells": [{"level": "street", "code": code}]}).json()
        for code in (STREET, LONG_STREET)
    ]
    assert counted[0] == counted[1]
    item = [shared.get(f"/ogc/xinhua/collections/cells-street/items/{code}") for code in (STREET, LONG_STREET)]
    assert [one.status_code for one in item] == [200, 200]
    assert item[0].json()["id"] == item[1].json()["id"] == STREET
    tiles = [shared.get(f"/tiles/xinhua/cases.json?cell={code}") for code in (STREET, LONG_STREET)]
    assert [one.status_code for one in tiles] == [200, 200]
    place = {"territory": "xinhua", "level": "street", "code": LONG_STREET}
    made = shared.post("/api/v1/keys", json={"name": "of-street", "role": "street-desk"} | place)
    assert made.status_code == 201, made.text
    assert made.json()["code"] == STREET
    nobody = shared.post(
        "/api/v1/keys", json={"name": "of-none", "role": "street-desk"} | place | {"code": "130902999000"}
    )
    assert nobody.status_code == 422


def test_commands_and_files_take_either_form(server: Server, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        command = [sys.executable, "-c", "from wangge.api.cli import main; main()", *words]
        environment = os.environ | {"WANGGE_DATABASE_URL": server.database_url, "WANGGE_LANG": "en"}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    run("reports", "export", "xinhua", "--cell", LONG_STREET, "-o", str(tmp_path / "some.csv"))
    roster = tmp_path / "roster.csv"
    roster.write_text(f"number,name,cell,role,valid_from\nn9,Li,{COMMUNITY}001,responsible,2026-01-01\n", "utf-8")
    run("roster", "import", str(roster), "-t", "xinhua")
    parties = tmp_path / "organisations.csv"
    row = f"x9,X,X,company,{LONG_COMMUNITY};street:{LONG_STREET}"
    parties.write_text(f"code,name_en,name_zh,type,cells\n{row}\n", "utf-8")
    run("organisations", "import", str(parties), "-t", "xinhua")
    run("organisations", "export", "xinhua", "-o", str(tmp_path / "out.csv"))
    written = (tmp_path / "out.csv").read_text("utf-8")
    assert COMMUNITY in written
    assert LONG_STREET not in written
