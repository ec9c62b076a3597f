"""CQL2: read as its authors read it, answered as shapely answers, and never costlier than what is bounded."""

import json
import time
from copy import copy
from typing import Any

import cql2
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from tests.api.ogc.conftest import CATEGORIES, REPORTS, City
from tests.people import signed_in
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.ogc.cql2text import FilterFault, parse_text
from wangge.store.engine import connect

HERE = "/ogc/xinhua/collections"
# After the examples of the standard (OGC 21-065r2, annex B and the clauses), in the properties of nobody.
TEXTS = [
    "a=1 AND b=2 AND c=3", "a=1 OR b=2 AND NOT c=3", "NOT (a=1 OR b=2)", "x NOT IN ('a','b')", "x NOT LIKE 'a%'",
    "depth BETWEEN 100.0 and 150.0", "x NOT BETWEEN 1 AND 2", "geophys:SURVEY_NAME IS NOT NULL", "x IS NULL",
    "CASEI(road_class) IN (CASEI('Οδος'),CASEI('Straße'))", "CASEI(a) = casei('B')", "owner NOT LIKE '%Mike%'",
    "S_INTERSECTS(geometry, POINT(1 2))", "S_INTERSECTS(BBOX(1,2,3,4), geometry)", "swimming_pool = true",
    "S_WITHIN(geometry,MULTIPOLYGON(((0 0,1 0,1 1,0 0))))", "S_CROSSES(LINESTRING(0 0, 1 1), geometry)",
    "T_DURING(received_at, INTERVAL('2026-01-01T00:00:00Z','..'))", "t_after(a, DATE('2026-01-01'))",
    "T_INTERSECTS(INTERVAL(starts, ends), INTERVAL('2005-01-10','2010-02-10'))",
    "updated >= DATE('1970-01-01')", "updated <> TIMESTAMP('1969-07-20T20:17:40Z')",
    "A_CONTAINS(layer:ids, ('layers-ca','layers-us'))", "A_EQUALS(('a','b'),cells)", "a+b*2^3-4/5 > -x",
    "vehicle_height > (bridge_clearance-1)", "a = 'it''s'", '"weird name" = 1', "a % 2 = 1", "a div 2 = 1", "flag",
    "((a=1))", "a = -5.5e3", "名称 = '路灯'", "floors>5 AND (swimming_pool=true OR material LIKE 'brick%')",
    "date = 8 AND NOT flag", "foo.bar = -0.5", "eo:cloud_cover BETWEEN 0.1 AND 0.2 OR eo:cloud_cover IS NULL",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_read_as_the_authors_of_the_standard_read_them(text: str) -> None:
    assert parse_text(text) == cql2.parse_text(text).to_json()


def ids(client: TestClient, collection: str, told: Any, language: str = "cql2-text", **query: Any) -> set[Any]:
    asked = {"filter": told, "filter-lang": language, "limit": 10_000} | query
    answer = client.get(f"{HERE}/{collection}/items", params=asked)
    assert answer.status_code == 200, (told, answer.text[:400])
    if "numberMatched" in answer.json():
        assert answer.json()["numberMatched"] == answer.json()["numberReturned"]
    return {one["id"] for one in answer.json()["features"]}


def test_reports_are_filtered_by_words_times_and_places(city: City) -> None:
    reports = city.centre.get(f"{HERE}/reports/items", params={"limit": 1000}).json()["features"]
    told = {one["id"]: one["properties"] | {"at": shape(one["geometry"])} for one in reports}

    def where(holds: Any) -> set[str]:
        return {name for name, one in told.items() if holds(one)}

    own = shape(city.anyone.get(f"{HERE}/cells-grid/items/{city.own}").json()["geometry"])
    middle = sorted(one["received_at"] for one in told.values())[20]
    for text, holds in {
        "category = 'lamp'": lambda one: one["category"] == "lamp",
        "CASEI(category) IN (casei('LAMP'), casei('Wiring'))": lambda one: one["category"] in ("lamp", "wiring"),
        "category LIKE '%i%' AND NOT category LIKE 'wir%'": lambda one: one["category"] == "dispute",
        f"received_at > TIMESTAMP('{middle}')": lambda one: one["received_at"] > middle,
        f"received_at <= '{middle}'": lambda one: one["received_at"] <= middle,
        "received_at < DATE('2026-03-02')": lambda one: one["received_at"] < "2026-03-01T16",
        "T_INTERSECTS(received_at, DATE('2026-03-02'))": lambda one: one["received_at"] >= "2026-03-01T16",
        f"T_BEFORE(received_at, TIMESTAMP('{middle}'))": lambda one: one["received_at"] < middle,
        f"T_DURING(received_at, INTERVAL('..','{middle}'))": lambda one: one["received_at"] < middle,
        f"S_WITHIN(geometry, {own.wkt})": lambda one: one["grid_code"] == city.own,
        f"S_DISJOINT(geometry, {own.wkt})": lambda one: one["grid_code"] != city.own,
        "version * 2 + 1 = 3 AND version / 0 IS NULL": lambda one: True,
        "due_at IS NULL": lambda one: one["due_at"] is None,
        "overdue OR category BETWEEN 'a' AND 'e'": lambda one: one["category"] == "dispute",
        "true AND NOT false": lambda one: True,
    }.items():
        assert ids(city.centre, "reports", text) == where(holds), text
        assert ids(city.officer, "reports", text) == where(holds) & where(lambda one: one["grid_code"] == city.own)
    north_first = "S_INTERSECTS(geometry, BBOX(38.2,116.8,38.5,117.0))"
    over = {"filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}
    assert len(ids(city.centre, "reports", north_first, **over)) == REPORTS
    lon_first = city.centre.get(f"{HERE}/reports/items", params={"filter": north_first})
    assert lon_first.status_code == 400  # there is no latitude of 116
    assert len(ids(city.centre, "findings", "A_CONTAINS(cells, ('" + city.own + "')) AND observed > expected")) == 1
    assert ids(city.centre, "findings", "A_CONTAINEDBY(cells, ('x','y'))") == set()
    assert len(ids(city.anyone, "places", "name = '新华路' AND S_INTERSECTS(geometry, BBOX(116.8,38.2,117,38.5))")) == 1
    cases = city.anyone.get(f"{HERE}/public-cases/items", params={"filter": "category='dispute'"}).json()
    assert cases["features"] == []  # which is not public
    pages = city.centre.get(f"{HERE}/reports/items", params={"filter": "category='lamp'", "limit": 3}).json()
    (further,) = [link["href"] for link in pages["links"] if link["rel"] == "next"]
    more = city.centre.get(further).json()["features"]
    assert {one["properties"]["category"] for one in more} == {"lamp"}
    assert not {one["id"] for one in more} & {one["id"] for one in pages["features"]}


LON, LAT = st.floats(116.78, 116.95), st.floats(38.25, 38.4)
POINTS = st.tuples(LON, LAT)
SHAPES = st.one_of(
    POINTS.map(shapely.Point),
    st.tuples(POINTS, POINTS).filter(lambda pair: pair[0] != pair[1]).map(shapely.LineString),
    st.tuples(POINTS, st.floats(0.001, 0.05)).map(lambda told: shapely.Point(told[0]).buffer(told[1], 3)),
)
RELATIONS = st.sampled_from(["intersects", "disjoint", "within", "contains", "overlaps", "touches", "crosses"])
LEAVES = st.one_of(
    st.tuples(RELATIONS, SHAPES),
    st.sampled_from(CATEGORIES).map(lambda code: ("category", code)),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(["and", "or"]), inner, inner)),
    max_leaves=5,
)


