"""Lists that somebody keeps under a name: their own wherever they sign in, nobody else's, and not without end."""

from fastapi.testclient import TestClient

from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.savedlists import MOST

URL = "/api/v1/territories/xinhua/saved-lists"


def test_lists_are_kept_renewed_and_forgotten_by_whoever_they_are_of(client: TestClient, database: str) -> None:
    noise = client.post(URL, json={"name": " Noise ", "query": "open=true&category=noise"}).json()
    assert (noise["name"], noise["query"]) == ("Noise", "open=true&category=noise")
    client.post(URL, json={"name": "All", "query": ""})
    again = client.post(URL, json={"name": "Noise", "query": "category=noise"})
    assert (again.status_code, again.json()["id"]) == (201, noise["id"])
    kept = [(one["name"], one["query"]) for one in client.get(URL).json()["lists"]]
    assert kept == [("All", ""), ("Noise", "category=noise")]

    other = {"Authorization": f"Bearer {token_for(database, [Grant(Role.CENTRE, 'xinhua')])}"}
    assert client.get(URL, headers=other).json() == {"lists": []}
    assert client.delete(f"{URL}/{noise['id']}", headers=other).status_code == 404
    assert client.delete(f"{URL}/{noise['id']}").status_code == 204
    assert client.delete(f"{URL}/{noise['id']}").json()["type"] == "/problems/unknown-list"

    for body in ({"name": "", "query": ""}, {"name": "x" * 61, "query": ""}, {"name": "x", "query": "q" * 2001}, {}):
        assert client.post(URL, json=body).status_code == 422
    for i in range(MOST):
        assert client.post(URL, json={"name": f"list {i}", "query": ""}, headers=other).status_code == 201
    refused = client.post(URL, json={"name": "too many", "query": ""}, headers=other)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-lists")
    assert client.post(URL, json={"name": "list 0", "query": "open=true"}, headers=other).status_code == 201


def test_a_program_has_none(client: TestClient) -> None:
    body = {"name": "hotline", "role": "centre", "territory": "xinhua"}
    key = client.post("/api/v1/keys", json=body).json()["key"]
    assert client.get(URL, headers={"Authorization": f"Bearer {key}"}).status_code == 403
