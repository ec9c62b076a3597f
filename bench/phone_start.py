"""How soon the phone's first screen is there from what the phone keeps, without a network: goal 1 s.

    python -m bench.phone_start [--runs 7] [--cases 60]

An officer's phone in Chromium (390 × 844) keeps the program and so many cases; then the network is cut, and the program
opened again and again. Time counts from the navigation to the frame in which the list of cases is on the screen.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx2
from playwright.sync_api import BrowserContext, sync_playwright

from bench.cluster import own_cluster
from tests.conftest import await_ready, free_port, load_territory
from tests.people import session_for, token_for
from tests.web.page import CHROMIUM, FLAGS, LAT, LON
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.plumbing.cookies import COOKIE
from wangge.store.engine import connect
from wangge.store.migrate import upgrade

ROOT = Path(__file__).parent.parent
BOUNDARIES = ROOT / "data" / "boundaries" / "xinhua"
READY = "() => navigator.serviceWorker.ready.then(() => true)"
PAINTED = """() => new Promise(done => {
    const look = () => document.querySelector('.rows .row')
        ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
    look();
})"""
GOAL_S = 1.0


def filed(url: str, database: str, cases: int) -> str:
    """File cases in one base grid; its code."""
    signed_in = {"Authorization": f"Bearer {token_for(database, [Grant(Role.CENTRE)])}"}
    with httpx2.Client(base_url=f"{url}/api/v1/territories/xinhua", headers=signed_in, timeout=60) as client:
        for n in range(cases):
            body = {"lon": LON, "lat": LAT, "category": "lamp", "description": f"路灯 {n}"}
            assert client.post("/reports", json=body).status_code == 201
        return str(client.get("/locate", params={"lon": LON, "lat": LAT}).json()["cell"]["code"])


def starts(context: BrowserContext, url: str, runs: int) -> list[float]:
    """Seconds of each start without a network."""
    page = context.pages[0]
    page.goto(f"{url}/work")
    page.evaluate(READY)
    page.wait_for_selector(".rows .row")
    page.wait_for_timeout(8000)  # what is kept is written
    context.set_offline(True)
    found = []
    for _ in range(runs):
        page.goto("about:blank")
        page.goto(f"{url}/work", wait_until="commit")
        found.append(page.evaluate(PAINTED) / 1000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--cases", type=int, default=60)
    options = parser.parse_args()
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        upgrade(cluster.url)
        with connect(cluster.url) as connection:
            load_territory(connection, BOUNDARIES)
        port = free_port()
        settings = {"WANGGE_DATABASE_URL": cluster.url, "WANGGE_PORT": str(port), "WANGGE_LOG_LEVEL": "error"}
        command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"]
        server = subprocess.Popen(command, env=os.environ | settings, cwd=ROOT, stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            await_ready(url, server)
            grid = filed(url, cluster.url, options.cases)
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=CHROMIUM, args=FLAGS, viewport={"width": 390, "height": 844}, locale="zh-CN"
            )
            secret = session_for(cluster.url, [Grant(Role.OFFICER, "xinhua", "grid", grid)])
            context.add_cookies([{"name": COOKIE, "value": secret, "url": url, "expires": 4e9}])
            found = starts(context, url, options.runs)
            context.close()
        finally:
            server.terminate()
            server.wait()
    print(
        f"{options.cases} cases kept: {statistics.median(found):.2f} s (least {min(found):.2f}, most {max(found):.2f})"
    )
    print(f"goal {GOAL_S:.0f} s; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
