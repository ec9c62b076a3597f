"""OGC API – Features, Part 4: a draft of the grid is drawn by what any client sends, proven, stored as an edition."""

import asyncio
import json
import re
from collections.abc import Iterator
from copy import copy
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator
from pyproj import Transformer
from typer.testing import CliRunner

from tests.api.ogc.conftest import City
from tests.builders import create_boundaries
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.cli.main import build
from wangge.planning.drafts import redrawn
from wangge.planning.drafts.drafts import DraftChanged, begin
from wangge.store.engine import connect, connect_async
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid

TOWN = "/api/v1/territories/town/drafts"
DRAFT = "/ogc/town/collections/draft-next"
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}
# Of A1, the lower left of four cells of the town, the two halves.
WEST, SOUTH, SIZE = 116.9, 38.3, 0.01
LEFT, RIGHT = (shapely.box(WEST + at, SOUTH, WEST + at + SIZE / 2, SOUTH + SIZE) for at in (0, SIZE / 2))


@pytest.fixture(scope="module")
def planner(city: City) -> TestClient:
    client = copy(city.anyone)
    client.headers = copy(city.anyone.headers)
    return signed_in(client, city.url, [Grant(Role.PLANNER, "town")])


@pytest.fixture
def draft(planner: TestClient) -> Iterator[TestClient]:
    begun = planner.post(TOWN, json={"label": "next", "valid_from": "2027-01-01"})
    assert begun.status_code == 201, begun.text
    assert begun.headers["location"].endswith(DRAFT)
    yield planner
    planner.delete(f"{TOWN}/next", headers={"If-Match": "*"})


