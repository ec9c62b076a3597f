"""Accounts and keys are administered over HTTP, by each administrator in what is theirs, and from the command line."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import terminal
from tests.terminal import Said
from wangge.access.roles import Right, Role
from wangge.store.engine import connect
from wangge.store.settings import Settings

ACCOUNTS, KEYS = "/api/v1/accounts", "/api/v1/keys"
LIST = "/api/v1/territories/xinhua/reports"
PASSWORD = "correct horse battery"
CENTRE = {"role": "centre", "territory": "xinhua"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_an_account_is_made_given_more_and_disabled(client: TestClient) -> None:
    body = {"login": "zhao", "name": "赵", "password": PASSWORD, "grants": [CENTRE]}
    made = client.post(ACCOUNTS, json=body).json()
    assert (made["has_password"], made["has_totp"], made["disabled_at"]) == (True, False, None)
    assert client.post(ACCOUNTS, json=body).json()["type"] == "/problems/login-taken"
    token = client.post("/api/v1/tokens", json={"login": "zhao", "password": PASSWORD}, headers={"Authorization": ""})
    assert client.get(LIST, headers=bearer(token.json()["access_token"])).status_code == 200

    here = f"{ACCOUNTS}/{made['id']}"
    desk = {"role": "street-desk", "territory": "xinhua", "level": "street", "code": "130902001"}
    more = client.post(f"{here}/grants", json=desk | {"valid_to": "2030-01-01T00:00:00Z"}).json()
    assert [grant["role"] for grant in more["grants"]] == ["centre", "street-desk"]
    assert client.delete(f"{here}/grants/{made['grants'][0]['id']}").status_code == 204
    assert client.delete(f"{here}/grants/{made['grants'][0]['id']}").status_code == 404
    assert [grant["role"] for grant in client.get(here).json()["grants"]] == ["street-desk"]
    assert client.patch(here, json={"disabled": True}).json()["disabled_at"] is not None
    assert client.get(LIST, headers=bearer(token.json()["access_token"])).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"password": "short"}, "weak-password"),
        ({"login": "Big Name"}, "bad-field"),
        ({"grants": [{"role": "resident"}]}, "bad-field"),
        ({"grants": [CENTRE | {"valid_to": "2020-01-01T00:00:00Z"}]}, "bad-field"),
        ({"grants": [{"role": "centre", "territory": "atlantis"}]}, "unknown-place"),
        ({"grants": [CENTRE | {"level": "street", "code": "nowhere"}]}, "unknown-place"),
        ({"grants": [CENTRE | {"level": "street"}]}, "unknown-place"),
        ({"grants": [{"role": "organisation", "territory": "xinhua"}]}, "unknown-place"),
        ({"grants": [{"role": "organisation", "territory": "xinhua", "organisation": 77}]}, "unknown-place"),
        ({"officer": 77}, "unknown-place"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_stored(
    reader: TestClient, read_settings: Settings, wrong: dict[str, Any], kind: str
) -> None:
    answer = reader.post(ACCOUNTS, json={"login": "qian", "name": "钱"} | wrong)
    assert answer.json()["type"] == f"/problems/{kind}", answer.text
    assert PASSWORD not in answer.text
    with connect(str(read_settings.database_url)) as connection:
        assert connection.execute("SELECT FROM account WHERE login = 'qian'").fetchone() is None


def test_an_administrator_of_one_territory_governs_no_other(
    client: TestClient, client_as: Callable[..., TestClient]
) -> None:
    there = client_as(Role.ADMINISTRATOR, "washington")
    both = client.post(ACCOUNTS, json={"login": "both", "name": "B", "grants": [CENTRE, CENTRE | {"territory": None}]})
    mine = there.post(
        ACCOUNTS, json={"login": "mine", "name": "M", "grants": [{"role": "planner", "territory": "washington"}]}
    ).json()
    assert {account["login"] for account in there.get(ACCOUNTS).json()["accounts"]} >= {"mine"}
    assert "both" not in {account["login"] for account in there.get(ACCOUNTS).json()["accounts"]}
    for grant in (CENTRE, {"role": "administrator"}):
        assert there.post(f"{ACCOUNTS}/{mine['id']}/grants", json=grant).status_code == 403
        assert there.post(ACCOUNTS, json={"login": "x", "name": "X", "grants": [grant]}).status_code == 403
        assert there.post(KEYS, json={"name": "k", **grant}).status_code == 403
    assert there.patch(f"{ACCOUNTS}/{both.json()['id']}", json={"password": PASSWORD}).status_code == 403
    # One grant beyond is enough: with the password comes all that the account may do.
    assert client.post(f"{ACCOUNTS}/{mine['id']}/grants", json=CENTRE).status_code == 201
    assert there.get(f"{ACCOUNTS}/{mine['id']}").status_code == 200
    assert there.patch(f"{ACCOUNTS}/{mine['id']}", json={"password": PASSWORD}).status_code == 403


def officer_of(database: str, territory: str) -> int:
    """The id of an officer of a roster who has no base grid yet."""
    with connect(database) as connection:
        row = connection.execute(
            "INSERT INTO officer (territory_code, number, name) VALUES (%s, '1', '甲') RETURNING id", (territory,)
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_an_officer_s_posts_count_as_what_the_account_was_given(
    client: TestClient, client_as: Callable[..., TestClient], database: str
) -> None:
    there = client_as(Role.ADMINISTRATOR, "washington")
    officer = officer_of(database, "xinhua")
    planner = {"grants": [{"role": "planner", "territory": "washington"}]}
    for body in ({"officer": officer}, {"officer": officer} | planner, {"officer": officer + 1} | planner):
        assert there.post(ACCOUNTS, json={"login": "spy", "name": "S", "password": PASSWORD} | body).status_code == 403
    mine = there.post(ACCOUNTS, json={"login": "mine", "name": "M"} | planner).json()
    assert there.patch(f"{ACCOUNTS}/{mine['id']}", json={"officer": officer}).status_code == 403
    assert there.patch(f"{ACCOUNTS}/{mine['id']}", json={"officer": officer + 1}).status_code == 403
    # An account that has nothing but an officer is that city's, its password too.
    linked = client.post(ACCOUNTS, json={"login": "linked", "name": "L", "officer": officer}).json()
    cell = client_as(Role.ADMINISTRATOR, "xinhua", "street", "130902001")
    for other in (there, cell):
        here = f"{ACCOUNTS}/{linked['id']}"
        assert other.get(here).status_code == 403
        assert other.patch(here, json={"password": PASSWORD}).status_code == 403
        assert other.post(f"{here}/grants", json=planner["grants"][0]).status_code == 403
        assert "linked" not in other.get(ACCOUNTS).text
    own = client_as(Role.ADMINISTRATOR, "xinhua")
    assert own.patch(f"{ACCOUNTS}/{linked['id']}", json={"password": PASSWORD}).status_code == 200
    assert own.post(ACCOUNTS, json={"login": "second", "name": "2", "officer": officer}).status_code == 201


def test_an_account_that_has_nothing_is_no_city_s_and_one_that_had_something_stays_that_city_s(
    client: TestClient, client_as: Callable[..., TestClient]
) -> None:
    there, own = client_as(Role.ADMINISTRATOR, "washington"), client_as(Role.ADMINISTRATOR, "xinhua")
    bare = client.post(ACCOUNTS, json={"login": "bare", "name": "B"}).json()
    assert there.post(ACCOUNTS, json={"login": "none", "name": "N"}).status_code == 403
    former = own.post(ACCOUNTS, json={"login": "former", "name": "F", "grants": [CENTRE]}).json()
    grant = former["grants"][0]["id"]
    assert own.delete(f"{ACCOUNTS}/{former['id']}/grants/{grant}").status_code == 204
    for account, others in ((bare, (there, own)), (former, (there,))):
        for other in others:
            assert other.patch(f"{ACCOUNTS}/{account['id']}", json={"password": PASSWORD}).status_code == 403
            assert account["login"] not in other.get(ACCOUNTS).text
    assert own.post(f"{ACCOUNTS}/{former['id']}/grants", json=CENTRE).status_code == 201


def test_a_key_does_what_it_was_made_for_until_it_is_revoked(client: TestClient, anonymous: TestClient) -> None:
    body = {"name": "hotline", "rights": ["read"], **CENTRE}
    answer = client.post(KEYS, json=body)
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert made["key"].startswith("wgk_")
    assert made["key"] not in client.get(KEYS).text
    assert anonymous.get(LIST, headers=bearer(made["key"])).status_code == 200
    ndjson = bearer(made["key"]) | {"Content-Type": "application/x-ndjson"}
    assert anonymous.post(f"{LIST}:batch", content="{}", headers=ndjson).status_code == 403
    note, here = {"move": "note", "note": "n"}, f"{LIST}/202611-000001-6/moves"
    assert anonymous.post(here, json=note, headers=bearer(made["key"]) | {"If-Match": "*"}).status_code == 403
    beyond = client.post(KEYS, json=body | {"rights": ["edit-accounts"]})
    assert beyond.json()["type"] == "/problems/rights-beyond-role"
    assert client.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert anonymous.get(LIST, headers=bearer(made["key"])).status_code == 401
    assert client.delete(f"{KEYS}/{made['id']}").status_code == 404


def wangge(database: str, *arguments: str, given: str = "") -> Said:
    return terminal.wangge(*arguments, given=given, WANGGE_DATABASE_URL=database, WANGGE_LANG="en")


def test_the_first_administrator_is_made_on_the_server(database: str, anonymous: TestClient) -> None:
    short = wangge(database, "user", "add", "admin", given="short\n")
    assert short.exit_code == 1
    assert "10 to 1000" in short.stderr
    assert wangge(database, "user", "add", "admin", given=f"{PASSWORD}\n").exit_code == 0
    assert wangge(database, "user", "add", "li.na", "--no-password").exit_code == 0
    given = wangge(
        database, "user", "grant", "li.na", "--role", "street-desk", "-t", "xinhua", "--cell", "street:130902001"
    )
    assert given.exit_code == 0, given.stderr
    wrong = wangge(database, "user", "grant", "li.na", "--role", "officer", "-t", "xinhua", "--cell", "grid:nowhere")
    assert (wrong.exit_code, "no grid nowhere" in wrong.stderr) == (1, True)
    listed = wangge(database, "user", "list").stdout
    assert "administrator  every territory" in listed
    assert "street-desk  xinhua street:130902001" in listed  # the second account is given nothing by itself
    assert "(no password)" in listed

    signed = anonymous.post("/api/v1/sessions", json={"login": "admin", "password": PASSWORD})
    assert signed.status_code == 201
    secret, uri = wangge(database, "user", "totp", "admin").stdout.split()
    assert f"secret={secret}" in uri
    again = anonymous.post("/api/v1/tokens", json={"login": "admin", "password": PASSWORD})
    assert again.json()["type"] == "/problems/wrong-login"
    assert wangge(database, "user", "disable", "admin").exit_code == 0
    assert anonymous.get(LIST).status_code == 401
    assert wangge(database, "user", "disable", "nobody").exit_code == 1

    key = wangge(database, "key", "add", "hotline", "--role", "centre", "-t", "xinhua", "--right", Right.READ.value)
    assert anonymous.get(LIST, headers=bearer(key.stdout.strip())).status_code == 200
    number = wangge(database, "key", "list").stdout.split()[0]
    assert wangge(database, "key", "revoke", number).exit_code == 0
    assert anonymous.get(LIST, headers=bearer(key.stdout.strip())).status_code == 401
    assert "Erased: 0 contacts" in wangge(database, "contacts", "erase").stderr
