"""Cases of public categories: their place and state for everybody, nothing of any other case."""

from collections.abc import Callable
from xml.etree import ElementTree

import shapely
from fastapi.testclient import TestClient

from tests.conftest import LOCAL
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.geo.geojson import as_point
from wangge.geo.grid import Grid
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
NEARLY = {"category", "state", "stage"}


def test_only_cases_of_public_categories_are_told_without_words(
    client_as: Callable[..., TestClient], anonymous: TestClient, xinhua: Grid
) -> None:
    leaf = xinhua.leaves[100]
    assert leaf.geometry is not None
    point = leaf.geometry.representative_point()
    for category in ("lamp", "dispute", "road"):
        report = {"lon": point.x, "lat": point.y, "category": category, "description": "words of the reporter"}
        assert anonymous.post(f"{HERE}/reports", json=report).status_code == 201
    answer = anonymous.get(f"{HERE}/public-cases")
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert sorted(feature["properties"]["category"] for feature in told["features"]) == ["lamp", "road"]
    assert told["more"] is False
    for feature in told["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        assert set(feature["properties"]) == NEARLY | {"number", "since", "supports"}
        assert feature["geometry"]["coordinates"] == as_point(point.x, point.y)["coordinates"]
    assert len(anonymous.get(f"{HERE}/public-cases", params={"category": "lamp"}).json()["features"]) == 1
    assert anonymous.get(f"{HERE}/public-cases", params={"category": "dispute"}).json()["features"] == []
    assert anonymous.get(f"{HERE}/public-cases", params={"limit": 1}).json()["more"] is True

    administrator = client_as("administrator")
    names = {"name": {"en": "Lamp", "zh": "路灯"}}
    assert anonymous.put(f"{HERE}/categories/lamp", json=names | {"public": "street"}).status_code == 401
    written = administrator.put(f"{HERE}/categories/lamp", json=names | {"public": "street"})
    assert (written.json()["public"], written.json()["group"]) == ("street", "facilities")
    assert administrator.put(f"{HERE}/categories/lamp", json=names | {"group": "dragons"}).status_code == 422
    (lamp,) = anonymous.get(f"{HERE}/public-cases", params={"category": "lamp"}).json()["features"]
    assert set(lamp["properties"]) == NEARLY, "its number and times would tell its place"
    snapped = shapely.Point(lamp["geometry"]["coordinates"])
    assert leaf.geometry.boundary.distance(snapped) < 1e-5 < snapped.distance(point)
    # A box is laid over the place that is told: small boxes do not find the one that is not.
    near, there = ((p.x - 1e-5, p.y - 1e-5, p.x + 1e-5, p.y + 1e-5) for p in (point, snapped))
    for box, found in ((near, 0), (there, 1)):
        query = {"category": "lamp", "bbox": ",".join(map(str, box))}
        assert len(anonymous.get(f"{HERE}/public-cases", params=query).json()["features"]) == found
    administrator.put(f"{HERE}/categories/lamp", json=names | {"public": "counts"})
    assert anonymous.get(f"{HERE}/public-cases", params={"category": "lamp"}).json()["features"] == []


def test_an_area_is_subscribed_to_by_any_reader_of_feeds(
    client_as: Callable[..., TestClient], anonymous: TestClient, xinhua: Grid
) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    points = [leaf.geometry.representative_point() for leaf in xinhua.leaves[100:300:199] if leaf.geometry is not None]
    numbers = []
    for point in points:
        report = {"lon": point.x, "lat": point.y, "category": "lamp", "description": "words of the reporter"}
        numbers.append(anonymous.post(f"{HERE}/reports", json=report).json()["number"])
    secret = {"lon": points[0].x, "lat": points[0].y, "category": "dispute", "description": "a quarrel"}
    assert anonymous.post(f"{HERE}/reports", json=secret).status_code == 201
    answer = anonymous.get(f"{HERE}/public-cases.atom", headers={"Accept-Language": "zh"})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert "words of" not in answer.text
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{atom}entry")
    assert [entry.findtext(f"{atom}id", "").rpartition("/")[2] for entry in entries] == numbers[::-1]
    assert entries[0].findtext(f"{atom}title") == "路灯故障: 已分派"
    for element in (feed, *entries):
        assert all(element.find(f"{atom}{name}") is not None for name in ("id", "title", "updated"))
    west, south = points[0].x - 0.001, points[0].y - 0.001
    box = {"bbox": f"{west},{south},{west + 0.002},{south + 0.002}"}
    here = ElementTree.fromstring(anonymous.get(f"{HERE}/public-cases.atom", params=box).content)
    (entry,) = here.findall(f"{atom}entry")
    assert entry.findtext("{http://www.georss.org/georss}point") == f"{points[0].y:.6f} {points[0].x:.6f}"
    for area, found in (
        ({"circle": f"{points[0].x},{points[0].y},50"}, [numbers[0]]),
        ({"cell": xinhua.leaves[100].code}, [numbers[0]]),
        ({"cell": xinhua.leaves[100].code, "level": "grid"}, [numbers[0]]),
        ({"circle": f"{points[0].x},{points[0].y},50", "cell": xinhua.leaves[299].code}, []),
    ):
        there = ElementTree.fromstring(anonymous.get(f"{HERE}/public-cases.atom", params=area).content)
        assert [one.findtext(f"{atom}id", "").rpartition("/")[2] for one in there.findall(f"{atom}entry")] == found
    for circle in ("nan,nan,5", "116,38,inf", "116,38,-1", "116,38", "x,y,z", "116,38,20001"):
        assert anonymous.get(f"{HERE}/public-cases.atom", params={"circle": circle}).status_code == 422
    for cell in ({"cell": "no such cell"}, {"level": "grid"}, {"cell": xinhua.leaves[100].code, "level": "street"}):
        assert anonymous.get(f"{HERE}/public-cases.atom", params=cell).status_code == 422
    names = {"name": {"en": "Lamp", "zh": "路灯"}, "public": "street"}
    client_as("administrator").put(f"{HERE}/categories/lamp", json=names)  # its number and times would tell its place
    assert b"<entry>" not in anonymous.get(f"{HERE}/public-cases.atom").content


def test_whoever_lists_without_end_is_told_to_wait_by_all_ways_together(settings: Settings) -> None:
    slow = settings.model_copy(update={"public_rate": "3/minute"})
    with TestClient(create_app(slow), client=LOCAL) as client:
        ways = (f"{HERE}/public-cases", f"{HERE}/public-cases.atom", "/open311/xinhua/v2/requests.json")
        assert [client.get(way).status_code for way in ways] == [200, 200, 200]
        for way in ways:
            refused = client.get(way)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0
        token = token_for(str(settings.database_url), [Grant(Role.CENTRE)])
        known = {"Authorization": f"Bearer {token}"}
        assert [client.get(way, headers=known).status_code for way in ways] == [200, 200, 200]
