"""One report's way through HTTP: filed, placed, read back, listed."""

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.builders import unclear_points
from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.grid import Cell, Grid
from wangge.reports.clock.sweep import sweep
from wangge.store.engine import connect

HERE = "/api/v1/territories/xinhua"


def report(**changed: Any) -> dict[str, Any]:
    return {"lon": 116.87, "lat": 38.32, "category": "wiring"} | changed


def file(client: TestClient, **changed: Any) -> dict[str, Any]:
    answer = client.post(f"{HERE}/reports", json=report(**changed))
    assert answer.status_code == 201, answer.text
    filed: dict[str, Any] = answer.json()
    return filed


def test_a_report_is_filed_placed_and_read_back(client: TestClient, xinhua: Grid) -> None:
    answer = client.post(f"{HERE}/reports", json=report(description="楼道飞线充电", accuracy=1))
    assert answer.status_code == 201
    filed = answer.json()
    assert filed.pop("secret")
    cell = xinhua.cell("grid", filed["cell"]["code"])
    assert cell is not None
    assert shapely.covers(cell.geometry, shapely.Point(116.87, 38.32))
    assert [above["code"] for above in filed["ancestors"]] == list(cell.path[:-1])
    assert filed["edition"] == "2026-01"
    assert (filed["on_edge"], filed["ambiguous"], filed["state"], filed["synthetic"]) == (
        False,
        False,
        "assigned",
        True,
    )

    read = client.get(answer.headers["location"])
    assert read.status_code == 200
    events = read.json().pop("events")
    assert [event["state"] for event in events] == ["received", "assigned"]
    assert {key: read.json()[key] for key in filed} == filed


def test_coordinates_of_another_datum_are_kept_and_converted(client: TestClient) -> None:
    lon, lat = (float(value) for value in from_wgs84(116.87, 38.32, Datum.GCJ02))
    filed = file(client, lon=lon, lat=lat, datum="gcj02")
    assert (filed["lon"], filed["lat"]) == (pytest.approx(116.87, abs=1e-8), pytest.approx(38.32, abs=1e-8))
    assert filed["raw"] == {"lon": lon, "lat": lat, "datum": "gcj02"}
    assert filed["cell"] == file(client)["cell"]


def test_a_point_on_an_edge_goes_to_the_lowest_code_and_says_so(client: TestClient, xinhua: Grid) -> None:
    first, second = next(
        (a, b)
        for i, a in enumerate(xinhua.leaves)
        for b in xinhua.leaves[i + 1 :]
        if shapely.length(shapely.intersection(a.geometry, b.geometry)) > 0
    )
    lon, lat = shapely.get_coordinates(shapely.intersection(first.geometry, second.geometry))[0]
    filed = file(client, lon=lon, lat=lat, accuracy=20)
    covering = [c.code for c in xinhua.leaves if shapely.covers(c.geometry, shapely.Point(lon, lat))]
    assert filed["cell"]["code"] == min(covering)
    assert (filed["on_edge"], filed["ambiguous"]) == (True, True)


@pytest.fixture
def between(xinhua: Grid) -> tuple[dict[str, Any], Cell]:
    """A report whose error circle lies mostly in a base grid of another community than the one it lies in; and that."""
    (lon, lat), _, likelier = next(unclear_points(xinhua))
    return {"lon": lon, "lat": lat, "accuracy": 60}, likelier


