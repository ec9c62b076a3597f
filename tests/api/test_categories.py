"""Categories are edited over HTTP; one that cases are of stays."""

import csv

import httpx2
from fastapi.testclient import TestClient

from tests.api.test_reports import report

URL = "/api/v1/territories/xinhua/categories"


def codes(client: TestClient) -> list[str]:
    return [entry["code"] for entry in client.get(URL).json()["categories"]]


def test_a_category_is_added_renamed_moved_and_taken_away(client: TestClient) -> None:
    before = codes(client)
    added = client.put(f"{URL}/kites", json={"name": {"zh": "风筝缠线"}})
    told: dict[str, object] = {
        "code": "kites",
        "name": {"en": "风筝缠线", "zh": "风筝缠线"},
        "group": None,
        "public": "counts",
        "photos": "none",
        "words": [],
        "questions": [],
        "asset_kinds": [],
    }
    told |= {"position": len(before), "version": 1}
    assert (added.status_code, added.json()) == (200, told)
    assert codes(client) == [*before, "kites"]
    renamed = client.put(f"{URL}/kites", json={"name": {"en": "Kites", "zh": "风筝"}, "position": 0})
    assert renamed.json()["name"] == {"en": "Kites", "zh": "风筝"}
    assert codes(client).index("kites") < 2
    assert client.delete(f"{URL}/kites").status_code == 204
    assert codes(client) == before
    assert client.delete(f"{URL}/kites").json()["type"] == "/problems/unknown-category"


def test_one_that_cases_are_of_stays(client: TestClient) -> None:
    assert client.post(URL.replace("categories", "reports"), json=report(category="lamp")).status_code == 201
    refused = client.delete(f"{URL}/lamp", headers={"Accept-Language": "zh"})
    assert (refused.status_code, refused.json()["title"]) == (409, "该类别已有案件")
    assert "lamp" in codes(client)


def test_a_wrong_entry_is_told(client: TestClient) -> None:
    named: dict[str, object] = {"name": {"en": "x"}}
    wrong: list[dict[str, object]] = [
        {},
        {"name": {}},
        named | {"position": -1},
        named | {"position": False},
        named | {"colour": "red"},
    ]
    for body in wrong:
        assert client.put(f"{URL}/kites", json=body).status_code == 422
    assert "kites" not in codes(client)


def test_words_and_questions_are_written_and_stay_where_nothing_is_said(client: TestClient) -> None:
    pole: dict[str, object] = {"code": "pole", "name": {"zh": "杆号"}}
    side: dict[str, object] = {"code": "side", "kind": "choice", "name": {"zh": "哪一侧"}}
    side["options"] = [{"code": "n", "name": {"zh": "北"}}, {"code": "s", "name": {"zh": "南", "en": "South"}}]
    body = {"name": {"zh": "风筝"}, "words": ["风筝线", "纸鸢", "风筝线"], "questions": [pole, side]}
    made = client.put(f"{URL}/kites", json=body).json()
    assert made["words"] == ["风筝线", "纸鸢"]
    assert [(one["code"], one["kind"], len(one["options"])) for one in made["questions"]] == [
        ("pole", "text", 0),
        ("side", "choice", 2),
    ]
    kept = client.put(f"{URL}/kites", json={"name": {"zh": "风筝缠线"}}).json()
    assert (kept["words"], kept["questions"]) == (made["words"], made["questions"])
    plate: dict[str, object] = {"code": "number-plate", "name": {"zh": "车牌"}}
    for wrong in ([pole, pole], [plate], [side | {"options": []}], [pole | {"code": "a b"}]):
        refused = client.put(f"{URL}/kites", json={"name": {"zh": "风筝"}, "questions": wrong})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "questions"), wrong
    emptied = client.put(f"{URL}/kites", json={"name": {"zh": "风筝"}, "words": [], "questions": []}).json()
    assert (emptied["words"], emptied["questions"]) == ([], [])
    assert client.delete(f"{URL}/kites").status_code == 204


