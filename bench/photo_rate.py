"""Photos: how many a server takes in a second, what its workers weigh, and that mutated files never fail it.

    python -m bench.photo_rate [--photos 40] [--mutants 10000]

A server process over Xinhua with its two workers; photos of 12 megapixels as phones send them come over eight
connections. Then files that were changed at random: how many were taken, how many refused, and no answer is a 500.
"""

import argparse
import asyncio
import io
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

from bench.cluster import own_cluster
from tests.conftest import await_ready, free_port, load_territory
from tests.pictures import picture
from wangge.store.engine import connect
from wangge.store.migrate import upgrade

ROOT = Path(__file__).parent.parent
BOUNDARIES = ROOT / "data" / "boundaries" / "xinhua"
PHOTOS = "/api/v1/territories/xinhua/photos"
FORMS = ("JPEG", "PNG", "WEBP", "HEIF")
AT_ONCE = 8


def phone_photo() -> bytes:
    """Twelve megapixels that do not compress to nothing."""
    shade = np.linspace(0, 180, 4032)[None, :, None]
    pixels = np.random.default_rng(1).random((3024, 4032, 3)) * 60 + shade
    out = io.BytesIO()
    Image.fromarray(pixels.astype("uint8")).save(out, "JPEG", quality=85)
    return out.getvalue()


def mutated(files: list[bytes], chance: random.Random) -> bytes:
    """One of the files with some bytes changed, and perhaps cut short."""
    data = bytearray(chance.choice(files))
    for _ in range(chance.choice([1, 2, 5, 40])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if chance.random() < 0.2:
        del data[chance.randrange(1, len(data)) :]
    return bytes(data)


async def send(url: str, files: list[bytes]) -> tuple[Counter[int], float]:
    """Send files over some connections at once; how many had which status, and the seconds."""
    waiting, told = list(files), Counter[int]()

    async def one(client: httpx2.AsyncClient) -> None:
        while waiting:
            told[(await client.post(f"{url}{PHOTOS}", content=waiting.pop())).status_code] += 1

    began = time.perf_counter()
    async with httpx2.AsyncClient(timeout=120) as client:
        await asyncio.gather(*(one(client) for _ in range(AT_ONCE)))
    return told, time.perf_counter() - began


def memory_of(server: int) -> tuple[float, list[float]]:
    """Most memory of the server and of each of its workers, MB."""

    def most(process: int) -> float:
        return int(Path(f"/proc/{process}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024

    workers = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return most(server), [round(most(int(one))) for one in workers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--mutants", type=int, default=10_000)
    options = parser.parse_args()
    with own_cluster() as cluster:
        upgrade(cluster.url)
        with connect(cluster.url) as connection:
            load_territory(connection, BOUNDARIES)
        port = free_port()
        settings = {
            "WANGGE_DATABASE_URL": cluster.url,
            "WANGGE_PORT": str(port),
            "WANGGE_PHOTO_RATE": "",
            "WANGGE_LOG_LEVEL": "error",
        }
        command = [sys.executable, "-c", "from wangge.api.cli import main; main()", "serve"]
        server = subprocess.Popen(command, env=os.environ | settings, cwd=ROOT, stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            await_ready(url, server)
            photo = phone_photo()
            told, seconds = asyncio.run(send(url, [photo] * options.photos))
            print(f"photos of {len(photo) / 1e6:.1f} MB: {told[201] / seconds:.1f} a second; {dict(told)}")
            print("most memory, MB: server {:.0f}, workers {}".format(*memory_of(server.pid)))
            chance = random.Random(7)
            files = [picture(form, (160, 120)) for form in FORMS]
            told, seconds = asyncio.run(send(url, [mutated(files, chance) for _ in range(options.mutants)]))
            print(f"{options.mutants} mutated files in {seconds:.0f} s: {dict(told)}")
            print("most memory, MB: server {:.0f}, workers {}".format(*memory_of(server.pid)))
        finally:
            server.terminate()
            server.wait()
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