def test_the_officer_of_the_likelier_cell_carries_a_report_and_it_rises_from_there(
    client: TestClient, client_as: Callable[..., TestClient], between: tuple[dict[str, Any], Cell]
) -> None:
    point, likelier = between
    filed = file(client, **point)
    here, (street, community, code) = f"{HERE}/reports/{filed['number']}", likelier.path
    assert filed["cell"]["code"] != code
    read = client.get(here).json()
    assert (read["holder"]["level"], read["holder"]["code"]) == ("grid", code)
    assert filed["cell"]["code"] in read["events"][1]["facts"]["others"]
    assert read["candidates"][0]["code"] == code
    assert filed["cell"]["code"] in [candidate["code"] for candidate in read["candidates"][1:]]

    officer = client_as("officer", level="grid", code=code)
    assert filed["number"] in [one["number"] for one in officer.get(f"{HERE}/reports").json()["reports"]]
    queue = officer.get(f"{HERE}/desks/grid/{code}/queue").json()
    assert [one["number"] for one in queue["reports"]] == [filed["number"]]
    parties = officer.get(here).json()["parties"]
    assert {("grid", code), ("community", community), ("street", street)} <= {
        (one["level"], one["code"]) for one in parties
    }

    def move(who: TestClient, name: str, **given: Any) -> dict[str, Any]:
        answer = who.post(f"{here}/moves", json={"move": name} | given, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
        holder: dict[str, Any] = answer.json()["holder"]
        return holder

    assert move(officer, "register")["code"] == code
    assert move(officer, "escalate", reason="beyond my grid")["code"] == community
    above = client_as("community-desk", level="community", code=community)
    assert move(above, "escalate", reason="beyond my community")["code"] == street
    assert client.get(here).json()["cell"] == filed["cell"]


def test_the_clock_lets_it_rise_from_there_too(
    client: TestClient, database: str, between: tuple[dict[str, Any], Cell]
) -> None:
    point, likelier = between
    filed = file(client, **point)

    async def a_month_later() -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await sweep(connection, datetime.now(UTC) + timedelta(days=30))

    asyncio.run(a_month_later())
    holder = client.get(f"{HERE}/reports/{filed['number']}").json()["holder"]
    assert (holder["level"], holder["code"]) == ("community", likelier.path[1])


def test_a_report_is_as_old_as_clocks_are_believed_and_little_younger_than_now(client: TestClient) -> None:
    def answered(at: datetime) -> str | None:
        answer = client.post(f"{HERE}/reports", json=report(occurred_at=at.isoformat()))
        return answer.json()["errors"][0]["kind"] if answer.status_code == 422 else None

    earliest = datetime(1990, 1, 1, tzinfo=UTC)
    assert answered(earliest) is None
    assert answered(earliest - timedelta(seconds=1)) == "datetime_early"
    now = datetime.now(UTC)
    assert answered(now + timedelta(minutes=4, seconds=30)) is None
    assert answered(now + timedelta(minutes=5, seconds=30)) == "datetime_future"


def test_outside_is_refused_with_the_nearest_cell(client: TestClient, xinhua: Grid) -> None:
    answer = client.post(f"{HERE}/reports", json=report(lon=116.0, lat=38.3))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/outside-grid"
    assert xinhua.cell("grid", problem["nearest"]["code"]) is not None
    assert 50_000 < problem["nearest"]["distance_m"] < 90_000
    assert problem["nearest"]["code"] in problem["detail"]


def test_swapped_coordinates_are_named(client: TestClient) -> None:
    answer = client.post(f"{HERE}/reports", json=report(lon=38.32, lat=116.87))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["kind"]) == ("lat", "swapped")
    # In Washington both orders are possible coordinates, so the place tells.
    answer = client.post(
        "/api/v1/territories/washington/reports", json={"lon": 38.9, "lat": -77.0, "category": "S0261"}
    )
    assert answer.json()["type"] == "/problems/outside-grid"
    assert answer.json()["swapped"] is True
    assert "swapped" in answer.json()["detail"]


def test_contact_is_stored_apart_and_never_shown(client: TestClient, database: str) -> None:
    answer = client.post(f"{HERE}/reports", json=report(contact={"name": "匿名甲", "phone": "+86 138 0000 0000"}))
    number = answer.json()["number"]
    everything = answer.text + client.get(f"{HERE}/reports/{number}").text + client.get(f"{HERE}/reports").text
    assert "匿名甲" not in everything
    assert "138 0000" not in everything
    with connect(database) as connection:
        assert connection.execute("SELECT name, phone, email FROM report_contact").fetchall() == [
            ("匿名甲", "+86 138 0000 0000", None)
        ]


