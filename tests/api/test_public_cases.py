"""Cases of public categories: their place and state for everybody, nothing of any other case."""

from collections.abc import Callable

import shapely
from fastapi.testclient import TestClient

from wangge.geo.geojson import as_point
from wangge.geo.grid import Grid

HERE = "/api/v1/territories/xinhua"


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
        assert set(feature["properties"]) == {"category", "state"}
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
    snapped = shapely.Point(lamp["geometry"]["coordinates"])
    assert leaf.geometry.boundary.distance(snapped) < 1e-5 < snapped.distance(point)
    # A box is laid over the place that is told: small boxes do not find the one that is not.
    near, there = ((p.x - 1e-5, p.y - 1e-5, p.x + 1e-5, p.y + 1e-5) for p in (point, snapped))
    for box, found in ((near, 0), (there, 1)):
        query = {"category": "lamp", "bbox": ",".join(map(str, box))}
        assert len(anonymous.get(f"{HERE}/public-cases", params=query).json()["features"]) == found
    administrator.put(f"{HERE}/categories/lamp", json=names | {"public": "counts"})
    assert anonymous.get(f"{HERE}/public-cases", params={"category": "lamp"}).json()["features"] == []