def as_json(tree: Any) -> Any:
    if tree[0] in ("and", "or", "not"):
        return {"op": tree[0], "args": [as_json(one) for one in tree[1:]]}
    if tree[0] == "category":
        return {"op": "=", "args": [{"property": "category"}, tree[1]]}
    return {"op": f"s_{tree[0]}", "args": [{"property": "geometry"}, shapely.geometry.mapping(tree[1])]}


def holds(tree: Any, one: dict[str, Any], at: Any) -> bool:
    if tree[0] == "not":
        return not holds(tree[1], one, at)
    if tree[0] in ("and", "or"):
        sides = [holds(each, one, at) for each in tree[1:]]
        return all(sides) if tree[0] == "and" else any(sides)
    if tree[0] == "category":
        return bool(one["properties"]["category"] == tree[1])
    return bool(getattr(at, tree[0])(tree[1]))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_a_filter_lets_through_what_shapely_does(city: City, tree: Any) -> None:
    reports = city.centre.get(f"{HERE}/reports/items", params={"limit": 1000}).json()["features"]
    expected = {one["id"] for one in reports if holds(tree, one, shape(one["geometry"]))}
    told = json.dumps(as_json(tree))
    assert ids(city.centre, "reports", told, "cql2-json") == expected


def nested(before: str, inner: str, after: str, times: int) -> str:
    return before * times + inner + after * times