class TestIdempotency:
    def test_the_same_key_gives_the_same_answer(self, client: TestClient) -> None:
        first = client.post(f"{HERE}/reports", json=report(), headers={"Idempotency-Key": "k1"})
        again = client.post(f"{HERE}/reports", json=report(), headers={"Idempotency-Key": "k1"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again.headers["idempotent-replayed"] == "true"
        assert len(client.get(f"{HERE}/reports").json()["reports"]) == 1

    def test_the_same_key_with_another_body_is_refused(self, client: TestClient) -> None:
        client.post(f"{HERE}/reports", json=report(), headers={"Idempotency-Key": "k1"})
        other = client.post(f"{HERE}/reports", json=report(category="lamp"), headers={"Idempotency-Key": "k1"})
        assert other.status_code == 422
        assert other.json()["type"] == "/problems/idempotency-conflict"
        assert len(client.get(f"{HERE}/reports").json()["reports"]) == 1

    def test_a_key_holds_for_one_territory(self, client: TestClient) -> None:
        client.post(f"{HERE}/reports", json=report(), headers={"Idempotency-Key": "k1"})
        body = {"lon": -77.03, "lat": 38.9, "category": "S0261"}
        other = client.post("/api/v1/territories/washington/reports", json=body, headers={"Idempotency-Key": "k1"})
        assert other.status_code == 201

    def test_many_senders_of_one_key_make_one_report(self, client: TestClient) -> None:
        numbers: list[str] = []

        def send() -> None:
            answer = client.post(f"{HERE}/reports", json=report(), headers={"Idempotency-Key": "race"})
            numbers.append(answer.json()["number"])

        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(numbers) == 12
        assert len(set(numbers)) == 1
        assert len(client.get(f"{HERE}/reports").json()["reports"]) == 1

    def test_an_external_id_is_stored_once(self, client: TestClient) -> None:
        first = file(client, external_id="12345-7")
        assert file(client, external_id="12345-7")["number"] == first["number"]
        keyed = {"Idempotency-Key": "k9"}
        again = client.post(f"{HERE}/reports", json=report(external_id="12345-7"), headers=keyed)
        assert again.json()["number"] == first["number"]
        assert client.post(f"{HERE}/reports", json=report(external_id="12345-7"), headers=keyed).json() == again.json()
        assert len(client.get(f"{HERE}/reports").json()["reports"]) == 1

    def test_ids_belong_to_whoever_sends_them(
        self, client: TestClient, client_as: Callable[..., TestClient], xinhua: Grid
    ) -> None:
        """A hotline's report is stored though others sent the id before: anybody, another account, another city."""
        nobody = client_as("centre", "xinhua")
        del nobody.headers["Authorization"]
        squatted = nobody.post(f"{HERE}/reports", json=report(external_id="H-1"))
        assert (squatted.status_code, squatted.json()["type"]) == (401, "/problems/not-signed-in")
        elsewhere = client_as("centre", "washington").post(f"{HERE}/reports", json=report(external_id="H-1"))
        assert elsewhere.status_code == 403
        other = client_as("officer", "xinhua", "grid", xinhua.leaves[0].code)
        assert other.post(f"{HERE}/reports", json=report(external_id="H-1")).status_code == 201
        for send in (file, filed_in_batch):
            first = send(client, external_id="H-1")
            assert send(client, external_id="H-1")["number"] == first["number"]
        assert len(client.get(f"{HERE}/reports").json()["reports"]) == 2

    def test_nobody_takes_the_key_of_whoever_has_no_account(self, client_as: Callable[..., TestClient]) -> None:
        nobody = client_as("centre", "xinhua")
        del nobody.headers["Authorization"]
        keyed = {"Idempotency-Key": "1"}
        bodies = [report(description="a squatter's"), report(description="a real one")]
        numbers = [nobody.post(f"{HERE}/reports", json=body, headers=keyed).json()["number"] for body in bodies * 2]
        assert numbers[:2] == numbers[2:]
        assert numbers[0] != numbers[1]

    def test_only_who_is_known_says_how_urgent_it_is(
        self, client: TestClient, client_as: Callable[..., TestClient]
    ) -> None:
        nobody = client_as("centre", "xinhua")
        del nobody.headers["Authorization"]
        assert nobody.post(f"{HERE}/reports", json=report(urgency="urgent")).status_code == 401
        assert nobody.post(f"{HERE}/reports", json=report(urgency="normal")).status_code == 201
        assert file(client, urgency="urgent")["urgency"] == "urgent"


def filed_in_batch(client: TestClient, **changed: Any) -> dict[str, Any]:
    answer = client.post(
        f"{HERE}/reports:batch",
        content=json.dumps(report(**changed)),
        headers={"Content-Type": "application/x-ndjson"},
    )
    result: dict[str, Any] = answer.json()["results"][0]
    return result


class TestListing:
    @pytest.fixture
    def numbers(self, client: TestClient, xinhua: Grid) -> list[str]:
        """Ten reports, the newest first: one in each of ten base grids, lamps and wiring in turn."""
        filed = []
        points = shapely.get_coordinates(shapely.point_on_surface(xinhua.index.polygons[::40][:10])).tolist()
        for i, (lon, lat) in enumerate(points):
            filed.append(file(client, lon=lon, lat=lat, category=["lamp", "wiring"][i % 2])["number"])
        return filed[::-1]

    def test_pages_follow_each_other_without_gap_or_repeat(self, client: TestClient, numbers: list[str]) -> None:
        seen: list[str] = []
        url: str | None = f"{HERE}/reports?limit=3"
        while url:
            page = client.get(url).json()
            seen += [entry["number"] for entry in page["reports"]]
            url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        assert seen == numbers

    def test_a_report_that_comes_in_does_not_shift_the_next_page(self, client: TestClient, numbers: list[str]) -> None:
        page = client.get(f"{HERE}/reports?limit=4").json()
        file(client)
        rest = client.get(next(link["href"] for link in page["links"] if link["rel"] == "next")).json()
        assert [entry["number"] for entry in rest["reports"]] == numbers[4:8]

    def test_filters(self, client: TestClient, xinhua: Grid, numbers: list[str]) -> None:
        def ask(**query: Any) -> set[str]:
            answer = client.get(f"{HERE}/reports", params=query)
            assert answer.status_code == 200, answer.text
            return {entry["number"] for entry in answer.json()["reports"]}

        everything = client.get(f"{HERE}/reports").json()["reports"]
        assert ask(category="lamp") == {entry["number"] for entry in everything if entry["category"] == "lamp"}
        assert len(ask(category="lamp")) == 5
        for level in range(3):
            path = [*everything[0]["ancestors"], everything[0]["cell"]][level]
            within = {
                entry["number"]
                for entry in everything
                if path["code"] in [cell["code"] for cell in [*entry["ancestors"], entry["cell"]]]
            }
            assert ask(cell=path["code"]) == ask(cell=path["code"], level=path["level"]) == within
        refused = client.get(f"{HERE}/reports", params={"cell": "130902001", "level": "grid"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cell")
        one = everything[3]
        box = f"{one['lon'] - 1e-6},{one['lat'] - 1e-6},{one['lon'] + 1e-6},{one['lat'] + 1e-6}"
        assert ask(bbox=box) == {one["number"]}
        assert ask(state="assigned") == set(numbers)
        assert ask(state="received") == set()
        today = datetime.now(UTC).astimezone(xinhua.timezone).date()
        assert ask(**{"from": str(today), "to": str(today)}) == set(numbers)
        assert ask(to=str(today - timedelta(days=1))) == set()
        assert ask(**{"from": one["received_at"]}) == set(numbers[:4])

    @pytest.mark.parametrize("how", ["parameter", "header"])
    def test_geojson_when_asked(self, client: TestClient, numbers: list[str], how: str) -> None:
        if how == "parameter":
            answer = client.get(f"{HERE}/reports?f=geojson")
        else:
            answer = client.get(f"{HERE}/reports", headers={"Accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        collection = answer.json()
        assert [feature["id"] for feature in collection["features"]] == numbers
        assert shapely.from_geojson(answer.text).geom_type == "GeometryCollection"
        assert {"category", "cell", "number", "synthetic"} <= set(collection["features"][0]["properties"])

    def test_figures_of_a_cell_count_what_lies_in_it(self, client: TestClient, numbers: list[str]) -> None:
        everything = client.get(f"{HERE}/reports").json()["reports"]
        street = everything[0]["ancestors"][0]["code"]
        within = [entry for entry in everything if entry["ancestors"][0]["code"] == street]
        feature = client.get(f"{HERE}/cells/street/{street}").json()
        figures = feature["properties"]["figures"]
        assert figures["reports"] == len(within)
        assert {entry["category"]: entry["count"] for entry in figures["by_category"]} == {
            name: count for name in ("lamp", "wiring") if (count := [e["category"] for e in within].count(name))
        }
        assert sum(entry["count"] for entry in figures["by_month"]) == len(within)
        lamps = client.get(f"{HERE}/cells/street/{street}?category=lamp").json()["properties"]["figures"]
        assert lamps["reports"] == [e["category"] for e in within].count("lamp")


def test_a_wrong_number_is_not_found(client: TestClient) -> None:
    number = file(client)["number"]
    month, running, check = number.split("-")
    assert client.get(f"{HERE}/reports/{month}{running}{check}").json()["number"] == number
    for wrong in (f"{month}-{running}-{(int(check) + 1) % 10}", "x", "202613-000001-0", number + "9"):
        answer = client.get(f"{HERE}/reports/{wrong}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-report")
    assert client.get(f"{HERE}/reports/%00").status_code == 422
    assert client.get(f"/api/v1/territories/washington/reports/{number}").status_code == 404


def test_events_cannot_be_changed(client: TestClient, database: str) -> None:
    file(client)
    with connect(database) as connection:
        for statement in (
            "UPDATE report_event SET note = 'x'",
            "DELETE FROM report_event",
            "TRUNCATE report_event",
        ):
            with pytest.raises(Exception, match="appended, never changed"), connection.transaction():
                connection.execute(statement)