def cells(client: TestClient, draft: str = DRAFT) -> dict[str, Any]:
    found = client.get(f"{draft}/items").json()["features"]
    return {one["properties"]["code"]: one for one in found}


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def kind(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_a_client_finds_out_that_a_draft_is_written_to_and_nothing_else(draft: TestClient) -> None:
    listed = draft.options(f"{DRAFT}/items")
    assert (listed.status_code, listed.headers["allow"]) == (200, "GET, HEAD, OPTIONS, POST")
    assert "application/geo+json" in listed.headers["accept-post"]
    one = draft.options(f"{DRAFT}/items/1")
    assert {"PUT", "PATCH", "DELETE"} < set(one.headers["allow"].split(", "))
    assert draft.options("/ogc/town/collections/cells-grid/items").headers["allow"] == "GET, HEAD, OPTIONS"
    assert draft.post("/ogc/town/collections/cells-grid/items", json={}).status_code == 405
    told = draft.get("/ogc/town/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete" in told
    document = draft.get("/ogc/town/api").json()
    OpenAPIV30SpecValidator(document).validate()
    paths = document["paths"]
    assert {"get", "put", "patch", "delete"} <= paths["/collections/draft-next/items/{featureId}"].keys()
    assert "post" in paths["/collections/draft-next/items"]
    assert "post" not in paths["/collections/cells-grid/items"]
    properties = draft.get(f"{DRAFT}/schema").json()["properties"]
    assert properties["area_m2"]["readOnly"]
    assert "readOnly" not in properties["households"]


def test_a_cell_is_cut_in_two_proven_stored_and_published(planner: TestClient, city: City) -> None:
    draft, here = planner, DRAFT.replace("next", "cut")  # an edition is for good
    assert draft.post(TOWN, json={"label": "cut", "valid_from": "2027-01-01"}).status_code == 201
    before = cells(draft, here)
    assert set(before) == {"A1", "A2", "B1", "B2"}
    at = f"{here}/items/{before['A1']['id']}"
    read = draft.get(at)
    assert read.headers["etag"] == '"1"'
    patched = draft.patch(
        at,
        json={"geometry": shapely.geometry.mapping(LEFT), "properties": {"households": 150, "name": "left"}},
        headers=PATCH | {"If-Match": read.headers["etag"]},
    )
    assert (patched.status_code, patched.headers["etag"]) == (204, '"2"')
    gap = draft.get(f"{TOWN}/cut/defects").json()
    assert (gap["clean"], gap["count"]) == (False, len(gap["defects"]))
    assert draft.get(f"{TOWN}/cut/defects", headers={"Accept-Language": "zh"}).json()["defects"] != gap["defects"]
    # In the system that the client works in, in the order of its axes; what it cannot say is passed over.
    metres = Transformer.from_crs(4326, 4548, always_xy=True)
    projected = shapely.transform(RIGHT, lambda xy: np.column_stack(metres.transform(*xy.T)[::-1]))
    crs = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4548>"}
    sent = feature(projected, id=None, code="A3", name="right", parent="A", households=None, area_m2=None)
    made = draft.post(f"{here}/items", json=sent, headers=GEOJSON | crs)
    assert made.status_code == 201, made.text
    drawn = draft.get(made.headers["location"]).json()
    assert shapely.hausdorff_distance(shapely.geometry.shape(drawn["geometry"]), RIGHT) < 1e-7
    assert drawn["properties"]["changed_by"].startswith("tester")
    left = draft.get(f"{TOWN}/cut/defects").json()["defects"]
    assert {one["kind"] for one in left} == {"unnoded-edge"}  # a neighbour lacks the new corner, which is repaired
    listed = draft.get(TOWN).json()["drafts"]
    assert [(one["label"], one["edition"], one["cells"], one["changed"]) for one in listed] == [("cut", "2026", 5, 2)]
    told = store("cut", city)
    assert told.exit_code == 0, told.output
    with connect(city.url) as connection:
        grid = load_grid(connection, "town", "cut")
        assert {leaf.code: leaf.path for leaf in grid.leaves}["A3"] == ("A", "A3")
        assert {leaf.code: leaf.attributes for leaf in grid.leaves}["A1"] == {"households": 150}
        assert load_grid(connection, "town").edition == "2026"
    assert draft.get(TOWN).json()["drafts"] == []
    assert kind(draft.post(TOWN, json={"label": "cut", "valid_from": "2027-01-01"}), 409) == "draft-taken"


def store(label: str, city: City, *more: str) -> Any:
    words = ["draft", "store", "town", label, "--repair", *more]
    return CliRunner().invoke(build("draft"), words, env={"WANGGE_DATABASE_URL": city.url})


def editions(city: City) -> set[str]:
    with connect(city.url) as connection:
        return {label for (label,) in connection.execute("SELECT label FROM edition WHERE territory_code = 'town'")}


@pytest.mark.parametrize("act", ["patch", "delete", "post", "both"])
def test_what_is_drawn_while_a_draft_is_being_stored_is_not_lost(
    draft: TestClient, city: City, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, at = redrawn.rows_of_draft, f"{DRAFT}/items/{cells(draft)['A1']['id']}"

    async def drawn_in_after(*given: Any) -> redrawn.Rows:
        rows = await read(*given)
        if act == "patch":
            draft.patch(at, json={"properties": {"name": "late"}}, headers=PATCH).raise_for_status()
        if act in ("delete", "both"):
            draft.delete(at).raise_for_status()
        if act in ("post", "both"):
            draft.post(f"{DRAFT}/items", json=feature(LEFT, code="A9", parent="A")).raise_for_status()
        return rows

    monkeypatch.setattr(redrawn, "rows_of_draft", drawn_in_after)
    before = editions(city)
    told = store("next", city)
    assert isinstance(told.exception, DraftChanged), told.output
    assert editions(city) == before
    assert [one["label"] for one in draft.get(TOWN).json()["drafts"]] == ["next"]


def test_a_draft_that_fails_to_be_published_is_still_there(
    draft: TestClient, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OSError("away")

    monkeypatch.setattr("wangge.api.cli.grid.publish", away)
    before = editions(city)
    assert isinstance(store("next", city, "--publish").exception, OSError)
    assert editions(city) == before
    assert len(cells(draft)) == 4


def test_what_a_draft_does_not_show_and_what_is_no_text_stay_what_they_are(planner: TestClient, city: City) -> None:
    odd = {
        "id": 9,
        "version": 7,
        "open": True,
        "tags": ["a", {"b": 1}],
        "size": 4,
        "far": 10**17,
        "level": 3,
        "use": "x",
    }
    boundaries = create_boundaries(edition="odd", valid_from=date(2024, 1, 1))
    for held in boundaries.levels[1].attributes:
        held |= odd
    with connect(city.url) as connection:
        made = import_edition(connection, boundaries)

    async def begun() -> None:  # of an edition that is not the current one any more
        async with await connect_async(city.url) as connection:
            await begin(connection, "town", "other", edition=made.id, valid_from=date(2027, 1, 1), by="tester")

    asyncio.run(begun())
    here = DRAFT.replace("next", "other")
    one = cells(planner, here)["A1"]
    assert isinstance(one["id"], int)
    assert one["id"] != 9
    assert one["properties"]["open"] == "true"
    at = f"{here}/items/{one['id']}"
    assert planner.put(at, json=one).status_code == 204
    assert stored(city, "other", "A1") == odd | {"households": 300}
    assert (
        planner.put(at, json=one | {"properties": one["properties"] | {"open": "false", "use": None}}).status_code
        == 204
    )
    del odd["use"]
    assert stored(city, "other", "A1") == odd | {"households": 300, "open": "false"}
    planner.delete(f"{TOWN}/other", headers={"If-Match": "*"}).raise_for_status()


def stored(city: City, draft: str, code: str) -> dict[str, Any]:
    with connect(city.url) as connection:
        row = connection.execute(
            "SELECT attributes FROM draft_cell WHERE code = %s AND draft_id = (SELECT id FROM draft WHERE label = %s)",
            (code, draft),
        ).fetchone()
    assert row is not None
    return dict(row[0])


def test_who_plans_a_part_draws_no_draft_which_is_of_the_whole(draft: TestClient, city: City) -> None:
    part = copy(city.anyone)
    part.headers = copy(city.anyone.headers)
    signed_in(part, city.url, [Grant(Role.PLANNER, "town", "street", "A")])
    at = f"{DRAFT}/items/{cells(draft)['A1']['id']}"
    for method, path in (
        ("GET", TOWN),
        ("POST", TOWN),
        ("DELETE", f"{TOWN}/next"),
        ("GET", f"{TOWN}/next/defects"),
        ("GET", DRAFT),
        ("GET", f"{DRAFT}/items"),
        ("POST", f"{DRAFT}/items"),
        ("PUT", at),
        ("PATCH", at),
        ("DELETE", at),
    ):
        sent = {"label": "part", "valid_from": "2027-01-01"} if path == TOWN else feature(LEFT, code="A1", parent="A")
        refused = part.request(method, path, json=sent if method.startswith("P") else None)
        assert refused.status_code == 403, (method, path)
    assert "draft-next" not in part.get("/ogc/town/collections").text


def test_a_draft_in_which_somebody_has_drawn_meanwhile_is_not_thrown_away(draft: TestClient) -> None:
    begun = draft.post(TOWN, json={"label": "away", "valid_from": "2027-01-01"})
    here, drawn = f"{TOWN}/away", "/ogc/town/collections/draft-away"
    assert begun.headers["etag"] == f'"{begun.json()["version"]}"'
    tags = [begun.headers["etag"]]

    def stale_now(done: Any) -> None:
        assert done.is_success, done.text
        assert kind(draft.delete(here, headers={"If-Match": tags[-1]}), 412) == "stale"
        listed = next(one for one in draft.get(TOWN).json()["drafts"] if one["label"] == "away")
        tags.append(f'"{listed["version"]}"')

    made = draft.post(f"{drawn}/items", json=feature(LEFT, code="A9", parent="A"))
    stale_now(made)
    stale_now(draft.patch(made.headers["location"], json={"properties": {"name": "late"}}, headers=PATCH))
    stale_now(draft.delete(made.headers["location"]))
    assert (len(set(tags)), tags[-1]) == (3, tags[0])  # what was drawn is away again: the same base grids
    assert kind(draft.delete(here), 428) == "no-condition"
    assert kind(draft.delete(here, headers={"If-Match": '"xyz"'}), 412) == "stale"
    assert draft.delete(here, headers={"If-Match": tags[-1]}).status_code == 204
    assert kind(draft.delete(here, headers={"If-Match": "*"}), 404) == "unknown-draft"


def test_of_two_who_change_a_cell_the_second_is_told(draft: TestClient) -> None:
    found = cells(draft)["B1"]
    at = f"{DRAFT}/items/{found['id']}"
    tag = draft.get(at).headers["etag"]
    assert draft.get(at, headers={"If-None-Match": tag}).status_code == 304
    whole = {"type": "Feature", "id": 77, "geometry": found["geometry"], "properties": {"code": "B1", "parent": "B"}}
    first = draft.put(at, json=whole, headers=GEOJSON | {"If-Match": tag})
    assert first.status_code == 204
    for stale in (tag, '"0"', '"xyz"'):
        second = draft.put(at, json=whole, headers=GEOJSON | {"If-Match": stale})
        assert kind(second, 412) == "stale"
        assert kind(draft.delete(at, headers={"If-Match": stale}), 412) == "stale"
    stands = draft.get(at).json()
    assert (stands["id"], stands["properties"]["name"], stands["properties"]["households"]) == (found["id"], "B1", None)
    assert draft.delete(at, headers={"If-Match": first.headers["etag"]}).status_code == 204
    assert draft.get(at).status_code == 404
    for method in (draft.put, draft.patch):
        assert kind(method(at, json=whole, headers={"If-Match": '"xyz"'}), 404) == "unknown-feature"
    assert kind(draft.delete(at), 404) == "unknown-feature"
    assert kind(draft.put(f"{DRAFT}/items/x", json=whole), 404) == "unknown-feature"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"geometry": None}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [116.9, 38.3]}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [999, 1], [1, 0], [0, 0]]]}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1e400, 1], [1, 0], [0, 0]]]}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": "x"}}, "geometry"),
        ({"properties": {"households": "many"}}, "properties.households"),
        ({"properties": {"households": True}}, "properties.households"),
        ({"properties": {"dragons": 1}}, "properties.dragons"),
        ({"properties": {"code": None}}, "properties.code"),
        ({"properties": {"code": "a\nb"}}, "properties.code"),
        ({"properties": {"name": "\0"}}, "properties.name"),
        ({"properties": {"name": ["x"]}}, "properties.name"),
        ({"properties": {"name": "\ud800"}}, "properties.name"),
        ({"properties": {"households": 1e20}}, "properties.households"),
        ({"properties": {"households": 10**400}}, "properties.households"),
    ],
)
def test_what_is_no_cell_is_refused_by_its_field(draft: TestClient, sent: dict[str, Any], field: str) -> None:
    found = cells(draft)["A2"]
    refused = draft.patch(f"{DRAFT}/items/{found['id']}", content=text_of(sent), headers=PATCH)
    assert kind(refused, 422) == "bad-field"
    assert [one["field"] for one in refused.json()["errors"]] == [field]
    assert cells(draft)["A2"] == found