HOSTILE = [
    nested("(", "true", ")", 3000), nested("NOT ", "true", "", 3000), "(" * 4000, nested("f(", "1", ")", 2000),
    "a = " + "-" * 5000 + "1", "version = " + "1+" * 4000 + "1", "version = " + "1^" * 200 + "1",
    "category LIKE '" + "%a" * 200 + "'", "category LIKE 'x\\'", "category IN (" + ",".join(["'x'"] * 3000) + ")",
    "S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 400, "S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1)))", "S_INTERSECTS(geometry, POINT(1e400 2))", "S_WITHIN(geometry, 5)",
    "S_INTERSECTS(geometry, LINESTRING(" + ",".join(f"{n % 90} {n % 80}" for n in range(2600)) + "))x",
    " OR ".join(["S_INTERSECTS(geometry, POINT(1 2))"] * 11), " OR ".join(["version=1"] * 1200), "version = 1e999",
    "nothing = 1", "category = 1", "category > true", "version", "1", "'x'", "category", "category ~ 'x'", "a = ",
    "category = 'x", "category = 'x' AND", "(category = 'x'", "category IN ()x",
    "T_AFTER(category, DATE('2026-01-01'))", "T_AFTER(received_at, DATE('2026-13-01'))",
    "received_at > TIMESTAMP('never')",
    "pg_sleep(10) = 1",
    "true; DROP TABLE", "category = 'a' || 'b'", "A_CONTAINS(category, ('a'))",
    "a\0b = 1", "category = '\0'", "CASEI(version) = 'x'",
    "version = " + "9" * 400, "version IN (" + "9" * 5000 + ")", f"S_INTERSECTS(geometry, BBOX(0,0,1,{'9' * 400}))",
    "S_INTERSECTS(geometry, LINESTRING(0 0, 1e300 1))", "received_at > TIMESTAMP('9999-12-31T23:59:59-01:00')",
    "(-1) ^ 0.5 = version", "10 ^ 299 ^ 2 = version", nested("(1 % ", "version", ")", 20) + " = 1", "", " ",
]  # fmt: skip
HOSTILE_JSON = [
    "{", "[]", "1", '"x"', "null", '{"op":"and"}', '{"op":"and","args":[]}', '{"op":1,"args":[]}', '{"args":[true]}',
    nested('{"op":"not","args":[', "true", "]}", 900), nested("[", "", "]", 900), '{"op":"=","args":[1]}',
    '{"op":"=","args":[{"property":{"a":1}},1]}', '{"op":"in","args":[{"property":"category"},5]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":"x"}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,"3",4]}]}',
    '{"op":"t_after","args":[{"property":"received_at"},{"interval":5}]}',
    '{"op":"t_after","args":[{"timestamp":5},1]}',
    '{"op":"like","args":[{"property":"category"},{"op":"casei","args":[5]}]}', '{"property":[]}',
    '{"op":"' + "x" * 9000, '{"op":"=","args":[{"property":"version"},' + "9" * 400 + "]}",
]  # fmt: skip


@pytest.mark.parametrize(
    "told", [*HOSTILE, *HOSTILE_JSON], ids=lambda told: told[:20].encode("unicode_escape").decode()
)
def test_hostile_filters_are_refused_at_once(city: City, told: str) -> None:
    began = time.process_time()
    language = "cql2-json" if told in HOSTILE_JSON else "cql2-text"
    answer = city.centre.get(f"{HERE}/reports/items", params={"filter": told, "filter-lang": language})
    assert answer.status_code == 400, answer.text[:300]
    (error,) = answer.json()["errors"]
    assert error["field"] == "filter"
    assert error["message"] != error["kind"]
    assert time.process_time() - began < 2


def test_what_is_reckoned_tells_nothing_of_what_the_asker_does_not_see(city: City) -> None:
    last = "SELECT max(cell_id) FROM report WHERE territory_code = 'xinhua'"
    theirs = f"UPDATE report SET accuracy_m = %s WHERE cell_id = ({last})"
    leaves = {cell.id: cell for cell in city.grid.leaves}
    # Of several cells, so that for the database it is cheaper to reckon than to look whose a report is.
    client = copy(city.anyone)
    client.headers = copy(city.anyone.headers)
    desk = signed_in(
        client, city.url, [Grant(Role.OFFICER, "xinhua", "grid", cell.code) for cell in city.grid.leaves[:8]]
    )
    with connect(city.url) as connection:
        ((there,),) = connection.execute(theirs + " RETURNING cell_id", (1e9,)).fetchall()[:1]
    box = ",".join(map(str, leaves[there].geometry.bounds))  # type: ignore[union-attr]
    tile = f"{HERE}/reports/tiles/WebMercatorQuad/0/0/0"
    for text in ("accuracy_m * 1e300 > 0", "accuracy_m ^ 99 > 0", "accuracy_m / 1e-300 > 0"):
        for path, query in ((f"{HERE}/reports/items", {"filter": text, "bbox": box}), (tile, {"filter": text})):
            assert city.centre.get(path, params=query).status_code == 400
            assert desk.get(path, params=query).status_code in (200, 204), text
    with connect(city.url) as connection:
        connection.execute(theirs, (None,))


def test_the_reader_takes_no_longer_the_deeper_it_is_asked() -> None:
    began = time.process_time()
    for text in ("(" * 40, "a=1 AND (" * 40, nested("((a=1) OR ", "b=2", ")", 40), "f(" * 16_000):
        with pytest.raises(FilterFault):
            parse_text(text)
    assert time.process_time() - began < 1


def test_a_language_that_is_not_known_is_refused(city: City) -> None:
    for query in ({"filter": "true", "filter-lang": "sql"}, {"filter": "true", "filter-crs": "EPSG:9999"}):
        assert city.anyone.get(f"{HERE}/cells-grid/items", params=query).status_code == 400
