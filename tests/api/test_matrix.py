"""Every endpoint, asked by every role, inside and outside its area, gives the answer that matrix.toml declares."""

import math
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import token_for
from tests.pictures import picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.geo.grid import Grid
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

MATRIX: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text("utf-8"))
GROUPS = {
    "cell": (Role.OFFICER, Role.ASSISTANT, Role.COMMUNITY_DESK, Role.STREET_DESK),
    "organisation": (Role.ORGANISATION,),
    "whole": (Role.CENTRE, Role.PLANNER, Role.ADMINISTRATOR, Role.AUDITOR),
}
SIDES = ("inside", "outside")
LEVEL = {Role.COMMUNITY_DESK: "community", Role.STREET_DESK: "street"}
WORDS = "该案件只有相关人员可以看到"
PHONE = "0317-5550199"
TASK = """
INSERT INTO report_task (report_id, report_received_at, organisation_id, state, needed, dispatched_at)
SELECT id, received_at, %s, 'dispatched', true, now() FROM report WHERE description = %s
"""


@dataclass(frozen=True)
class World:
    """A running application with one case in it, and a token for each role inside and outside."""

    app: FastAPI
    client: TestClient
    places: dict[str, Any]
    tokens: dict[tuple[Role, str], str]

    def ask(self, endpoint: str, who: tuple[Role, str] | None, **at: Any) -> Any:
        method, path = endpoint.split(" ", 1)
        row = MATRIX[endpoint]
        sent = {"json": row.get("json"), "content": row.get("content")}
        headers = dict(row.get("headers", {}))
        if who:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        url = path.format_map(self.places | row_places(row) | at)
        given = {name: value for name, value in sent.items() if value is not None}
        return self.client.request(method, url, params=row.get("query"), headers=headers, **given)


