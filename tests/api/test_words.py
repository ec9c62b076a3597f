"""What the words of reports say, over HTTP and the command line: suggested categories, likely doubles."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.api.test_reports import file
from tests.pictures import picture
from tests.reports.test_text import sentences
from wangge.api.cli import categorise
from wangge.reports.text import finding
from wangge.reports.text.doubles import Double, doubles
from wangge.reports.text.training import TooFewTexts
from wangge.store.engine import connect

HERE = "/api/v1/territories/xinhua"
SPOT = {"lon": 116.8712, "lat": 38.3164}
CLOSED = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, description, occurred_at, source,
                    on_edge, ambiguous, raw_lon, raw_lat, datum, geom, closed_at)
SELECT %(at)s, e.territory_code, e.id, c.id, 'closed', %(code)s, %(text)s, %(at)s, 'test', false, false, x, y, 'wgs84',
       ST_SetSRID(ST_MakePoint(x, y), 4326), %(at)s
FROM edition e JOIN LATERAL (
    SELECT id, ST_X(ST_PointOnSurface(geom)) AS x, ST_Y(ST_PointOnSurface(geom)) AS y FROM cell
    WHERE edition_id = e.id ORDER BY level DESC, id LIMIT 1
) c ON true
WHERE e.territory_code = %(territory)s AND e.valid_to IS NULL
"""


def suggested(client: TestClient, text: str, territory: str = "xinhua") -> list[dict[str, Any]]:
    answer = client.post(f"/api/v1/territories/{territory}/categories/suggestions", json={"description": text})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["suggestions"]
    return found


