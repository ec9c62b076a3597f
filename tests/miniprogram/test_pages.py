"""The mini-program: its pages in miniprogram-simulate, its requests to the real server, and what it has copies of."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from scripts.copy_shared import PROGRAM, copies
from tests.conftest import ROOT, Server, serving
from tests.people import token_for
from tests.pictures import picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.store.postgres.cluster import Cluster

NODE = ROOT / ".venv/bin/node"


def test_what_it_shares_is_what_the_pages_have() -> None:
    for path, text in copies().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: python -m scripts.copy_shared"
    declared = json.loads((PROGRAM / "app.json").read_text())
    for page in declared["pages"]:
        assert all((PROGRAM / f"{page}.{kind}").is_file() for kind in ("js", "json", "wxml", "wxss")), page
    used = "".join(file.read_text() for file in PROGRAM.glob("pages/*/*.js"))
    for name in declared["requiredPrivateInfos"]:
        assert f"wx.{name}(" in used


@pytest.fixture(scope="module")
def careful(cluster: Cluster, furnished: str) -> Iterator[Server]:
    """A server that wants a proof of work, which is nearly none."""
    yield from serving(cluster, furnished, WANGGE_LOG_LEVEL="warning", WANGGE_COLUMNS_S="0", WANGGE_PROOF_COST="20")


def solved(server: Server, number: str) -> dict[str, str]:
    """Let the desk solve a case; what who did it asks with."""
    url = f"{server.url}/api/v1/territories/xinhua/reports/{number}"
    hands = [{"Authorization": f"Bearer {token_for(server.database_url, [Grant(Role.CENTRE)])}"} for _ in range(2)]
    for move in ("register", "dispatch", "accept", "report-back", "verify", "close"):
        hand = hands[move in {"verify", "close"}]
        body = {"move": move} | ({"note": "replaced"} if move in {"report-back", "close"} else {})
        answer = httpx2.post(f"{url}/moves", json=body, headers=hand | {"If-Match": "*"})
        assert answer.status_code == 200, answer.text
    return hands[0]


def test_a_resident_reports_follows_and_judges_in_the_mini_program(careful: Server, tmp_path: Path) -> None:
    server = careful
    photo = tmp_path / "a.jpg"
    photo.write_bytes(picture())
    program = [str(NODE), str(Path(__file__).with_name("play.cjs")), server.url, str(photo)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, "it ended early"
        kept = json.loads(first)["paused"]
        hand = solved(server, kept["number"])
        process.stdin.write("\n")
        process.stdin.flush()
        told = json.loads(process.stdout.readline())
    case = httpx2.get(f"{server.url}/api/v1/territories/xinhua/reports/{kept['number']}", headers=hand).json()
    assert told["faults"][0] == "Choose what it is about."
    assert len(told["faults"]) == 2
    assert told["denied"][1] == 1, "the way to the settings is offered"
    assert told["place"].endswith("±12 m")
    assert len(told["offline"]) == 1
    assert told["kept"] == ["dark in the mini-program", 1, 1]
    assert told["empty"] == ["", 0]
    assert told["seen"] == {
        "subscribed": 3,
        "datum": ["gcj02"],
        "led": [f"/pages/follow/follow?number={kept['number']}"],
    }
    assert told["mine"] == ["Received"]
    assert told["follow"][0] == told["number"] == case["number"]
    assert "third" in told["added"]
    assert (told["closed"], told["reopened"]) == ("Closed", ["Being worked on", 0, 0])
    assert told["proven"] == 1, "solved in plain JavaScript"
    assert told["wrong"] == 1
    assert told["agreed"] == [[True, {"code": "0a1b2c", "templates": ["template-1"]}]] * 2
    assert told["heard"] == [0, "Nothing is sent by WeChat here."], "what the service says of itself"
    assert told["secret"] is False
    assert (case["raw"]["datum"], case["accuracy"], case["state"]) == ("gcj02", 12, "registered")
    assert abs(case["lon"] - 116.8768) > 0.004, "converted"
    assert len(case["photos"]) == 2, "the first, and one with what is not fixed"
    facts = {event["move"]: event["facts"] for event in case["events"]}
    assert (facts["rate"]["score"], facts["reopen"]["reason"]) == (1, "still dark")
