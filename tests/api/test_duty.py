"""Who answers, over HTTP: read inside one's cells, edited by whoever has read the latest version."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.api.test_reports import report
from wangge.geo.grid import Grid
from wangge.store.engine import connect

HERE = "/api/v1/territories/xinhua"
Make = Callable[..., TestClient]
TODAY = datetime.now(UTC).astimezone().date()


def officer(client: TestClient, number: str, cell: str, role: str = "responsible", **more: Any) -> dict[str, Any]:
    posting = {"cell": cell, "role": role, "valid_from": "2026-01-01"}
    body = {"number": number, "name": f"officer {number}", "phone": "0317-100", "postings": [posting]} | more
    answer = client.post(f"{HERE}/officers", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def organisation(client: TestClient, code: str, **more: Any) -> dict[str, Any]:
    body = {"code": code, "name": {"en": code, "zh": code}, "type": "company"} | more
    answer = client.post(f"{HERE}/organisations", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def kinds(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["kind"]) for error in answer.json()["errors"]]


def test_a_cell_tells_who_answers_for_it_today(client: TestClient, xinhua: Grid) -> None:
    leaf = xinhua.leaves[0]
    week = timedelta(days=7)
    away = {"away_from": str(TODAY - week), "back_on": str(TODAY + week), "substitute": "002"}
    officer(client, "002", xinhua.leaves[1].code)
    officer(client, "001", leaf.code, leave=[away])
    officer(client, "003", leaf.code, "assistant")
    organisation(client, "lamps", cells=[leaf.path[0]])
    organisation(client, "property", type="property-company", cells=[leaf.path[1]])
    organisation(client, "elsewhere", cells=[xinhua.leaves[-1].code])

    answer = client.get(f"{HERE}/cells/grid/{leaf.code}/desk")
    assert answer.status_code == 200
    told = answer.json()
    assert [(one["number"], one["role"], one["stands_in_for"], one["back_on"]) for one in told["officers"]] == [
        ("001", "responsible", None, str(TODAY + week)),
        ("002", "responsible", "001", None),
        ("003", "assistant", None, None),
    ]
    assert [one["code"] for one in told["organisations"]] == ["property", "lamps"]
    assert told["load"] == {"open": 0, "nearly_due": 0, "overdue": 0, "parked": 0}
    assert client.get(f"{HERE}/desks/{told['id']}").json() == told
    assert client.get(f"{HERE}/cells/grid/nowhere/desk").status_code == 404
    assert client.get(f"{HERE}/desks/{2**62}").status_code == 404


def test_open_cases_are_counted_where_they_lie(client: TestClient, database: str, xinhua: Grid) -> None:
    filed = [client.post(f"{HERE}/reports", json=report()).json() for _ in range(3)]
    code = filed[0]["cell"]["code"]
    officer(client, "001", code)
    with connect(database) as connection:
        connection.execute("UPDATE report SET overdue = true WHERE id = (SELECT min(id) FROM report)")
        where = "SELECT level, code FROM desk WHERE id = (SELECT DISTINCT desk_id FROM report)"
        held = connection.execute(where).fetchone()
    assert held is not None
    desk = client.get(f"{HERE}/cells/{held[0]}/{held[1]}/desk").json()
    assert (desk["load"]["open"], desk["load"]["overdue"]) == (3, 1)
    loads = {one["id"]: one["load"]["open"] for one in client.get(f"{HERE}/desks?load=true").json()["desks"]}
    assert len(loads) == 6 + 66 + 422 + 1
    assert (loads[desk["id"]], sum(loads.values())) == (3, 3)
    if held[0] == "grid":
        (one,) = client.get(f"{HERE}/officers?load=true").json()["officers"]
        assert one["load"] == desk["load"]


def test_a_desk_is_changed_by_who_read_it_last(client: TestClient) -> None:
    (centre, *_) = client.get(f"{HERE}/desks").json()["desks"]
    assert centre["level"] is None
    here = f"{HERE}/desks/{centre['id']}"
    body = {"name": {"zh": "指挥中心"}, "phone": "12345"}
    assert client.put(here, json=body).status_code == 428
    changed = client.put(here, json=body, headers={"If-Match": client.get(here).headers["etag"]})
    assert changed.status_code == 200
    assert changed.json()["name"] == {"en": "指挥中心", "zh": "指挥中心"}
    stale = client.put(here, json=body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["version"]) == (412, 2)


def test_an_officer_s_entry_is_replaced_and_taken_off(client: TestClient, xinhua: Grid) -> None:
    first, second = (leaf.code for leaf in xinhua.leaves[:2])
    officer(client, "001", first)
    here = f"{HERE}/officers/001"
    read = client.get(here)
    body = {"name": "赵一", "postings": [{"cell": second, "role": "responsible", "valid_from": "2026-02-01"}]}
    changed = client.put(here, json=body, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert [(one["cell"], one["valid_to"]) for one in changed.json()["postings"]] == [(second, None)]
    assert changed.json()["phone"] is None
    assert client.put(here, json=body, headers={"If-Match": read.headers["etag"]}).status_code == 412

    assert client.delete(here, headers={"If-Match": changed.headers["etag"]}).status_code == 204
    gone = client.get(here).json()
    assert (gone["active"], gone["postings"][0]["valid_to"] <= str(TODAY + timedelta(days=1))) == (False, True)
    assert client.get(f"{HERE}/officers/404").status_code == 404


def test_entries_that_clash_are_refused_by_field(client: TestClient, xinhua: Grid) -> None:
    code = xinhua.leaves[0].code
    officer(client, "001", code)
    body: dict[str, Any] = {"number": "002", "name": "x"}

    def post(**more: Any) -> httpx2.Response:
        return client.post(f"{HERE}/officers", json=body | more)

    posting = {"cell": code, "role": "responsible", "valid_from": "2026-05-01"}
    assert kinds(post(postings=[posting])) == [("cell", "overlap_responsible")]
    assert kinds(post(postings=[posting | {"cell": "nowhere"}])) == [("cell", "unknown_cell")]
    assert kinds(post(postings=[posting | {"role": "boss"}])) == [("postings.0.role", "literal_error")]
    assert kinds(post(number="001")) == [("number", "known")]
    told = client.post(
        f"{HERE}/officers", json=body | {"postings": [posting]}, headers={"Accept-Language": "zh"}
    ).json()
    assert told["errors"][0]["message"] == "其间此基础网格已由另一网格员 001 负责。"


def test_organisations_are_edited_and_closed(client: TestClient, xinhua: Grid) -> None:
    street = xinhua.leaves[0].path[0]
    assert client.put(f"{HERE}/organisation-types/hotline", json={"name": {"zh": "热线"}}).status_code == 200
    types = {one["code"]: one["name"] for one in client.get(f"{HERE}/organisation-types").json()["types"]}
    assert types["hotline"] == {"en": "热线", "zh": "热线"}
    organisation(client, "bureau", type="department")
    made = organisation(client, "line", type="hotline", parent="bureau", cells=[f"street:{street}"])
    assert made["cells"] == [{"level": "street", "code": street}]
    here = f"{HERE}/organisations/line"
    etag = client.get(here).headers["etag"]
    entry = {"name": {"en": "Line"}, "type": "hotline"}
    assert client.put(here, json=entry, headers={"If-Match": etag}).json()["cells"] == []
    assert kinds(client.put(here, json=entry | {"type": "dragon"}, headers={"If-Match": "*"})) == [("type", "enum")]
    assert client.delete(here, headers={"If-Match": "*"}).status_code == 204
    assert [one["code"] for one in client.get(f"{HERE}/organisations").json()["organisations"]] == ["bureau"]
    assert len(client.get(f"{HERE}/organisations?inactive=true").json()["organisations"]) == 2


def test_communities_are_given_their_six_parties(client: TestClient, xinhua: Grid) -> None:
    community = xinhua.leaves[0].path[1]
    body = {"template": "rural", "level": "community", "cells": [community]}
    assert [client.post(f"{HERE}/organisations:apply", json=body).json() for _ in range(2)] == [
        {"created": 6},
        {"created": 0},
    ]
    found = client.get(f"{HERE}/organisations?cell={community}").json()["organisations"]
    assert len({one["type"] for one in found}) == 6
    assert client.get(f"{HERE}/cells/community/{community}/desk").json()["kind"] == "rural"
    assert kinds(client.post(f"{HERE}/organisations:apply", json=body | {"cells": ["x"]})) == [("cell", "unknown_cell")]


def test_rules_are_replaced_tried_and_kept(client: TestClient, xinhua: Grid) -> None:
    for category in ("wiring", "lamp", "lamp"):
        client.post(f"{HERE}/reports", json=report(category=category))
    rules = [{"name": {"zh": "路灯"}, "categories": ["lamp"], "to": [{"desk": "centre"}]}]
    tried = client.post(f"{HERE}/rules:try", json={"rules": rules})
    assert tried.status_code == 200, tried.text
    trial = tried.json()
    assert (trial["cases"], trial["elsewhere"]) == (3, 2)
    assert trial["by_rule"] == [{"rule": 1, "cases": 2}, {"rule": None, "cases": 1}]
    (example, _) = trial["examples"]
    assert example["then"]["parties"][0]["name"]["zh"] == "综合指挥中心"
    assert (example["now"]["why"]["rule"], example["then"]["why"]["rule"]) == (None, 1)

    read = client.get(f"{HERE}/rules")
    assert read.json() == {"version": 0, "rules": []}
    put = client.put(f"{HERE}/rules", json={"rules": rules, "note": "n"}, headers={"If-Match": read.headers["etag"]})
    assert (put.status_code, put.json()["version"]) == (200, 1)
    assert client.put(f"{HERE}/rules", json={"rules": []}, headers={"If-Match": '"0"'}).status_code == 412
    assert client.get(f"{HERE}/rules").json()["rules"][0]["to"] == [{"desk": "centre"}]
    assert client.get(f"{HERE}/rules/versions").json()["versions"][0]["note"] == "n"
    assert client.get(f"{HERE}/rules/versions/1").json()["version"] == 1
    assert client.get(f"{HERE}/rules/versions/2").status_code == 404
    wrong = {"rules": [{"categories": ["dragons"], "to": [{"organisation": "nobody"}]}]}
    assert kinds(client.put(f"{HERE}/rules", json=wrong, headers={"If-Match": "*"})) == [
        ("to.organisation", "enum"),
        ("categories", "enum"),
    ]


def test_staff_read_inside_their_cells_and_above(client: TestClient, client_as: Make, xinhua: Grid) -> None:
    inside = xinhua.leaves[0]
    outside = next(leaf for leaf in xinhua.leaves if leaf.path[0] != inside.path[0])
    officer(client, "001", inside.code)
    officer(client, "002", outside.code)
    for code, cell in (("near", inside.path[1]), ("far", outside.path[1])):
        organisation(client, code, cells=[cell])
    organisation(client, "everywhere")

    desk = client_as("community-desk", level="community", code=inside.path[1])
    assert [one["number"] for one in desk.get(f"{HERE}/officers").json()["officers"]] == ["001"]
    assert desk.get(f"{HERE}/officers/002").status_code == 404
    shown = {(one["level"], one["code"]) for one in desk.get(f"{HERE}/desks").json()["desks"]}
    assert {(None, ""), ("street", inside.path[0]), ("community", inside.path[1]), ("grid", inside.code)} <= shown
    assert not shown & {("street", outside.path[0]), ("grid", outside.code)}
    assert desk.get(f"{HERE}/cells/grid/{outside.code}/desk").status_code == 404
    ((lon, lat),) = shapely.get_coordinates(shapely.point_on_surface(outside.geometry)).tolist()
    filed = client.post(f"{HERE}/reports", json=report(lon=lon, lat=lat))
    assert filed.status_code == 201
    counted = [
        sum(one["load"]["open"] for one in asker.get(f"{HERE}/desks?load=true").json()["desks"])
        for asker in (client, desk)
    ]
    assert counted == [1, 0]
    codes = [one["code"] for one in desk.get(f"{HERE}/organisations").json()["organisations"]]
    assert codes == ["everywhere", "near"]
    assert desk.get(f"{HERE}/organisations/far").status_code == 404
    assert desk.get(f"{HERE}/rules").status_code == 200
    assert desk.put(f"{HERE}/rules", json={"rules": []}, headers={"If-Match": "*"}).status_code == 403
    body = {"number": "9", "name": "x"}
    assert desk.post(f"{HERE}/officers", json=body).status_code == 403


def test_an_administrator_of_a_street_edits_there_only(client: TestClient, client_as: Make, xinhua: Grid) -> None:
    inside = xinhua.leaves[0]
    outside = next(leaf for leaf in xinhua.leaves if leaf.path[0] != inside.path[0])
    street = client_as("administrator", level="street", code=inside.path[0])
    officer(street, "001", inside.code)
    posting = {"cell": outside.code, "role": "assistant", "valid_from": "2026-01-01"}
    moved = {"name": "x", "postings": [posting]}
    assert street.put(f"{HERE}/officers/001", json=moved, headers={"If-Match": "*"}).status_code == 403
    assert street.post(f"{HERE}/officers", json=moved | {"number": "2"}).status_code == 403
    organisation(street, "near", cells=[inside.path[1]])
    far = {"code": "far", "name": {"en": "x"}, "type": "company"}
    assert street.post(f"{HERE}/organisations", json=far).status_code == 403
    assert street.put(f"{HERE}/rules", json={"rules": []}, headers={"If-Match": "*"}).status_code == 403
    apply = {"template": "urban", "level": "community"}
    assert street.post(f"{HERE}/organisations:apply", json=apply).status_code == 403


@pytest.mark.parametrize(
    "path", ["desks", "officers", "organisations", "organisation-types", "rules", "rules/versions"]
)
def test_nobody_reads_without_an_account(anonymous: TestClient, path: str) -> None:
    ask = anonymous.post if path == "rules:try" else anonymous.get
    assert ask(f"{HERE}/{path}").status_code == 401
