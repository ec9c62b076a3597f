"""Two servers in step under kills: what keeps them so, the server here and the one there are killed all the time.

    python -m bench.chaos.in_step [--kills 50] [--seed 1]

Reports are filed at both while `wangge open311 pull` and `push` run by turns and are killed by SIGKILL, each server
too. In the end each report that was acknowledged must stand at both once; exit code 1 otherwise.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from bench.chaos.servers import PROGRAM, Servers
from bench.chaos.webhooks import PATIENT, await_ready
from tests.conftest import BOUNDARIES, load_territory
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.client import Client, ClientError, ReportBody
from wangge.store.engine import connect
from wangge.store.migrate import upgrade
from wangge.store.postgres.cluster import Cluster

PLACE = {"lon": 116.8712, "lat": 38.3164}
DECLARATION = """
name = "there"
url = "{url}/open311/xinhua/v2"
program = "wangge"
since = 2026-01-01T00:00:00Z
[pull]
lamp = "lamp"
[push]
lamp = "lamp"
"""


def city(home: Path) -> tuple[Cluster, Servers, str]:
    """A server of Xinhua over a cluster of its own, and a token of its command centre."""
    home.mkdir(mode=0o755)
    cluster = Cluster(home)
    cluster.start()
    upgrade(cluster.url)
    with connect(cluster.url) as connection:
        load_territory(connection, BOUNDARIES / "xinhua")
    return cluster, Servers(home, 1), token_for(cluster.url, [Grant(Role.CENTRE, "xinhua")])


def load(url: str, token: str, name: str, ends: threading.Event, filed: list[str]) -> None:
    """File reports until the end; `filed` are the words of those that were acknowledged."""
    with Client(url, "xinhua", key=token, retries=PATIENT, timeout_s=20) as client:
        n = 0
        while not ends.is_set():
            n += 1
            with suppress(ClientError):
                client.create_report(ReportBody(**PLACE, category="lamp", description=f"{name} {n}"))
                filed.append(f"{name} {n}")
            time.sleep(0.2)


def turn(way: str, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    words = [*PROGRAM, "open311", way, "-t", "xinhua", "there"]
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def words_at(url: str, token: str) -> Counter[str]:
    """How often each text stands at a server."""
    with Client(url, "xinhua", key=token, retries=PATIENT) as client:
        return Counter(report.description.partition("\n")[0] for report in client.list_reports(limit=500))


def run(folder: Path, options: argparse.Namespace) -> bool:
    """Torment both, and say what became of it; whether all of it held."""
    os.environ |= {"WANGGE_COLUMNS_S": "0", "WANGGE_RELEASE_S": "0", "WANGGE_OPEN311_S": "0"}
    os.environ |= {"WANGGE_WEBHOOK_NETWORKS": "127.0.0.0/8", "WANGGE_TOKEN_MINUTES": "600"}
    (here_cluster, here, here_token), (there_cluster, there, there_token) = (
        city(folder / "here"),
        city(folder / "there"),
    )
    try:
        urls = [here.urls()[0], there.urls()[0]]
        for servers, url in zip((here, there), urls, strict=True):
            await_ready(servers, url)
        environment = here.environment | {"WANGGE_OPEN311_KEYS": f"there={there_token}"}
        declaration = folder / "there.toml"
        declaration.write_text(DECLARATION.format(url=urls[1]), "utf-8")
        subprocess.run([*PROGRAM, "open311", "add", "-t", "xinhua", str(declaration)], env=environment, check=True)
        ends, filed = threading.Event(), list[str]()
        workers = [
            threading.Thread(target=load, args=(url, token, name, ends, filed), daemon=True)
            for url, token, name in zip(urls, (here_token, there_token), ("here", "there"), strict=True)
        ]
        for worker in workers:
            worker.start()
        dice, killed, began = random.Random(options.seed), Counter[str](), time.monotonic()
        while sum(killed.values()) < options.kills:
            process, kind = (
                turn(dice.choice(["pull", "push"]), environment),
                dice.choice(["turn", "turn", "here", "there"]),
            )
            time.sleep(dice.uniform(0.8, 2.5))
            if kind == "turn":
                killed[kind] += process.poll() is None
                process.kill()
            else:
                killed[kind] += ({"here": here, "there": there}[kind]).kill_something(dice, "server") is not None
            process.wait(120)
            for servers in (here, there):
                servers.see_to()
        took = time.monotonic() - began
        ends.set()
        for worker in workers:
            worker.join(60)
        for servers, url in zip((here, there), urls, strict=True):
            await_ready(servers, url)
        for way in ("pull", "push", "pull", "push"):
            if turn(way, environment).wait(600):
                raise SystemExit(f"the last {way} failed")
        counts = [words_at(url, token) for url, token in zip(urls, (here_token, there_token), strict=True)]
    finally:
        for servers, cluster in ((here, here_cluster), (there, there_cluster)):
            servers.stop()
            cluster.stop()
    lost = sum(text not in count for text in filed for count in counts)
    doubled = sum(n > 1 for count in counts for n in count.values())
    unlike = len(set(counts[0]) ^ set(counts[1]))
    print(f"{dict(killed)} kills in {took:.0f} s, load average {os.getloadavg()[0]:.1f}")
    print(f"{len(filed):,} reports acknowledged: {lost} lost, {doubled} doubled, {unlike} at one alone")
    return not (lost or doubled or unlike)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wangge-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server's own user must get in
        whole = run(folder, options)
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
