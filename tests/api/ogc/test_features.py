"""OGC API – Features, Parts 1, 2 and 5: what the abstract tests of the standards ask, and who sees what."""

import asyncio
import re
from datetime import datetime
from html import unescape
from typing import Any

import mapbox_vector_tile
import morecantile
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator
from shapely.geometry import shape

from tests.api.ogc.conftest import REPORTS, City
from wangge.api.ogc import pages
from wangge.store.engine import connect

HERE = "/ogc/xinhua"
PUBLIC = ["cells-street", "cells-community", "cells-grid", "public-cases", "published-counts", "places"]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def get(client: TestClient, path: str, status: int = 200, **query: Any) -> Any:
    answer = client.get(path, params=query or None)
    assert answer.status_code == status, (path, query, answer.text[:500])
    return answer.json()


def items(client: TestClient, collection: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(client, f"{HERE}/collections/{collection}/items", **query)["features"]
    return found


def hrefs(document: dict[str, Any], rel: str) -> list[str]:
    return [link["href"] for link in document["links"] if link["rel"] == rel]


def every(client: TestClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """All features, by following `next`."""
    found: list[dict[str, Any]] = []
    page = get(client, path, **query)
    for _ in range(100):
        found += page["features"]
        assert page["numberReturned"] == len(page["features"])
        further = hrefs(page, "next")
        if not further:
            return found
        page = get(client, further[0])
    raise AssertionError("no end")


def test_the_landing_page_leads_everywhere_and_every_link_answers(city: City) -> None:
    seen: set[str] = set()
    waiting = ["http://testserver/ogc"]
    while waiting:
        address = waiting.pop()
        if address in seen or len(seen) > 150:
            continue
        seen.add(address)
        answer = city.centre.get(address)
        assert answer.status_code == 200, address
        if answer.headers["content-type"].startswith("text/html"):
            found = [href.replace("&amp;", "&") for href in re.findall('href="(http[^"]+)"', answer.text)]
        else:
            found = [link["href"] for link in answer.json().get("links", [])]
            for one in answer.json().get("collections", []):
                found += [link["href"] for link in one["links"]]
        found = [href for href in found if "{" not in href]  # of tiles
        waiting += [href for href in found if not re.search("washington|town|/web/", href)]
    landing = get(city.anyone, HERE)
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= {
        link["rel"] for link in landing["links"]
    }
    for document in ("core", "oas30", "html", "geojson"):
        declared = get(city.anyone, f"{HERE}/conformance")["conformsTo"]
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{document}" in declared


def test_the_description_is_valid_openapi_3_0_and_names_the_parameters_as_the_standard_has_them(city: City) -> None:
    answer = city.anyone.get(f"{HERE}/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    OpenAPIV30SpecValidator(document).validate()
    assert set(re.findall(r'"\$ref":"(.)', answer.text)) == {"#"}
    parameters = document["components"]["parameters"]
    for name in ("bbox", "limit", "datetime"):
        assert (parameters[name]["in"], parameters[name]["style"], parameters[name]["explode"]) == (
            "query",
            "form",
            False,
        )
    assert (parameters["bbox"]["schema"]["minItems"], parameters["bbox"]["schema"]["maxItems"]) == (4, 6)
    for name in PUBLIC:
        told = document["paths"][f"/collections/{name}/items"]["get"]["parameters"]
        assert {"bbox", "limit", "datetime"} <= {one.get("$ref", "").rpartition("/")[2] for one in told}
    assert "/collections/reports" not in document["paths"]
    assert "/collections/reports" in get(city.centre, f"{HERE}/api")["paths"]


def test_who_is_offered_what(city: City) -> None:
    def offered(client: TestClient, territory: str = "xinhua") -> list[str]:
        return [one["id"] for one in get(client, f"/ogc/{territory}/collections")["collections"]]

    assert offered(city.anyone) == PUBLIC == offered(city.centre, "xinhua")[:3] + PUBLIC[3:]
    assert set(offered(city.centre)) == {*PUBLIC, "reports", "findings", "assets"}
    assert "reports" not in offered(city.centre, "washington")
    for part in ("", "/items", "/items/x", "/schema", "/queryables", "/sortables"):
        for name in ("reports", "findings"):
            assert city.anyone.get(f"{HERE}/collections/{name}{part}").status_code == 401
            assert city.centre.get(f"/ogc/washington/collections/{name}{part}").status_code == 403
        assert get(city.anyone, f"{HERE}/collections/dragons{part}", 404)["type"] == "/problems/unknown-collection"
    assert get(city.anyone, "/ogc/atlantis", 404)["type"] == "/problems/unknown-territory"
    own = every(city.officer, f"{HERE}/collections/reports/items", limit=4)
    assert {one["properties"]["grid_code"] for one in own} == {city.own}
    assert len(own) == REPORTS // 4
    other = next(one for one in items(city.centre, "reports") if one["properties"]["grid_code"] != city.own)
    get(city.centre, f"{HERE}/collections/reports/items/{other['id']}")
    get(city.officer, f"{HERE}/collections/reports/items/{other['id']}", 404)


def test_the_public_is_told_of_public_cases_what_the_other_api_tells(city: City) -> None:
    told = every(city.anyone, f"{HERE}/collections/public-cases/items", limit=7)
    known = get(city.anyone, "/api/v1/territories/xinhua/public-cases")["features"]
    assert sorted(str(one["geometry"]) for one in told) == sorted(str(one["geometry"]) for one in known)
    assert {frozenset(one["properties"]) for one in told} == {frozenset({"category", "state"})}
    assert len({one["id"] for one in told}) == REPORTS // 3
    numbers = {one["id"] for one in items(city.centre, "reports")}
    assert not numbers & {one["id"] for one in told}
    one = get(city.anyone, f"{HERE}/collections/public-cases/items/{told[0]['id']}")
    assert {key: one[key] for key in ("id", "geometry", "properties")} == {
        key: told[0][key] for key in ("id", "geometry", "properties")
    }


@pytest.mark.parametrize("name", [*PUBLIC, "reports", "findings"])
def test_pages_follow_each_other_without_a_gap_and_each_feature_is_there_by_its_id(city: City, name: str) -> None:
    path = f"{HERE}/collections/{name}/items"
    pages = every(city.centre, path, limit=7 if name not in ("published-counts", "cells-grid") else 97)
    at_once = get(city.centre, path, limit=10_000)
    assert [one["id"] for one in pages] == [one["id"] for one in at_once["features"]]
    assert len({one["id"] for one in pages}) == len(pages) > 0
    if "numberMatched" in at_once:
        assert at_once["numberMatched"] == len(pages)
    else:
        assert name in {"reports", "public-cases"}  # of which there may be millions
    schema = get(city.centre, f"{HERE}/collections/{name}/schema")
    assert set(pages[0]["properties"]) == set(schema["properties"]) - {"geometry"}
    for one in (pages[0], pages[-1]):
        answer = city.centre.get(f"{path}/{one['id']}")
        assert answer.headers["content-type"] == "application/geo+json"
        assert (answer.json()["id"], answer.json()["properties"]) == (one["id"], one["properties"])
        assert {"self", "alternate", "collection"} <= {link["rel"] for link in answer.json()["links"]}
    assert get(city.centre, f"{path}/nothing", 404)["type"] == "/problems/unknown-feature"
    tag = answer.headers["etag"]
    again = city.centre.get(f"{path}/{pages[-1]['id']}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    head = city.centre.head(path)
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "application/geo+json")


def test_a_box_finds_what_meets_it(city: City) -> None:
    cells = get(city.anyone, f"{HERE}/collections/cells-grid/items", limit=1000)["features"]
    west, south, east, north = shape(cells[200]["geometry"]).bounds
    box = (west - 0.002, south - 0.002, east + 0.002, north + 0.002)
    meeting = {one["id"] for one in cells if shape(one["geometry"]).intersects(shapely.box(*box))}
    told = ",".join(map(str, box))
    found = get(city.anyone, f"{HERE}/collections/cells-grid/items", bbox=told)
    assert {one["id"] for one in found["features"]} == meeting
    assert found["numberMatched"] == len(meeting) < len(cells)
    higher = ",".join(map(str, (*box[:2], -50, *box[2:], 900)))
    assert {one["id"] for one in items(city.anyone, "cells-grid", bbox=higher)} == meeting
    over = pyproj.Transformer.from_crs(4326, 4548).transform_bounds(box[1], box[0], box[3], box[2], densify_pts=21)
    projected = {"bbox": ",".join(map(str, over)), "bbox-crs": f"{EPSG}4548"}
    assert {one["id"] for one in items(city.anyone, "cells-grid", **projected)} >= meeting
    lat_first = {"bbox": ",".join(map(str, (box[1], box[0], box[3], box[2]))), "bbox-crs": f"{EPSG}4326"}
    assert {one["id"] for one in items(city.anyone, "cells-grid", **lat_first)} == meeting
    assert items(city.anyone, "cells-grid", bbox="170,-10,-170,10") == []  # over the antimeridian
    assert len(items(city.anyone, "places", bbox="-180,-90,180,90")) == 2
    assert items(city.anyone, "places", bbox="10,10,11,11") == []


def test_times_choose_reports_editions_and_periods(city: City) -> None:
    path = f"{HERE}/collections/reports/items"
    times = [datetime.fromisoformat(one["properties"]["received_at"]) for one in every(city.centre, path, limit=50)]
    middle = times[20]
    for told, wanted in (
        (middle.isoformat(), [at for at in times if at == middle]),
        (f"../{middle.isoformat()}", [at for at in times if at <= middle]),
        (f"{middle.isoformat()}/..", [at for at in times if at >= middle]),
        (f"{middle.isoformat()}/", [at for at in times if at >= middle]),
        ("2026-03-02", [at for at in times if at.isoformat()[:13] >= "2026-03-01T16"]),  # a day of Xinhua
        ("2026-03-01/2026-03-01", [at for at in times if at.isoformat()[:13] < "2026-03-01T16"]),
        ("1999-01-01/2000-01-01", []),
    ):
        assert len(every(city.centre, path, datetime=told)) == len(wanted), told

    def streets(**query: Any) -> set[str]:
        found = get(city.anyone, "/ogc/town/collections/cells-street/items", **query)["features"]
        return {one["properties"]["edition"] for one in found}

    assert streets() == streets(datetime="2026-06-01") == streets(datetime="2025-06-01/2026-06-01") == {"2026"}
    assert streets(datetime="2025-06-01T00:00:00Z") == streets(datetime="../2025-12-31") == {"2025"}
    assert streets(datetime="2024-06-01") == set()
    old = get(city.anyone, "/ogc/town/collections/cells-street/items/A", datetime="2025-06-01")
    assert old["properties"]["name"] == "2025 A"
    periods = {one["properties"]["period"] for one in items(city.anyone, "published-counts", datetime="2026-03-09")}
    assert periods == {"2026-03"} | {one for one in periods if one.startswith("2026-03-w2")}
    assert len(items(city.centre, "findings", datetime="2026-03-02")) == 1
    assert items(city.centre, "findings", datetime="2026-03-03/..") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=x", "limit=-5", "limit=1e3", "bbox=1,2,3", "bbox=1,2,3,x", "bbox=nan,1,2,3", "bbox=1,9,2,3",
        "bbox=1,2,3,4,5", "bbox=", "bbox=190,0,200,1", "bbox=inf,0,1,1", "datetime=yesterday", "datetime=2026-13-01",
        "datetime=../..", "datetime=/", "datetime=a/b/c", "datetime=2026-02-01/2026-01-01", "datetime=",
        "crs=EPSG:9999", "bbox=1,2,3,4&bbox-crs=nonsense", "properties=nothing", "sortby=description", "sortby=",
        "cursor=x", "cursor=WyIxIl0", "cursor=WzFd", "f=xml", "colour=red", "limit=1&limit=2", "category=%00",
        "overdue=maybe", "version=one", "version=99999999999999999999", "received_at=never", "Limit=3",
        "accuracy_m=1e999", "accuracy_m=nan", "received_at=0001-01-01T00:00:00%2B01:00",
        f"bbox=1e300,0,1e300,1&bbox-crs={EPSG}3857", f"bbox=0,0,1,{'9' * 400}&bbox-crs={EPSG}3857",
    ],
)  # fmt: skip
def test_what_is_not_right_is_400(city: City, query: str) -> None:
    answer = city.centre.get(f"{HERE}/collections/reports/items?{query}")
    assert answer.status_code == 400, answer.text[:300]
    assert answer.json()["type"] == "/problems/bad-query"
    assert answer.json()["errors"][0]["message"]


def test_the_ends_of_time_are_times_like_others(city: City) -> None:
    one, tile = "cells-street/items/A", "cells-street/tiles/WebMercatorQuad/0/0/0"
    for path, first, last in (("cells-street/items", 200, 200), (one, 404, 200), (tile, 204, 204)):
        for time, status in (("0001-01-01T00:00:00Z", first), ("9999-12-31T23:59:59Z", last)):
            answer = city.anyone.get(f"/ogc/town/collections/{path}", params={"datetime": time})
            assert answer.status_code == status, (path, time, answer.text[:300])


def test_more_than_the_most_is_no_error(city: City) -> None:
    assert get(city.anyone, f"{HERE}/collections/cells-grid/items", limit=999_999)["numberReturned"] > 400


def test_other_pages_refuse_what_they_do_not_know(city: City) -> None:
    for path in ("", "/conformance", "/api", "/collections", "/collections/cells-grid", "/collections/places/schema"):
        assert city.anyone.get(f"{HERE}{path}?colour=red").status_code == 400
        assert city.anyone.get(f"{HERE}{path}?f=xml").status_code == 400
    assert city.anyone.get(f"{HERE}/collections/cells-street/items/x?limit=1").status_code == 400


def test_equal_values_properties_and_orders(city: City) -> None:
    lamps = items(city.centre, "reports", category="lamp", properties="category,state")
    assert {str(one["properties"]) for one in lamps} == {str({"state": "assigned", "category": "lamp"})}
    assert len(lamps) == REPORTS // 3
    assert items(city.centre, "reports", overdue="true") == []
    oldest = every(city.centre, f"{HERE}/collections/reports/items", sortby="received_at", limit=7)
    newest = every(city.centre, f"{HERE}/collections/reports/items", sortby="-received_at", limit=7)
    assert [one["id"] for one in oldest] == [one["id"] for one in reversed(newest)]
    areas = every(city.anyone, f"{HERE}/collections/cells-community/items", sortby="-area_m2,+name", limit=7)
    sizes = [one["properties"]["area_m2"] for one in areas]
    assert sizes == sorted(sizes, reverse=True)
    assert len(areas) == len({one["id"] for one in areas}) == len(items(city.anyone, "cells-community"))


@pytest.mark.parametrize("code", [4326, 3857, 4490, 4547, 4548, 4554, 32650])
def test_each_system_gives_what_proj_gives_with_its_own_axes(city: City, code: int) -> None:
    known = get(city.anyone, f"{HERE}/collections/cells-street")["crs"]
    assert known[0] == CRS84
    assert f"{EPSG}{code}" in known
    answer = city.anyone.get(f"{HERE}/collections/cells-grid/items", params={"crs": f"{EPSG}{code}", "limit": 5})
    assert answer.headers["content-crs"] == f"<{EPSG}{code}>"
    plain = city.anyone.get(f"{HERE}/collections/cells-grid/items", params={"limit": 5})
    assert plain.headers["content-crs"] == f"<{CRS84}>"
    over = pyproj.Transformer.from_crs(CRS84 and "OGC:CRS84", f"EPSG:{code}")  # the axes of either, as it defines them
    for given, one in zip(plain.json()["features"], answer.json()["features"], strict=True):
        points = shapely.get_coordinates(shape(given["geometry"]))
        expected = list(zip(*over.transform(points[:, 0], points[:, 1]), strict=True))
        told = shapely.get_coordinates(shape(one["geometry"]))
        assert abs(told - expected).max() < (2e-7 if code in (4326, 4490) else 0.02)
    first = answer.json()["features"][0]["id"]
    one = city.anyone.get(f"{HERE}/collections/cells-grid/items/{first}", params={"crs": f"[EPSG:{code}]"})
    assert one.headers["content-crs"] == f"<{EPSG}{code}>"


def test_pages_are_html_in_both_languages_and_run_nothing(city: City) -> None:
    for path in ("", "/collections", "/collections/reports", "/collections/reports/items", "/api", "/conformance"):
        for language, word in (("en", "Collections"), ("zh", "集合")):
            answer = city.centre.get(f"{HERE}{path}", headers={"Accept": "text/html", "Accept-Language": language})
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert f'<html lang="{language}">' in answer.text
            assert "<script" not in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert word in answer.text or path in ("/api", "/conformance")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert city.anyone.get(HERE, headers={"Accept": browser}).text.startswith("<!doctype html>")
    assert get(city.anyone, f"{HERE}/collections/cells-street/items", f="json")["features"]
    drawn = city.anyone.get(f"{HERE}/collections/cells-grid/items?f=html").text
    assert drawn.count('<path class="area"') == 100
    assert 'rel="next"' in drawn


def test_pages_are_short_and_written_while_no_connection_is_held(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, written = city.anyone.app_state["pool"], pages.features_page

    def held() -> int:
        stats = pool.get_stats()
        return int(stats["pool_size"] - stats["pool_available"])

    def writing(*given: Any, **named: Any) -> str:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        seen.append(held())
        return written(*given, **named)

    seen: list[int] = []
    monkeypatch.setattr(pages, "features_page", writing)
    monkeypatch.setattr(pages, "MOST_SHOWN", 150)
    before, rows, address = held(), list[int](), f"{HERE}/collections/cells-grid/items?f=html&limit=10000"
    while address:
        text = city.anyone.get(address).text
        rows.append(text.count('<th scope="row">'))
        further = re.search(r'rel="next" href="([^"]+)"', text)
        address = unescape(further[1]) if further else ""
    assert rows[:-1] == [150] * (len(rows) - 1)
    assert sum(rows) == len(items(city.anyone, "cells-grid", limit=10_000)) > 300
    assert seen == [before] * len(rows)


def test_a_slash_too_many_is_passed_over(city: City) -> None:
    for path in ("/ogc/xinhua/", "/ogc/xinhua//conformance", "/ogc/xinhua/collections/", "/ogc//xinhua//collections"):
        assert city.anyone.get(path).status_code == 200, path


def test_other_origins_may_read_what_anybody_may(city: City) -> None:
    answer = city.anyone.get(f"{HERE}/collections/cells-street/items", headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"Authorization", "Cookie"} <= set(answer.headers["vary"].split(", "))


def test_a_portal_harvests_what_is_public_and_each_address_answers(city: City) -> None:
    answer = city.centre.get(f"{HERE}/dcat")
    assert answer.headers["content-type"] == "application/ld+json"
    catalogue = answer.json()
    assert city.anyone.get(f"{HERE}/dcat").json() == catalogue
    datasets = {one["dct:identifier"].removeprefix("xinhua/"): one for one in catalogue["dcat:dataset"]}
    assert list(datasets) == PUBLIC
    for one in datasets.values():
        assert {entry["@language"] for entry in one["dct:title"]} == {"en", "zh"}
        for form in one["dcat:distribution"]:
            address = form["dcat:accessURL"]["@id"]
            read = city.anyone.get(address)
            assert read.status_code == 200, address
            assert form["dcat:mediaType"]["@id"].endswith(read.headers["content-type"].partition(";")[0])
    town = get(city.anyone, "/ogc/town/dcat")["dcat:dataset"]
    versions = next(one for one in town if one["dct:identifier"] == "town/cells-grid")["dcat:hasVersion"]
    assert [one["dcat:version"] for one in versions] == ["2026", "2025"]
    older = city.anyone.get(versions[1]["@id"]).json()["features"]
    assert {one["properties"]["edition"] for one in older} == {"2025"}
    assert "dct:modified" in datasets["published-counts"]


def test_assets_are_for_whoever_may_read_reports(city: City) -> None:
    with connect(city.url) as connection:
        connection.execute("INSERT INTO asset_kind (territory_code, code, name) VALUES ('xinhua', 'lamp', '{}')")
        connection.execute(
            """INSERT INTO asset (territory_code, number, kind, geom)
               SELECT 'xinhua', 'LD-' || n, 'lamp', ST_Point(116.87 + n / 1000.0, 38.315, 4326)
               FROM generate_series(1, 3) n"""
        )
    assert get(city.anyone, f"{HERE}/collections/assets/items", 401)["type"] == "/problems/not-signed-in"
    assert "assets" not in {one["id"] for one in get(city.anyone, f"{HERE}/collections")["collections"]}
    found = every(city.centre, f"{HERE}/collections/assets/items", limit=2)
    assert [one["id"] for one in found] == ["LD-1", "LD-2", "LD-3"]
    one = get(city.officer, f"{HERE}/collections/assets/items/ld-2")
    assert (one["geometry"]["coordinates"], one["properties"]["kind"]) == ([116.872, 38.315], "lamp")
    assert len(items(city.centre, "assets", bbox="116.8715,38.31,116.88,38.32")) == 2
    source = get(city.centre, "/tiles/xinhua/style.json")["sources"]["assets"]
    there = morecantile.tms.get("WebMercatorQuad").tile(116.872, 38.315, source["minzoom"])
    address = source["tiles"][0].format(z=there.z, y=there.y, x=there.x)
    assert mapbox_vector_tile.decode(city.centre.get(address).content)["assets"]["features"]
    assert city.anyone.get(address).status_code == 401
    assert "assets" not in get(city.anyone, "/tiles/xinhua/style.json")["sources"]
