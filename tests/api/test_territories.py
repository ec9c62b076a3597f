"""Territories and their cells, as other programs read them."""

import json
import time

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from wangge.geo.grid import Grid

HERE = "/api/v1/territories/xinhua"


def test_territories_tell_what_they_are(client: TestClient, xinhua: Grid) -> None:
    listed = {entry["code"]: entry for entry in client.get("/api/v1/territories").json()["territories"]}
    assert set(listed) == {"washington", "xinhua"}
    one = client.get(HERE).json()
    assert one == listed["xinhua"]
    assert (one["name"], one["timezone"], one["synthetic"]) == (
        {"en": "Xinhua District", "zh": "新华区"},
        "Asia/Shanghai",
        True,
    )
    assert [(level["key"], level["count"]) for level in one["levels"]] == [
        ("street", 6),
        ("community", 66),
        ("grid", 422),
    ]
    assert one["bbox"] == list(xinhua.bbox)
    for link in one["links"]:
        path = link["href"] + ("?lon=116.87&lat=38.32" if link["rel"] == "locate" else "")
        assert client.get(path).status_code == 200, link


def test_cells_are_geojson_with_their_exact_shapes(client: TestClient, xinhua: Grid) -> None:
    answer = client.get(f"{HERE}/cells")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [feature["id"] for feature in features] == [cell.code for cell in xinhua.leaves]
    shape = shapely.from_geojson(client.get(f"{HERE}/cells/grid/{features[0]['id']}").text)
    assert shapely.equals(shape, xinhua.leaves[0].geometry)
    assert features[0]["properties"]["households"] > 0
    assert features[0]["properties"]["area_m2"] > 1000


def test_cells_by_level_parent_and_box(client: TestClient, xinhua: Grid) -> None:
    def ask(**query: str) -> list[dict[str, dict[str, str]]]:
        features: list[dict[str, dict[str, str]]] = client.get(f"{HERE}/cells", params=query).json()["features"]
        return features

    streets = ask(level="street")
    assert len(streets) == 6
    for street in streets:
        code = street["properties"]["code"]
        below = ask(level="community", parent=code)
        assert below
        assert {cell["properties"]["parent"] for cell in below} == {code}
    point = xinhua.leaves[100].geometry.representative_point()  # type: ignore[union-attr]
    near = ask(bbox=f"{point.x},{point.y},{point.x},{point.y}")
    assert xinhua.leaves[100].code in [cell["properties"]["code"] for cell in near]
    assert len(near) < 20


def test_names_without_shapes(client: TestClient) -> None:
    full, short = client.get(f"{HERE}/cells"), client.get(f"{HERE}/cells?geometry=false")
    assert all(feature["geometry"] is None for feature in short.json()["features"])
    assert [f["properties"] for f in short.json()["features"]] == [f["properties"] for f in full.json()["features"]]


def test_cells_come_in_pages_that_are_all_of_them(reader: TestClient) -> None:
    whole = reader.get(f"{HERE}/cells").json()
    assert [link["rel"] for link in whole["links"]] == ["self"]
    found, address, pages = [], f"{HERE}/cells?limit=100", 0
    while address:
        answer = reader.get(address)
        page = answer.json()
        assert page["numberReturned"] == len(page["features"]) <= 100
        assert all(f'<{link["href"]}>; rel="{link["rel"]}"' in answer.headers["link"] for link in page["links"])
        found += page["features"]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        pages += 1
    assert pages == 5
    assert found == whole["features"]


def test_a_page_keeps_what_was_asked(reader: TestClient) -> None:
    page = reader.get(f"{HERE}/cells?level=community&geometry=false&limit=2").json()
    following = reader.get(page["links"][1]["href"]).json()
    assert {feature["properties"]["level"] for feature in following["features"]} == {"community"}
    assert all(feature["geometry"] is None for feature in following["features"])


@pytest.mark.parametrize(
    "wrong", ["limit=0", "limit=10001", "cursor=%00", "cursor=AA", "cursor=!!", "cursor=é", "cursor=A"]
)
def test_wrong_pages_of_cells_are_refused(reader: TestClient, wrong: str) -> None:
    answer = reader.get(f"{HERE}/cells?{wrong}")
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [wrong.partition("=")[0]]


def test_cells_that_a_reader_has_are_not_sent_again(reader: TestClient) -> None:
    tags = set()
    for query in ("", "level=street", "geometry=false", "limit=7", "bbox=116,38,117,39", "parent=130902001001"):
        address = f"{HERE}/cells?{query}"
        tag = reader.get(address).headers["etag"]
        again = reader.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        tags.add(tag.partition("--")[0].strip('"'))
    assert len(tags) == 6
    assert reader.get("/api/v1/territories/washington/cells").headers["etag"].strip('"') not in tags


def test_categories_in_their_order_and_in_both_languages(client: TestClient) -> None:
    categories = client.get(f"{HERE}/categories").json()["categories"]
    wiring = {
        "code": "wiring",
        "name": {"en": "Illegal wiring", "zh": "私拉电线"},
        "group": "safety",
        "public": "counts",
    }
    assert wiring.items() <= categories[0].items()
    groups = client.get(f"{HERE}/categories").json()["groups"]
    assert groups[0] == {"code": "safety", "name": {"en": "Safety", "zh": "安全隐患"}}
    assert {category["group"] for category in categories} == {group["code"] for group in groups}
    assert len({category["code"] for category in categories}) == len(categories) >= 12


def test_many_points_are_located_beside_the_event_loop(reader: TestClient) -> None:
    """A hundred thousand points took it more than a second of the processor; it reads and hands on, and no more."""
    random = np.random.default_rng(1)
    points = np.column_stack([random.uniform(116.85, 116.96, 100_000), random.uniform(38.25, 38.36, 100_000)])
    body = json.dumps({"points": points.tolist()})
    assert reader.portal is not None
    before = reader.portal.call(time.thread_time)
    answer = reader.post(f"{HERE}/locate", content=body, headers={"Content-Type": "application/json"})
    spent = reader.portal.call(time.thread_time) - before
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 100_000
    assert spent < 0.4
