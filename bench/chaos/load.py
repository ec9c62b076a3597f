"""Clients that file, batch, move and import, and write down what they were told was done."""

import asyncio
import csv
import random
import subprocess
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson

from bench.chaos.servers import PROGRAM, Servers

__all__ = ["Load"]

REPORTS = "/api/v1/territories/xinhua/reports"
BATCH = 40
IMPORTED = 400
TIMEOUT_S = 20.0
FAILED = (httpx2.TransportError, httpx2.RemoteProtocolError, httpx2.TimeoutException)

Acknowledged = dict[str, str]


@dataclass
class Load:
    """What clients do until they are told to end, and what was acknowledged to them.

    Attributes
    ----------
    points : lon and lat inside the territory.
    tokens : of people who may do everything; who verifies must not be who handled.
    reports : the number that was acknowledged, by the description that was sent.
    moves : (number, version, move) that were acknowledged.
    given_up : descriptions of reports whose sender went away without an answer.
    """

    servers: Servers
    points: list[tuple[float, float]]
    tokens: list[str]
    folder: Path
    seed: int
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    reports: Acknowledged = field(default_factory=dict)
    moves: set[tuple[str, int, str]] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)

    async def run(self, posters: int = 4, movers: int = 4) -> None:
        """All clients, until the end; what is begun then is brought to its end."""
        kinds = [self._post] * posters + [self._move] * movers + [self._batch, self._import]
        dice = [random.Random(self.seed * 1000 + n) for n in range(len(kinds))]
        async with httpx2.AsyncClient(timeout=TIMEOUT_S) as client:
            await asyncio.gather(*(self._again(kind, client, one) for kind, one in zip(kinds, dice, strict=True)))

    def done(self) -> int:
        """How much was acknowledged so far."""
        return len(self.reports) + len(self.moves)

    async def _again(self, kind: Any, client: httpx2.AsyncClient, dice: random.Random) -> None:
        while not self.ends.is_set():
            await kind(client, dice)

    async def _ask(
        self, client: httpx2.AsyncClient, dice: random.Random, method: str, path: str, token: str, **given: Any
    ) -> httpx2.Response | None:
        """One request to one of the servers; None where it was not answered."""
        headers = {"Authorization": f"Bearer {token}"} | given.pop("headers", {})
        try:
            answer = await client.request(method, dice.choice(self.servers.urls()) + path, headers=headers, **given)
        except FAILED as error:
            self.answers[type(error).__name__] += 1
            await asyncio.sleep(0.2)
            return None
        self.answers[str(answer.status_code)] += 1
        if answer.status_code >= 500:
            await asyncio.sleep(0.2)
        return answer

    def _report(self, dice: random.Random) -> dict[str, Any]:
        lon, lat = dice.choice(self.points)
        return {"lon": lon, "lat": lat, "category": "lamp", "description": uuid4().hex}

    async def _post(self, client: httpx2.AsyncClient, dice: random.Random) -> None:
        """A report, sent again under its key until it is acknowledged; some senders go away after a failure."""
        body, patient = self._report(dice), dice.random() < 0.9
        headers = {"Idempotency-Key": body["description"]}
        while True:
            answer = await self._ask(client, dice, "POST", REPORTS, self.tokens[0], json=body, headers=headers)
            if answer is not None and answer.status_code == 201:
                self.reports[body["description"]] = answer.json()["number"]
                return
            assert answer is None or answer.status_code in (500, 503), answer.text
            if not patient:
                self.given_up.add(body["description"])
                return

    async def _batch(self, client: httpx2.AsyncClient, dice: random.Random) -> None:
        records = [self._report(dice) for _ in range(BATCH)]
        content = b"\n".join(orjson.dumps(one | {"external_id": f"batch {one['description']}"}) for one in records)
        headers = {"Content-Type": "application/x-ndjson"}
        while True:
            answer = await self._ask(
                client, dice, "POST", f"{REPORTS}:batch", self.tokens[0], content=content, headers=headers
            )
            if answer is not None and answer.status_code == 200:
                for one, result in zip(records, answer.json()["results"], strict=True):
                    assert result["status"] in (200, 201), result
                    self.reports[one["description"]] = result["number"]
                return
            assert answer is None or answer.status_code in (500, 503), answer.text

    async def _move(self, client: httpx2.AsyncClient, dice: random.Random) -> None:
        """One open move of some case, made once: an answer that did not come is not asked for again."""
        numbers = [number for number in list(self.reports.values())[-2000:] if number]
        if not numbers:
            await asyncio.sleep(0.2)
            return
        number, token = dice.choice(numbers), dice.choice(self.tokens)
        case = await self._ask(client, dice, "GET", f"{REPORTS}/{number}", token)
        if case is None or case.status_code != 200:
            return
        made = [body for move in case.json()["moves"] if (body := self._filled(move, case.json(), dice)) is not None]
        if not made:
            return
        body, headers = dice.choice(made), {"If-Match": case.headers["etag"]}
        path = f"{REPORTS}/{number}/moves"
        answer = await self._ask(client, dice, "POST", path, token, json=body, headers=headers)
        if answer is not None and answer.status_code == 200:
            self.moves.add((number, answer.json()["version"], body["move"]))

    def _filled(self, move: dict[str, Any], case: dict[str, Any], dice: random.Random) -> dict[str, Any] | None:
        """A move with what it needs; None for one that needs what is not at hand, or that ends a case too soon."""
        if move["move"] in ("void", "refuse", "withdraw") and dice.random() < 0.9:
            return None
        until = (datetime.now(UTC) + timedelta(days=dice.randint(5, 40))).isoformat()
        parties = [{name: one[name]} for one in case["parties"][:3] for name in ("organisation", "desk") if one[name]]
        given = {"text": "because", "texts": ["photo"], "flag": True, "time": until, "parties": parties[:1]}
        given["task"] = dice.choice(move["tasks"]) if move["tasks"] else None
        body: dict[str, Any] = {"move": move["move"]}
        for need in move["needs"]:
            if given.get(need["kind"]):
                body[need["name"]] = given[need["kind"]]
            elif need["required"]:
                return None
        return body

    async def _import(self, _: httpx2.AsyncClient, dice: random.Random) -> None:
        """A file, imported again until the command says that all of it is there."""
        records = [self._report(dice) for _ in range(IMPORTED)]
        path = self.folder / f"{uuid4().hex}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [*records[0], "external_id"])
            writer.writeheader()
            writer.writerows(one | {"external_id": f"file {one['description']}"} for one in records)
        command = [*PROGRAM, "reports", "import", str(path), "-t", "xinhua", "--batch-size", "100"]
        code = None
        while code != 0:
            process = subprocess.Popen(
                command, env=self.servers.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            self.servers.importing = process
            said = (await asyncio.to_thread(process.communicate))[1]
            code = process.returncode
            self.answers[f"import {code}"] += 1
            assert code in (0, 1, -9), said.decode()
        for one in records:
            self.reports[one["description"]] = ""  # its number was not told
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ends.wait(), 5)
