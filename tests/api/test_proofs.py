"""Proof of work on what is sent without an account: good for one thing sent, and never for another."""

import json
from collections.abc import Iterator
from typing import Any

import altcha
import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.api.plumbing.proofs import challenge_for, digest_of
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
COST = 3
REPORT = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}


@pytest.fixture(scope="module")
def asking(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that wants work to be proven."""
    for url in clone(cluster, furnished):
        home = tmp_path_factory.mktemp("home")
        settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0, proof_cost=COST)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            yield client


def sent(
    client: TestClient, body: dict[str, Any], key: str | None = "k-1", proof: str = "", at: str = "reports"
) -> Any:
    headers = {"Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if key else {}
    headers |= {"Proof-Of-Work": proof} if proof else {}
    return client.post(f"{HERE}/{at}", content=json.dumps(body), headers=headers)


def solved(told: dict[str, Any]) -> str:
    challenge = altcha.Challenge.from_dict(told)
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def challenge(client: TestClient, body: dict[str, Any], key: str | None = "k-1", at: str = "reports") -> dict[str, Any]:
    digest = digest_of(f"{HERE}/{at}", json.dumps(body).encode(), key)
    answer = client.get("/api/v1/challenge", params={"sent": digest})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


def refused(answer: Any) -> bool:
    return bool(answer.status_code == 403 and answer.json()["type"].endswith("/proof-wanted"))


def test_a_proof_is_good_for_what_it_was_made_for_and_replayed_makes_nothing_new(asking: TestClient) -> None:
    assert refused(sent(asking, REPORT))
    proof = solved(challenge(asking, REPORT))
    filed = sent(asking, REPORT, proof=proof)
    assert filed.status_code == 201, filed.text
    again = sent(asking, REPORT, proof=proof)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["number"] == filed.json()["number"]
    assert refused(sent(asking, REPORT | {"description": "another"}, proof=proof))
    assert refused(sent(asking, REPORT, key="k-2", proof=proof))
    assert refused(sent(asking, REPORT, key=None, proof=proof))


def test_without_a_key_one_proof_would_file_again_and_again(asking: TestClient) -> None:
    assert refused(sent(asking, REPORT, key=None, proof=solved(challenge(asking, REPORT, None))))


def test_what_is_forged_cheap_expired_or_unsolved_is_no_proof(asking: TestClient) -> None:
    digest = digest_of(f"{HERE}/reports", json.dumps(REPORT).encode(), "k-3")
    told = challenge(asking, REPORT, "k-3")
    unsolved = altcha.Payload(altcha.Challenge.from_dict(told), altcha.Solution(0, "00" * 32)).to_base64()
    cheap = json.loads(json.dumps(told))
    cheap["parameters"]["keyPrefix"] = ""
    late = json.loads(json.dumps(told))
    late["parameters"]["expiresAt"] = 1
    for proof in (
        unsolved,
        solved(cheap),
        solved(late),
        solved(challenge_for(digest, COST, b"of somebody else")),
        solved({"parameters": told["parameters"]}),
        "not base64",
        "e30=",
        "bnVsbA==",
        "WzFd",
    ):
        assert refused(sent(asking, REPORT, "k-3", proof)), proof
    for wrong in ("", "0" * 63, "Z" * 64):
        assert asking.get("/api/v1/challenge", params={"sent": wrong}).status_code == 422


def test_a_report_that_comes_as_a_feature_proves_as_much(asking: TestClient) -> None:
    at = "/ogc/xinhua/collections/reports/items"
    place = {"type": "Point", "coordinates": [REPORT["lon"], REPORT["lat"]]}
    feature = json.dumps({"type": "Feature", "geometry": place, "properties": {"category": "lamp"}})
    headers = {"Content-Type": "application/geo+json", "Idempotency-Key": "k-4"}
    assert refused(asking.post(at, content=feature, headers=headers))
    told = asking.get("/api/v1/challenge", params={"sent": digest_of(at, feature.encode(), "k-4")}).json()
    proven = headers | {"Proof-Of-Work": solved(told)}
    filed = asking.post(at, content=feature, headers=proven)
    assert filed.status_code == 201
    assert filed.headers["location"].endswith(f"{at}/{filed.json()['number']}")
    assert filed.json()["secret"]
    again = asking.post(at, content=feature, headers=proven)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["number"] == filed.json()["number"]


def test_whoever_is_known_proves_nothing_and_open311_wants_an_api_key(asking: TestClient) -> None:
    token = token_for(asking.app_state["settings"].database_url, [Grant(Role.CENTRE)])
    filed = asking.post(f"{HERE}/reports", json=REPORT, headers={"Authorization": f"Bearer {token}"})
    assert filed.status_code == 201
    form = {"service_code": "lamp", "lat": "38.3164", "long": "116.8712"}
    assert asking.post("/open311/xinhua/v2/requests.json", data=form).status_code == 403
    number, device = filed.json()["number"], {"device": "0123456789abcdef"}
    at = f"reports/{number}/supports"
    assert refused(sent(asking, device, at=at))
    proof = solved(challenge(asking, device, at=at))
    assert sent(asking, device, proof=proof, at=at).status_code == 201
    other = asking.post(f"{HERE}/reports", json=REPORT, headers={"Authorization": f"Bearer {token}"}).json()["number"]
    assert refused(sent(asking, device, proof=proof, at=f"reports/{other}/supports"))