def test_of_two_who_change_one_the_second_is_told(client: TestClient) -> None:
    """So with texts for moves: what was read as version 1 is not changed as such when it is version 2."""
    text = {"move": "note", "name": {"zh": "看过"}, "text": {"zh": "已看"}}
    entries = {f"{URL}/kites": {"name": {"zh": "风筝"}}, URL.replace("categories", "templates/seen"): text}
    for url, body in entries.items():
        assert client.put(url, json=body, headers={"If-Match": '"3"'}).status_code == 412  # there is none
        made = client.put(url, json=body, headers={"If-Match": '"0"'})
        assert (made.status_code, made.headers["ETag"], made.json()["version"]) == (200, '"1"', 1)
        assert client.put(url, json=body, headers={"If-Match": '"0"'}).status_code == 412  # somebody made it
        assert client.put(url, json=body, headers={"If-Match": '"1"'}).headers["ETag"] == '"2"'
        refused = client.put(url, json=body, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["type"]) == (412, "/problems/stale")
        assert client.delete(url, headers={"If-Match": '"1"'}).status_code == 412
        assert client.put(url, json=body).status_code == 200  # whichever is there
        assert client.delete(url, headers={"If-Match": '"3"'}).status_code == 204


def test_cases_are_asked_for_told_and_filed_in_the_classes_that_the_territory_keeps(shared: TestClient) -> None:
    here = "/api/v1/territories/xinhua"
    mapped = [
        {"category": "lamp", "major_class": "X1", "minor_class": "X101"},
        {"category": "road", "major_class": "X1", "minor_class": "X102"},
    ]

    def put(classes: list[dict[str, str]], version: int | str = "*") -> httpx2.Response:
        tag = version if version == "*" else f'"{version}"'
        return shared.put(f"{here}/classes", json={"classes": classes}, headers={"If-Match": str(tag)})

    assert put(mapped, 0).status_code == 200
    assert put(mapped, 0).status_code == 412, "somebody else was first"
    assert put([mapped[0], mapped[0] | {"category": "road"}]).json()["errors"][0]["kind"] == "not_twice"
    assert put([mapped[0] | {"category": "whales"}]).status_code == 422
    assert shared.get(f"{here}/classes").json()["classes"] == mapped
    lines = "\n".join(
        f'{{"lon": 116.8712, "lat": 38.3164, "major_class": "X1", "minor_class": "{minor}", "external_id": "c{minor}"}}'
        for minor in ("X101", "X102", "X999")
    )
    sent = shared.post(
        f"{here}/reports:batch?classes=true", content=lines, headers={"Content-Type": "application/x-ndjson"}
    ).json()
    assert [one["status"] for one in sent["results"]] == [201, 201, 422]
    listed = shared.get(f"{here}/reports?minor_class=X102&classes=true").json()["reports"]
    assert {(one["category"], one["major_class"], one["minor_class"]) for one in listed} == {("road", "X1", "X102")}
    total = shared.get(f"{here}/reports/summary?major_class=X1").json()["total"]
    assert total == len(shared.get(f"{here}/reports?major_class=X1&limit=1000").json()["reports"]) > len(listed)
    rows = list(csv.DictReader(shared.get(f"{here}/files/reports.csv?major_class=X1&classes=true").text.splitlines()))
    assert len(rows) == total
    assert {(row["category"], row["minor_class"]) for row in rows} == {("lamp", "X101"), ("road", "X102")}
    refused = shared.get(f"{here}/reports?major_class=X9")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "major_class")
    ogc = "/ogc/xinhua/collections/reports"
    assert {"major_class", "minor_class"} < shared.get(f"{ogc}/queryables").json()["properties"].keys()
    for query in ("minor_class=X102", "filter=major_class='X1' AND minor_class <> 'X101'"):
        found = shared.get(f"{ogc}/items?{query}").json()["features"]
        assert [(one["properties"]["category"], one["properties"]["major_class"]) for one in found] == [("road", "X1")]
    assert "classes" in shared.get(f"{here}/audit/changes?kind=classes").text
    assert put([]).json()["classes"] == []
    assert "major_class" not in shared.get(f"{ogc}/queryables").json()["properties"]
    assert shared.get(f"{here}/reports?classes=true&limit=1").json()["reports"][0]["major_class"] is None
