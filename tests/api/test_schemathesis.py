"""Every answer of a running server is one that its OpenAPI description declares, and none is an internal error.

A few cases of each operation here. `make contract` asks for minutes, in all phases of Schemathesis (examples, coverage,
fuzzing, stateful): `WANGGE_CONTRACT_EXAMPLES=200` makes it draw as many cases for each operation.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import ROOT, Server, serving
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.store.postgres.cluster import Cluster

EXAMPLES = int(os.environ.get("WANGGE_CONTRACT_EXAMPLES", "0"))
FEW = 3
BUSY_S = 60.0  # other tests run beside
XINHUA = "/api/v1/territories/xinhua"


@pytest.fixture(scope="module")
def served(cluster: Cluster, furnished: str, provider: str) -> Iterator[Server]:
    """A server over a database of its own; without limits on how often, or most answers would be that."""
    unlimited = {"WANGGE_SIGN_IN_RATE": "", "WANGGE_INTAKE_RATE": ""}
    oidc = {"WANGGE_OIDC_ISSUER": provider, "WANGGE_OIDC_CLIENT_ID": "wangge", "WANGGE_OIDC_CLIENT_SECRET": "known"}
    yield from serving(cluster, furnished, WANGGE_LOG_LEVEL="error", **unlimited, **oidc)


@pytest.fixture(scope="module")
def token(served: Server) -> str:
    """Of an account that is administrator and command centre everywhere."""
    grants = [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE), Grant(Role.AUDITOR)]
    return token_for(served.database_url, grants, "contract")


@pytest.fixture(scope="module")
def own(served: Server, token: str) -> int:
    """Id of that account, which the run must not take away from itself."""
    answer = httpx2.get(f"{served.url}/api/v1/accounts", headers={"Authorization": f"Bearer {token}"}, timeout=BUSY_S)
    return next(int(account["id"]) for account in answer.json()["accounts"] if account["login"] == "contract")


@pytest.fixture(scope="module")
def known(served: Server, token: str) -> dict[str, list[Any]]:
    """Names of what there is, by the parameter that takes them: some of what is asked for is to be found."""
    with httpx2.Client(base_url=served.url, headers={"Authorization": f"Bearer {token}"}, timeout=BUSY_S) as client:
        return _furnish(client)


def _furnish(client: httpx2.Client) -> dict[str, list[Any]]:
    lons = [116.87 + i / 2000 for i in range(12)]
    numbers = []
    for lon in lons:
        body = {"lon": lon, "lat": 38.32, "category": "wiring", "contact": {"name": "Li Na"}}
        numbers.append(_made(client.post(f"{XINHUA}/reports", json=body))["number"])
    cells = [cell["id"] for cell in client.get(f"{XINHUA}/cells?geometry=false").json()["features"][:5]]
    desks = [desk["id"] for desk in client.get(f"{XINHUA}/desks").json()["desks"][:5]]
    organisation = {"code": "water", "name": {"en": "Water"}, "type": "company", "cells": []}
    _made(client.post(f"{XINHUA}/organisations", json=organisation))
    posting = {"cell": cells[0], "role": "responsible", "valid_from": "2026-01-01"}
    _made(client.post(f"{XINHUA}/officers", json={"number": "W1", "name": "Li Na", "postings": [posting]}))
    meeting = {"held_at": "2027-01-04T09:00:00Z", "place": "Hall", "topic": "Cables", "cases": numbers[:3]}
    meetings = [_made(client.post(f"{XINHUA}/meetings", json=meeting))["id"]]
    account = {"login": "li.na", "name": "Li Na", "grants": [{"role": "officer", "territory": "xinhua"}]}
    accounts = [_made(client.post("/api/v1/accounts", json=account))["id"]]
    categories = ["wiring", "lamp"]
    return {
        "path.territory": ["xinhua"],
        "path.number": numbers,
        "path.officer": ["W1"],
        "path.organisation": ["water"],
        "path.meeting": meetings,
        "path.account": accounts,
        "path.desk": desks,
        "path.code": cells,
        "path.level": ["grid"],
        "path.key": ["closed", "on_time"],
        "query.cell": cells,
        "query.level": ["grid", "community", "street"],
        "query.category": categories,
        "header.If-Match": ["*"],
        "body.lon": lons,
        "body.lat": [38.32],
        "body.category": categories,
        "body.number": numbers,
        "body.into": numbers,
        "body.organisation": ["water"],
        "body.territory": ["xinhua"],
        "body.desk": desks,
    }


def _made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


# Parts, for the processes of a test run to share.
SHORT = {"administrator": ["--phases=examples,fuzzing,stateful"], "anyone": ["--phases=examples,fuzzing"]}
WHOLE = {
    "administrator reads": ["--phases=examples,coverage,fuzzing", "--include-method=GET"],
    "administrator writes": ["--phases=examples,coverage,fuzzing", "--exclude-method=GET"],
    "administrator goes on": ["--phases=stateful"],
    "anyone": [],
}
PARTS = WHOLE if EXAMPLES else SHORT


@pytest.mark.parametrize("part", PARTS)
def test_every_answer_is_a_declared_one(
    served: Server, token: str, known: dict[str, list[Any]], own: int, tmp_path: Path, part: str
) -> None:
    config: dict[str, object] = {
        "generation.deterministic": True,
        "generation.database": "none",
        "cache.enabled": False,
        "generation.max-examples": EXAMPLES or FEW,
        "checks.positive_data_acceptance.enabled": False,  # a point outside every base grid has the right form
        "checks.negative_data_rejection.expected-statuses": ["4xx", "5xx"],
    }
    for i, (parameter, values) in enumerate(known.items()):
        config |= {f"dictionaries.known{i}.values": values, f'parameters."{parameter}".dictionary': f"known{i}"}
        config |= {f'parameters."{parameter}".probability': 0.9}
    if part != "anyone":
        config["headers.Authorization"] = f"Bearer {token}"
    file = tmp_path / "schemathesis.toml"
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in config.items()))
    program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(file)]
    asked = ["run", f"{served.url}/openapi.json", "--wait-for-schema=60", "--request-timeout=60", *PARTS[part]]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.contract_hooks", "WANGGE_CONTRACT_ACCOUNT": str(own)}
    done = subprocess.run([*program, *asked], cwd=ROOT, env=environment, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