def text_of(sent: Any) -> str:
    return json.dumps(sent).replace("Infinity", "1e400")


def test_what_stands_against_the_grid_is_refused(draft: TestClient, city: City) -> None:
    known = feature(RIGHT, code="A2", parent="A")
    assert kind(draft.post(f"{DRAFT}/items", json=known), 409) == "code-taken"
    for parent in ("Z", None):
        refused = draft.post(f"{DRAFT}/items", json=feature(RIGHT, code="A3", parent=parent))
        assert kind(refused, 422) == "unknown-parent"
    bare = draft.post(f"{DRAFT}/items", content=b"{}", headers={"Content-Type": ""})
    assert bare.status_code == 400
    elsewhere = draft.post(f"{DRAFT}/items", json=known, headers={"Content-Crs": "EPSG:9999"})
    assert kind(elsewhere, 400) == "bad-query"
    assert kind(draft.post("/ogc/town/collections/draft-none/items", json=known), 404) == "unknown-draft"
    assert draft.post("/ogc/xinhua/collections/draft-next/items", json=known).status_code == 403
    assert draft.get("/ogc/xinhua/collections/draft-next").status_code == 403
    assert city.anyone.get(DRAFT).status_code == 401
    assert city.centre.get(DRAFT).status_code == 403
    assert "draft-next" not in city.anyone.get("/ogc/town/collections").text
    assert len(draft.get(f"{DRAFT}/items").json()["features"]) == 4


