"""How long lists of work take at a million cases: in both orders, filtered, counted, searched; and the page of a case.

    python -m bench.list_rate [--cases 1000000] [--rounds 100] [--home DIR]

One server process over one embedded PostGIS (both on this machine), asked over one connection of HTTP, as the command
centre, a street's desk, an officer and an organisation. What is asked for differs from time to time, so that no answer
is had twice. The goal is 50 ms at the 99th percentile. A home folder keeps the database, which takes minutes to fill.
"""

import argparse
import asyncio
import http.client
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import orjson
import uvicorn

from bench.cluster import own_cluster
from bench.million import CITY, PLACES, SUBJECTS, fill
from wangge.access.accounts import create_account, give
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.tokens import Lifetimes, new_tokens
from wangge.api.app import create_app
from wangge.api.plumbing.observe import configure_logging
from wangge.geo.grid import Grid
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.settings import Settings

PORT = 8943
GOAL_MS = 50.0
LONG = timedelta(days=1)
HERE = f"/api/v1/territories/{CITY}/reports"
Draw = Callable[[random.Random], str]


def serve(url: str, home: Path) -> None:
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - lines are made and written, as in production
    settings = Settings(database_url=url, home=home, log_format="json", contact_rate="", sweep_s=0, release_s=0)
    configure_logging(settings)
    uvicorn.run(create_app(settings), port=PORT, log_config=None, access_log=False)


def asked(**given: str) -> Draw:
    return lambda _: f"?{urlencode({'limit': '50'} | given)}"


def word(dice: random.Random) -> str:
    return dice.choice(SUBJECTS)[: dice.randint(2, 4)]


def questions(url: str, grid: Grid) -> Mapping[str, Draw]:
    """What is asked, by what it is called: the query of a list, or the rest of an address."""
    with connect(url) as connection:
        rows = connection.execute(
            "SELECT case_digits(received_at, id) FROM report TABLESAMPLE system (0.2) LIMIT 500"
        ).fetchall()
    numbers = [number for (number,) in rows]
    streets = sorted({leaf.path[0] for leaf in grid.leaves})

    def found(**given: str) -> str:
        return f"?{urlencode({'limit': '50'} | given)}"

    return {
        "newest": asked(),
        "by deadline": asked(sort="due"),
        "open, by deadline": asked(sort="due", open="true"),
        "open, newest": asked(open="true"),
        "overdue, by deadline": asked(sort="due", overdue="true"),
        "overdue, newest": asked(overdue="true"),
        "nearly due": asked(sort="due", nearly_due="true"),
        "parked": asked(parked="true"),
        "returned": asked(returned="true", sort="due"),
        "mine, by deadline": asked(mine="true", open="true", sort="due"),
        "mine, newest": asked(mine="true"),
        "closed in a week": lambda _: f"?{urlencode({'limit': '50', 'closed_since': week_ago()})}",
        "state and category": lambda dice: f"?limit=50&state=closed&category={dice.choice(['lamp', 'wiring'])}",
        "refused": asked(state="refused"),
        "street, by deadline": lambda dice: f"?limit=50&sort=due&open=true&level=street&cell={dice.choice(streets)}",
        "summary of open": lambda _: "/summary?open=true",
        "summary of mine": lambda _: "/summary?open=true&mine=true",
        "summary of all": lambda _: "/summary",
        "word": lambda dice: found(q=word(dice)),
        "word, by deadline": lambda dice: found(q=word(dice), sort="due", open="true"),
        "two words": lambda dice: found(q=f"{dice.choice(PLACES)} {word(dice)}"),
        "rare words": lambda dice: found(q=f"{dice.choice(PLACES)}小区{dice.randint(1, 60)}号楼"),
        "word that nobody said": lambda dice: found(q=f"犀牛{dice.randint(1, 999)}"),
        "name of a place": lambda dice: found(q=dice.choice(grid.leaves).name),
        "number": lambda dice: found(q=dice.choice(numbers)),
        "part of a number": lambda dice: found(q=dice.choice(numbers)[6:-1]),
        "telephone number": lambda dice: found(q=f"138{dice.randint(0, 10**8):08d}"),
        "summary of a word": lambda dice: f"/summary?{urlencode({'q': word(dice), 'open': 'true'})}",
        "page of a case": lambda dice: f"/{dice.choice(numbers)}",
    }


def week_ago() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - 7 * 86400))


async def token(url: str, grant: Grant) -> str:
    async with await connect_async(url) as connection:
        account = await create_account(connection, f"bench{time.time_ns()}", "Bench", "bench")
        await give(connection, account, grant, by="bench")
        return (await new_tokens(connection, account, Lifetimes(LONG, LONG))).access


def people(url: str, grid: Grid) -> dict[str, str]:
    """Tokens by who they are of."""
    leaf = grid.leaves[17]
    with connect(url) as connection:
        row = connection.execute("SELECT min(id) + 3 FROM organisation").fetchone()
    assert row is not None
    grants = {
        "centre": Grant(Role.CENTRE, CITY),
        "street": Grant(Role.STREET_DESK, CITY, "street", leaf.path[0]),
        "officer": Grant(Role.OFFICER, CITY, "grid", leaf.code),
        "organisation": Grant(Role.ORGANISATION, CITY, organisation=row[0]),
    }
    return {who: asyncio.run(token(url, grant)) for who, grant in grants.items()}


def measure(secret: str, draw: Draw, rounds: int, expected: tuple[int, ...] = (200, 404)) -> list[float]:
    """Milliseconds of each answer, in order of size; the first few warm up."""
    connection, dice, took = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120), random.Random(7), []
    for n in range(rounds + 5):
        path = HERE + draw(dice)
        sent = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {secret}", "Accept-Language": "zh"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in expected:
            raise RuntimeError(f"{path}: {body[:300]!r}")
        if n >= 5:
            took.append(1000 * (time.perf_counter() - sent))
        if answer.status == 200:
            orjson.loads(body)
    connection.close()
    return sorted(took)


def run(url: str, home: Path, options: argparse.Namespace) -> None:
    with connect(url) as connection:
        grid = load_grid(connection, CITY)
    secrets, asking = people(url, grid), questions(url, grid)
    server = multiprocessing.Process(target=serve, args=(url, home), daemon=True)
    server.start()
    for _ in range(120):
        try:
            measure(secrets["centre"], asked(), 1)
        except (OSError, http.client.HTTPException, RuntimeError):
            time.sleep(0.5)
        else:
            break
    missed = 0
    print(f"{'':24}" + "".join(f"{who:>22}" for who in secrets) + "   (median, 99th percentile, ms)")
    for name, draw in asking.items():
        if options.only and options.only not in name:
            continue
        cells = []
        for secret in secrets.values():
            took = measure(secret, draw, options.rounds)
            late = took[min(len(took) - 1, round(0.99 * len(took)))]
            missed += late > GOAL_MS
            cells.append(f"{statistics.median(took):12.1f} {late:8.1f}{'*' if late > GOAL_MS else ' '}")
        print(f"{name:24}" + "".join(cells), flush=True)
    print(f"* over {GOAL_MS:.0f} ms: {missed}   load {os.getloadavg()[0]:.1f}")
    server.terminate()
    server.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", default="", help="questions with this in their name")
    parser.add_argument("--home", type=Path, help="keep the database there, and find it filled the next time")
    options = parser.parse_args()
    with own_cluster(options.home) as cluster:
        fill(cluster.url, options.cases)
        run(cluster.url, cluster.home, options)


if __name__ == "__main__":
    main()
