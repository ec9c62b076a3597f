"""Open cases on the map: those that one may read, each once, by how their deadline stands; and the rest of the heat."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import token_for
from tests.reports.releasing import put_reports
from tests.tilesets.tile_math import Address, address, covering, decoded, place
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.geo.grid import Grid
from wangge.reports.release.making import make_due
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

XINHUA = (116.84, 38.24, 116.97, 38.37)
AT = (0, 1, 2, 400, 401, 402)
"""Base grids with cases, of two streets; the first has two at one place, and a closed one."""
CHANGES = (
    "overdue = true, nearly_due = true",
    "nearly_due = true",
    "state = 'parked', parked_at = now(), resumes = 'handling', alarm_at = NULL",
    "due_at = now() + interval '1 day'",
    "due_at = NULL, alarm_at = NULL",
    "overdue = true",
    "due_at = now() + interval '2 days'",
    "state = 'closed', closed_at = now(), due_at = NULL, alarm_at = NULL",
)
STANDINGS = {"overdue": 2, "nearly_due": 0, "due": 2, "undated": 2}
"""Of the points of zoom 15, where the two are one."""


class Town(NamedTuple):
    """Xinhua with open cases of every standing and a closed one, and a month that was published."""

    client: TestClient
    url: str
    grid: Grid

    def tokens(self, *grants: Grant) -> dict[str, str]:
        return {"Authorization": f"Bearer {token_for(self.url, list(grants))}"}

    def points(self, at: Address, headers: dict[str, str], **asked: str) -> list[tuple[float, float, dict[str, Any]]]:
        answer = self.client.get("/tiles/xinhua/cases/{}/{}/{}.mvt".format(*at), params=asked, headers=headers)
        assert answer.status_code in {200, 204}, answer.text
        layer = decoded(answer.content).get("cases", {"features": [], "extent": 4096})
        return [
            (*place(at, layer["extent"], *feature["geometry"]["coordinates"]), feature["properties"])
            for feature in layer["features"]
        ]

    def numbers(self, zoom: int, headers: dict[str, str], **asked: str) -> list[str]:
        """Numbers of the cases in the tiles of a zoom that hold some of the reports, in order."""
        found = []
        for at in self.around(zoom):
            for _, _, properties in self.points(at, headers, **asked):
                numbers = properties["numbers"].split(",")
                assert len(numbers) == properties["cases"]
                found += numbers
        return sorted(found)

    def around(self, zoom: int) -> list[Address]:
        """The tiles of a zoom with cases in them, and those beside each."""
        if zoom < 12:
            return covering(zoom, XINHUA)
        centres = [self.grid.leaves[n].geometry.representative_point() for n in AT]  # type: ignore[union-attr]
        tiles = {address(zoom, point.x, point.y) for point in centres}
        return sorted({(zoom, x + i, y + j) for _, x, y in tiles for i in (-1, 0, 1) for j in (-1, 0, 1)})

    def listed(self, headers: dict[str, str], **asked: str) -> list[str]:
        answer = self.client.get("/api/v1/territories/xinhua/reports", params={"open": "true"} | asked, headers=headers)
        return sorted(row["number"] for row in answer.json()["reports"])


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            grid = load_grid(connection, "xinhua")
        put_reports(url, [(grid.leaves[n], "noise", "2025-03-09T04:00:00Z") for n in AT for _ in range(30)])
        asyncio.run(_publish(url))
        with connect(url) as connection:
            connection.execute("DELETE FROM report")
        settings = Settings(database_url=url, home=tmp_path_factory.mktemp("home"), columns_s=0, sweep_s=0, release_s=0)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            town = Town(client, url, grid)
            centre = town.tokens(Grant(Role.CENTRE, "xinhua"))
            for at, n in enumerate((0, *AT, 0)):
                point = grid.leaves[n].geometry.representative_point()  # type: ignore[union-attr]
                body = {"lon": point.x, "lat": point.y, "category": ("lamp", "noise")[at % 2], "external_id": f"{at}"}
                filed = client.post("/api/v1/territories/xinhua/reports", json=body, headers=centre)
                assert filed.status_code == 201, filed.text
            with connect(url, autocommit=True) as connection:
                keys = connection.execute("SELECT id FROM report ORDER BY id").fetchall()
                for (key,), change in zip(keys, CHANGES, strict=True):
                    connection.execute(f"UPDATE report SET {change} WHERE id = %s", (key,))
            yield town


async def _publish(url: str) -> None:
    async with await connect_async(url) as connection:
        await make_due(connection, 3, "xinhua", now=datetime(2025, 8, 1, tzinfo=UTC))


@pytest.mark.parametrize("zoom", [0, 11, 14, 15])
def test_the_tiles_of_each_zoom_hold_the_open_cases_of_the_list_and_each_once(town: Town, zoom: int) -> None:
    leaf = town.grid.leaves[AT[3]]
    for grants in ([Grant(Role.CENTRE, "xinhua")], [Grant(Role.ASSISTANT, "xinhua", "grid", leaf.code)]):
        headers = town.tokens(*grants)
        listed = town.listed(headers)
        assert len(listed) == (7 if grants[0].role is Role.CENTRE else 1)
        assert town.numbers(zoom, headers) == listed
    headers = town.tokens(Grant(Role.CENTRE, "xinhua"))
    assert town.numbers(zoom, headers, category="lamp") == town.listed(headers, category="lamp") != []
    inside = {"cell": leaf.path[0], "level": "street"}
    assert town.numbers(zoom, headers, **inside) == town.listed(headers, **inside) != []
    assert town.numbers(zoom, headers, to="2020-01-01") == []


def test_close_in_each_place_is_a_point_with_the_standing_of_the_most_pressing(town: Town) -> None:
    headers = town.tokens(Grant(Role.CENTRE, "xinhua"))
    found = [point for at in set(town.around(15)) for point in town.points(at, headers)]
    by_standing = dict.fromkeys(STANDINGS, 0)
    for _, _, properties in found:
        by_standing[properties["standing"]] += 1
    assert by_standing == STANDINGS
    lon, lat, stack = max(found, key=lambda point: point[2]["cases"])
    assert (stack["cases"], stack["overdue"], stack["nearly_due"], stack["standing"]) == (2, 1, 1, "overdue")
    first = town.grid.leaves[AT[0]].geometry.representative_point()  # type: ignore[union-attr]
    assert (lon, lat) == pytest.approx((first.x, first.y), abs=1e-5)


def test_a_tile_is_kept_until_a_case_changes_and_by_its_reader_alone(town: Town) -> None:
    headers = town.tokens(Grant(Role.CENTRE, "xinhua"))
    url = "/tiles/xinhua/cases/{}/{}/{}.mvt".format(*covering(11, XINHUA)[0])
    first = town.client.get(url, headers=headers)
    assert first.headers["cache-control"] == "private, no-cache"
    held = headers | {"If-None-Match": first.headers["etag"]}
    assert town.client.get(url, headers=held).status_code == 304
    officer = town.tokens(Grant(Role.OFFICER, "xinhua", "grid", town.grid.leaves[0].code))
    assert town.client.get(url, headers=officer | {"If-None-Match": first.headers["etag"]}).status_code in {200, 204}
    for path, status in (("16/0/0", 404), ("3/8/0", 404), ("11/1/1.mvt?from=x", 422)):
        wrong = f"/tiles/xinhua/cases/{path}" + ("" if "?" in path else ".mvt")
        assert town.client.get(wrong, headers=headers).status_code == status
    document = town.client.get("/tiles/xinhua/cases.json", params={"category": "lamp"}, headers=headers).json()
    assert document["tiles"] == ["http://testserver/tiles/xinhua/cases/{z}/{x}/{y}.mvt?category=lamp"]


def test_who_answers_for_a_part_sees_the_rest_as_the_public_does(town: Town) -> None:
    own = town.grid.leaves[AT[0]]
    heads = town.tokens(Grant(Role.OFFICER, "xinhua", "grid", own.code))
    style = town.client.get("/tiles/xinhua/style.json", headers=heads).json()
    assert style["metadata"]["wangge:rest"]["period"] == "2025-03"
    assert [layer["id"] for layer in style["layers"] if layer["type"] == "heatmap"] == ["heat-rest", "heat"]
    rest = style["sources"]["heat-rest"]["tiles"][0].removeprefix("http://testserver")
    assert "rest=true" in rest

    def drawn(url: str, headers: dict[str, str]) -> dict[str, float]:
        """What is drawn of each base grid."""
        counts: dict[str, float] = {}
        for at in covering(12, XINHUA):
            tile = town.client.get(url.format(z=at[0], x=at[1], y=at[2]), headers=headers)
            layer = decoded(tile.content).get("heat", {"features": [], "extent": 4096})
            for feature in layer["features"]:
                found = town.grid.locate(*place(at, layer["extent"], *feature["geometry"]["coordinates"]))
                code = getattr(found, "cell", None) and found.cell.code  # type: ignore[union-attr]
                counts[code or ""] = counts.get(code or "", 0) + feature["properties"]["count"]
        return counts

    public = drawn("/tiles/xinhua/heat/{z}/{x}/{y}.mvt?period=2025-03", {})
    others = drawn(rest, heads)
    assert own.code in public
    assert own.code not in others
    assert others == {code: n for code, n in public.items() if code != own.code} != {}
    centre = town.tokens(Grant(Role.CENTRE, "xinhua"))
    assert "heat-rest" not in town.client.get("/tiles/xinhua/style.json", headers=centre).json()["sources"]
    assert drawn(rest, centre) == {}
    assert drawn(rest, {}) == public  # whoever sees nothing as it is, has no cells of their own
    assert set(town.client.get("/tiles/xinhua/style.json").json()["sources"]) == {"cells", "heat"}
