"""How soon a place is found by its name among 200,000: python -m bench.places"""

import asyncio
import statistics
import time

import numpy as np

from bench.cluster import own_cluster
from wangge.geo.backdrop.listing import Listed
from wangge.store.engine import connect, connect_async
from wangge.store.grids.places import find_places, put_list
from wangge.store.migrate import upgrade

NAMES = 200_000
ROADS = ["解放", "建设", "新华", "迎宾", "永济", "浮阳", "黄河", "朝阳", "清池", "御河", "交通", "千童", "海河", "长芦"]
KINDS = ["路", "街", "大道", "胡同", "小区", "花园", "家园", "大厦", "超市", "幼儿园", "小学", "卫生站"]
ASKED = (
    "路",
    "3号",
    "新华路",
    "新华路12号",
    "xinhualu",
    "xhl",
    "lu",
    "l",
    "dao",
    "jiefang",
    "没有这个",
    "御河小区5号楼",
    "zz",
    "1",
    "12",
    "dao lu",
)


def names() -> list[str]:
    luck = np.random.default_rng(1)
    made: dict[str, None] = {}
    while len(made) < NAMES:
        road, kind = luck.choice(ROADS), luck.choice(KINDS)
        made[f"{road}{luck.choice(['北', '南', '东', '西', '中', ''])}{kind}{luck.integers(1, 2000)}号"] = None
    return list(made)


async def asked(url: str) -> None:
    async with await connect_async(url) as connection:
        for words in ASKED:
            spent = []
            for _ in range(21):
                begun = time.perf_counter()
                found = await find_places(connection, "xinhua", words, 12)
                spent.append((time.perf_counter() - begun) * 1000)
            print(f"  {words}: {statistics.median(spent):.1f} ms, {max(spent):.1f} at the most, {len(found)} found")


def main() -> None:
    texts = names()
    with own_cluster() as cluster:
        run(cluster.url, texts)


def run(url: str, texts: list[str]) -> None:
    upgrade(url)
    begun = time.perf_counter()
    with connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO territory (code, name, timezone) VALUES ('xinhua', '{}', 'Asia/Shanghai')")
        put_list(connection, "xinhua", Listed(texts, [116.87] * NAMES, [38.32] * NAMES, 0))
    print(f"{NAMES} names kept in {time.perf_counter() - begun:.1f} s")
    asyncio.run(asked(url))


if __name__ == "__main__":
    main()