def command(*arguments: str) -> Any:
    result = CliRunner().invoke(categorise.app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def close_cases(url: str, territory: str, names: dict[str, str], n: int = 240) -> None:
    """Closed cases with texts of two kinds, under the codes that the territory has for them."""
    texts, codes = sentences(n)
    at = datetime.now(UTC)
    with connect(url) as connection:
        rows = [
            {"at": at - timedelta(seconds=n - i), "territory": territory, "code": names[code], "text": text}
            for i, (text, code) in enumerate(zip(texts, codes, strict=True))
        ]
        connection.cursor().executemany(CLOSED, rows)


def test_before_anything_is_learned_names_and_words_suggest(client: TestClient, database: str) -> None:
    assert suggested(client, "门口路灯故障，没人管") == [{"category": "lamp", "confidence": None}]
    assert suggested(client, "灯泡坏了") == []
    with connect(database) as connection:
        connection.execute("UPDATE category SET words = '{灯泡,bulb}' WHERE code = 'lamp'")
    assert [one["category"] for one in suggested(client, "灯泡坏了")] == ["lamp"]
    for wrong in ({}, {"description": " "}, {"description": "x" * 2001}, {"description": "a\0b"}, {"description": 1}):
        assert client.post(f"{HERE}/categories/suggestions", json=wrong).status_code == 422


def test_one_address_asks_so_often_and_no_more(anonymous: TestClient) -> None:
    ask = [anonymous.post(f"{HERE}/categories/suggestions", json={"description": "灯"}) for _ in range(61)]
    assert [one.status_code for one in ask] == [200] * 60 + [429]
    assert int(ask[-1].headers["Retry-After"]) > 0
    assert anonymous.get(f"{HERE}/categories").status_code == 200, "what is asked otherwise goes on"


def test_what_is_learned_is_used_at_once_told_and_refused_when_altered(
    client: TestClient, database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    names = {"lamp": "S05SL", "rubbish": "S0441"}
    with pytest.raises(TooFewTexts):
        command("train", "-t", "washington")
    with pytest.raises(categorise.NothingLearned):
        command("report", "-t", "washington")
    close_cases(database, "washington", names)
    assert suggested(client, "楼下的路灯不亮了", "washington") == []
    assert "240 closed cases" in command("train", "-t", "washington").output
    (first, *_) = suggested(client, "楼下的路灯不亮了", "washington")
    assert first["category"] == names["lamp"]
    assert first["confidence"] > 0.5

    told = json.loads(command("report", "-t", "washington", "--json").output)
    assert told["measured"]["three"] == 1
    assert told["measured"]["first_most_frequent"] < 0.7
    assert told["corrected"] == []
    assert "among three 100.0%" in command("report", "-t", "washington").output

    assert command("train", "-t", "washington", "--as", "S05SL").exit_code == 2
    assert command("train", "-t", "washington", "--as", "S05SL=nothing").exit_code == 2
    command("train", "-t", "washington", "--as", "S05SL=S0361")
    (first, *_) = suggested(client, "楼下的路灯不亮了", "washington")
    assert first["category"] == "S0361", "cases of the one teach the other"
    with connect(database) as connection:
        connection.execute("UPDATE category_model SET arrays = set_byte(arrays, 99, 1), trained_at = now()")
    assert suggested(client, "楼下的路灯不亮了", "washington") == [], (
        "what was altered is not used, and nobody is shown it"
    )


def test_figures_of_made_up_texts_are_not_told(
    client: TestClient, database: str, english_terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", database)
    close_cases(database, "xinhua", {"lamp": "lamp", "rubbish": "rubbish"})
    number = file(client, category="wiring", description="路灯不亮")["number"]
    moved = {"move": "register", "category": "lamp"}
    headers = {"If-Match": "*"}
    assert client.post(f"{HERE}/reports/{number}/moves", json=moved, headers=headers).status_code == 200
    command("train", "-t", "xinhua")
    told = json.loads(command("report", "-t", "xinhua", "--json").output)
    assert told["measured"] is None
    assert told["corrected"] == [{"filed": "wiring", "now": "lamp", "cases": 1}]
    assert "made up" in command("report", "-t", "xinhua").output


def test_likely_doubles_come_with_their_reasons(
    client: TestClient, client_as: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops = set()

    def judged(*told: Any) -> list[Double]:
        loops.add(asyncio._get_running_loop())
        return doubles(*told)

    monkeypatch.setattr(finding, "doubles", judged)
    photo = [client.post(f"{HERE}/photos", content=picture()).json()["id"] for _ in range(2)]
    words = "北门第二盏路灯不亮"
    first = file(client, **SPOT, category="lamp", description=words, photos=[photo[0]])
    file(client, **SPOT | {"lat": SPOT["lat"] + 0.001}, category="lamp", description="灯杆歪了")
    manhole = file(client, **SPOT, category="manhole", description="路边")
    file(client, **SPOT, category="wiring", description=words)
    again = file(client, **SPOT | {"lat": SPOT["lat"] + 0.0001}, category="lamp", description=words, photos=[photo[1]])
    address = f"{HERE}/reports/{again['number']}/doubles"
    told = client.get(address, headers={"Accept-Language": "en"}).json()["cases"]
    assert [one["number"] for one in told][:1] == [first["number"]]
    assert loops == {None}  # beside the loop, which answers others meanwhile
    best = told[0]
    assert (best["likely"], best["words"], best["photos"], best["same_category"]) == (True, 1.0, True, True)
    assert (best["description"], best["state_title"]) == (words, "Assigned")
    assert 5 < best["metres"] < 20
    assert sum(one["chance"] for one in told) <= 1.001
    assert all(one["same_category"] or one["number"] == manhole["number"] for one in told), (
        "of the group, not of others"
    )
    far = client_as("officer", "xinhua", "grid", "130902001001001")
    assert far.get(address).status_code == 404
    assert client.get(f"{HERE}/reports/202601-999999-3/doubles").status_code == 404
    ended = {"move": "void", "reason": "test"}
    client.post(f"{HERE}/reports/{first['number']}/moves", json=ended, headers={"If-Match": "*"})
    assert first["number"] not in [one["number"] for one in client.get(address).json()["cases"]]