@pytest.fixture(scope="module")
def world(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for url in clone(cluster, furnished):
        home = tmp_path_factory.mktemp("home")
        rates: dict[str, Any] = dict.fromkeys(("sign_in_rate", "intake_rate", "bulletin_rate", "follow_rate"), "")
        settings = Settings(database_url=url, home=home, sweep_s=0, **rates)
        app = create_app(settings)
        with TestClient(app, raise_server_exceptions=False, client=LOCAL) as client, connect(url) as connection:
            grid = load_grid(connection, "xinhua")
            places = case_in(client, url, grid)
            organisations = [organisation(url, name) for name in SIDES]
            with connect(url) as storing:
                storing.execute(TASK, (organisations[0], WORDS))
            grants = cast_of(grid, places, organisations)
            tokens = {who: token_for(url, [grant]) for who, grant in grants.items()}
            yield World(app, client, places, tokens)


def case_in(client: TestClient, url: str, grid: Grid) -> dict[str, Any]:
    """Files the case, and makes what else paths name."""
    leaf = grid.leaves[200]
    point = leaf.geometry.representative_point()  # type: ignore[union-attr]
    photo = client.post("/api/v1/territories/xinhua/photos", content=picture()).json()["id"]
    body = {"lon": point.x, "lat": point.y, "category": "wiring", "description": WORDS, "contact": {"phone": PHONE}}
    body["photos"] = [photo]
    filed = client.post("/api/v1/territories/xinhua/reports", json=body)
    assert filed.status_code == 201, filed.text
    administrator = {"Authorization": f"Bearer {token_for(url, [Grant(Role.ADMINISTRATOR)])}"}
    account = client.post(
        "/api/v1/accounts",
        json={"login": "wang", "name": "Wang", "grants": [{"role": "planner", "territory": "xinhua"}] * 2},
        headers=administrator,
    ).json()
    draft = {"label": "next", "valid_from": "2027-06-01"}
    client.post("/api/v1/territories/xinhua/drafts", json=draft, headers=administrator).raise_for_status()
    key = {"name": "k", "role": "planner", "territory": "xinhua"}
    z, scale = 14, 2**14
    return {
        "territory": "xinhua",
        "number": filed.json()["number"],
        "photo": photo,
        "draft": "next",
        "size": "small",
        "level": "grid",
        "code": leaf.code,
        "path": leaf.path,
        "edition": grid.edition_id,
        "z": z,
        "x": int((point.x + 180) / 360 * scale),
        "y": int((0.5 - math.log(math.tan(math.pi / 4 + math.radians(point.y) / 2)) / (2 * math.pi)) * scale),
        "name": Named("css/base.css"),
        "feature": Named(filed.json()["number"]),
        "account": account["id"],
        "grant": account["grants"][0]["id"],
        "key": client.post("/api/v1/keys", json=key, headers=administrator).json()["id"],
        "day": "2027-03-01",
        "desk": desk_of(url, leaf.code),
        "finding": finding_at(url, leaf.id, grid.edition_id),
        "audit": audit_of(url),
    }


AUDIT = """
WITH made AS (
    INSERT INTO audit (territory_code, as_of, actor, strata_by, level, size, seed, strata)
    VALUES ('xinhua', now(), 'test', '{}', 'street', 1, 1, '[[[], 1, 1]]') RETURNING id
)
INSERT INTO audit_case (audit_id, report_id, report_received_at, place, stratum, cell, category, organisation_ids)
SELECT made.id, report.id, report.received_at, 0, 0, '', report.category, '{}' FROM made, report RETURNING audit_id
"""


def audit_of(url: str) -> int:
    """An audit in which the case was drawn."""
    with connect(url) as connection:
        row = connection.execute(AUDIT).fetchone()
    assert row is not None
    return int(row[0])


FINDING = """
INSERT INTO finding (territory_code, edition_id, kind, against, patrols, category, first_day, last_day, found_on,
                     seen_on, centre, cells, observed, expected, p, tests, reports, reporters, unknown)
VALUES ('xinhua', %s, 'lately', 'rhythm', false, 'wiring', '2027-01-01', '2027-01-02', '2027-01-02', '2027-01-02', %s,
        ARRAY[%s], 9, 1.5, 0.0001, 18, 9, 8, 1)
RETURNING id
"""


def finding_at(url: str, cell: int, edition: int) -> int:
    with connect(url) as connection:
        row = connection.execute(FINDING, (edition, cell, cell)).fetchone()
        assert row is not None
        connection.execute("INSERT INTO finding_case SELECT %s, id, received_at FROM report", row)
    return int(row[0])


def desk_of(url: str, code: str) -> int:
    with connect(url) as connection:
        row = connection.execute(
            "SELECT id FROM desk WHERE territory_code = 'xinhua' AND level = 'grid' AND code = %s", (code,)
        ).fetchone()
    assert row is not None
    return int(row[0])


class Named(str):
    """A value for a placeholder that has a converter, such as {name:path}."""

    __slots__ = ()

    def __format__(self, converter: str) -> str:
        return str(self)


def row_places(row: dict[str, Any]) -> dict[str, Any]:
    """The places of a row, for placeholders with converters too."""
    return {name: Named(value) if isinstance(value, str) else value for name, value in row.get("places", {}).items()}


def organisation(url: str, code: str) -> int:
    with connect(url) as connection:
        connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'test', '{}')"
            " ON CONFLICT DO NOTHING"
        )
        row = connection.execute(
            "INSERT INTO organisation (territory_code, code, name, type) VALUES ('xinhua', %s, '{}', 'test')"
            " RETURNING id",
            (code,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def cast_of(grid: Grid, places: dict[str, Any], organisations: list[int]) -> dict[tuple[Role, str], Grant]:
    """What each role is given, inside and outside."""
    path = places["path"]
    other = next(leaf.path for leaf in grid.leaves if leaf.path[0] != path[0])
    keys = [level.key for level in grid.levels]
    cast: dict[tuple[Role, str], Grant] = {}
    for role in GROUPS["cell"]:
        level = LEVEL.get(role, "grid")
        for side, of in zip(SIDES, (path, other), strict=True):
            cast[role, side] = Grant(role, "xinhua", level, of[keys.index(level)])
    for side, body in zip(SIDES, organisations, strict=True):
        cast[Role.ORGANISATION, side] = Grant(Role.ORGANISATION, "xinhua", organisation=body)
    for role in GROUPS["whole"]:
        for side, territory in zip(SIDES, ("xinhua", "washington"), strict=True):
            cast[role, side] = Grant(role, territory)
    return cast


def declared(row: dict[str, Any], who: tuple[Role, str] | None) -> int:
    if "all" in row:
        return int(row["all"])
    if who is None:
        return int(row["anyone"])
    role, side = who
    group = next(name for name, roles in GROUPS.items() if role in roles)
    return int(row.get(role.value, row[group])[SIDES.index(side)])


@cache
def endpoints(app: FastAPI) -> set[str]:
    """Every method and path that the application answers; HEAD goes with GET where one function answers both."""
    found = set()
    for route in routes(app.routes):
        methods = set(route.methods)
        found |= {f"{method} {route.path}" for method in methods - ({"HEAD"} if "GET" in methods else set())}
    return found


def routes(of: Iterable[Any]) -> Iterator[Any]:
    for route in of:
        if hasattr(route, "methods"):
            yield route
        else:
            yield from routes(route.original_router.routes)


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(world: World) -> None:
    assert endpoints(world.app) - set(MATRIX) == set(), "declare who is answered what, in tests/api/matrix.toml"
    assert set(MATRIX) - endpoints(world.app) == set(), "rows without an endpoint"


@pytest.mark.parametrize("endpoint", MATRIX)
def test_everybody_gets_the_declared_answer(world: World, endpoint: str) -> None:
    row, wrong = MATRIX[endpoint], []
    # Those who are refused first: what the others change cannot help them.
    asking = sorted([None, *world.tokens], key=lambda who: (declared(row, who) < 300, str(who)))
    for who in asking:
        answer = world.ask(endpoint, who)
        inside = who is not None and who[1] == "inside"
        if answer.status_code != declared(row, who):
            wrong.append((who, answer.status_code, declared(row, who), answer.text[:300]))
        reads = inside and row.get("shows", False) and answer.status_code == 200
        if (WORDS in answer.text) != reads:
            moved = endpoint.endswith("/moves") and inside
            assert moved, f"{who} {'reads' if not reads else 'does not read'} the case: {answer.text[:300]}"
        if PHONE in answer.text:
            assert endpoint.endswith("/contact"), who
            assert inside
    assert wrong == []


def test_figures_are_exact_inside_and_what_was_published_outside(world: World) -> None:
    endpoint = "GET /api/v1/territories/{territory}/cells/{level}/{code}"
    for who in [None, *world.tokens]:
        figures = world.ask(endpoint, who).json()["properties"]["figures"]
        knows = who is not None and who[1] == "inside" and who[0] not in {Role.ASSISTANT, Role.ORGANISATION}
        assert figures["reports"] == (1 if knows else None), who
        assert figures["release"] is None, who  # nothing is over yet
        assert [entry["count"] for entry in figures["by_category"]] == ([1] if knows else []), who


def test_nobody_is_handed_the_tile_of_somebody_else(world: World) -> None:
    """The validator of a tile differs by scope, so that an answer kept for one is never confirmed for another."""
    endpoint = "GET /tiles/{territory}/heat/{z}/{x}/{y}.mvt"
    at = {"z": 12, "x": world.places["x"] >> 2, "y": world.places["y"] >> 2}
    answers = {who: world.ask(endpoint, who, **at) for who in [None, *world.tokens]}
    tags = {who: answer.headers["etag"] for who, answer in answers.items()}
    officer, other = (Role.OFFICER, "inside"), (Role.OFFICER, "outside")
    assert len({tags[None], tags[officer], tags[other], tags[Role.CENTRE, "inside"]}) == 4
    assert tags[None] == tags[Role.ORGANISATION, "outside"] == tags[Role.CENTRE, "outside"]  # the public one
    for answer in answers.values():
        assert answer.headers["cache-control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= set(answer.headers["vary"].split(", "))
