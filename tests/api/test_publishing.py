"""A city is published for as long as it takes, and nobody waits for it: neither other cities nor its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fastapi.testclient import TestClient

from tests.conftest import BOUNDARIES, LOCAL
from wangge.api.app import create_app
from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.store.engine import connect
from wangge.store.grids.editions import import_edition
from wangge.store.settings import Settings

CITIES = {"xinhua": (116.8712, 38.3164), "washington": (-77.0365, 38.8977)}
AT_ONCE_S = 3


@contextmanager
def publishing(database: str, territory: str, label: str) -> Iterator[None]:
    """Within it, an edition is stored and made the current one, with its desks, in a transaction that stays open."""
    drawn = read_boundaries(BOUNDARIES / territory)
    drawn = replace(drawn, manifest=replace(drawn.manifest, edition=label))
    with connect(database) as connection:
        import_edition(connection, drawn)
        publish(connection, territory, label)
        yield


def ask_everything(client: TestClient, city: str) -> None:
    here, (lon, lat) = f"/api/v1/territories/{city}", CITIES[city]
    category = client.get(f"{here}/categories").json()["categories"][0]["code"]
    body = {"lon": lon, "lat": lat, "category": category}
    for answer in (
        client.get(f"{here}/locate?lon={lon}&lat={lat}"),
        client.post(f"{here}/locate", json={"points": [[lon, lat]]}),
        client.post(f"{here}/reports", json=body),
        client.get(f"{here}/cells?limit=1"),
        client.get(f"/tiles/{city}/style.json"),
    ):
        assert answer.status_code in {200, 201}, (city, answer.request.url, answer.text)


def test_a_city_that_is_being_published_holds_no_other_up(
    client: TestClient, database: str, settings: Settings
) -> None:
    with publishing(database, "washington", "2031"):
        begun = time.monotonic()
        for city in CITIES:
            ask_everything(client, city)
        assert time.monotonic() - begun < AT_ONCE_S * len(CITIES)
        with TestClient(create_app(settings), client=LOCAL) as another:  # a server that starts meanwhile
            assert another.get("/readyz").status_code == 200
            assert another.get("/api/v1/territories/washington").json()["edition"] == "2013"
    until = time.monotonic() + 20
    while client.get("/api/v1/territories/washington").json()["edition"] != "2031":
        assert time.monotonic() < until
        time.sleep(0.05)
    ask_everything(client, "washington")