def test_a_draft_is_filtered_and_drawn_as_tiles_as_every_collection_is(draft: TestClient) -> None:
    found = draft.get(f"{DRAFT}/items", params={"filter": "parent = 'A' AND households > 300"}).json()
    assert [one["properties"]["code"] for one in found["features"]] == ["A2"]
    assert found["numberMatched"] == 1
    assert draft.get(f"{DRAFT}/tiles/WebMercatorQuad/12/1575/3378").status_code == 200
    page = draft.get(DRAFT, headers={"Accept": "text/html", "Accept-Language": "zh"})
    assert re.search("草案 next", page.text)


def test_a_report_is_filed_as_a_feature_and_not_changed_as_one(city: City) -> None:
    here = "/ogc/washington/collections/reports/items"  # the other tests count those of Xinhua
    centre = copy(city.anyone)
    centre.headers = copy(city.anyone.headers)
    signed_in(centre, city.url, [Grant(Role.CENTRE, "washington")])
    category = centre.get("/api/v1/territories/washington/categories").json()["categories"][0]["code"]
    point = shapely.Point(-77.0365, 38.8977)
    sent = feature(point, category=category, description="灯不亮", number=None, state="closed")
    filed = centre.post(here, json=sent, headers=GEOJSON)
    assert filed.status_code == 201, filed.text
    read = centre.get(filed.headers["location"])
    assert read.json()["properties"]["description"] == "灯不亮"
    assert read.json()["properties"]["state"] == "assigned"
    metres = Transformer.from_crs(4326, 3857, always_xy=True)
    mercator = shapely.Point(*metres.transform(point.x, point.y))
    other = feature(mercator, category=category)
    crs = {"Content-Crs": "http://www.opengis.net/def/crs/EPSG/0/3857"}
    same = centre.get(centre.post(here, json=other, headers=crs).headers["location"]).json()
    assert same["geometry"]["coordinates"] == pytest.approx(read.json()["geometry"]["coordinates"], abs=1e-7)
    for wrong, status in (
        (feature(point), 422),
        (feature(point, category=category, dragons=1), 422),
        (feature(LEFT, category=category), 422),
        (feature(shapely.Point(0, 0), category=category), 422),
        (feature(shapely.Point(), category=category), 422),
        (feature(point, category=category, description="\ud800"), 422),
        (feature(point, category="dragons"), 422),
        (feature(point, category=category, urgency="urgent"), 401),
    ):
        assert city.anyone.post(here, content=json.dumps(wrong), headers=GEOJSON).status_code == status, wrong
    assert centre.options(here).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert centre.delete(filed.headers["location"]).status_code == 405
    assert "post" in centre.get("/ogc/washington/api").json()["paths"]["/collections/reports/items"]
