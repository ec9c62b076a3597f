"""Cold first paint of the map in Chromium: how long, and how many bytes; goal ≤ 2 s and ≤ 1.5 MB.

    python bench/first_paint.py [--url http://127.0.0.1:8136] [--territory xinhua] [--runs 5]

Every run is a browser of its own with an empty cache. Time counts from the start of the navigation to the frame in
which all cells of the view are on the screen; bytes are what came over the wire, headers included, workers included.
The machine draws by software (SwiftShader): a graphics card is several times faster.
"""

import argparse
import shutil
import statistics
import sys
from collections.abc import Sequence

from playwright.sync_api import Browser, Error, Response, sync_playwright

GOAL_S, GOAL_MB = 2.0, 1.5
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
WATCH = """
new PerformanceObserver(list => {
    globalThis.painted ??= list.getEntriesByName('map-painted')[0]?.startTime;
}).observe({ type: 'mark', buffered: true });
"""


def size_of(response: Response) -> int:
    """Bytes of an answer on the wire; none for what the browser answered itself."""
    try:
        sizes = response.request.sizes()
    except Error:
        return 0
    # Chromium does not tell the size of a worker's script: then the answer's own word counts.
    body = max(sizes["responseBodySize"], int(response.headers.get("content-length", 0)))
    return sizes["responseHeadersSize"] + body


def measure(browser: Browser, url: str) -> tuple[float, float, int]:
    """Seconds until the map is painted, megabytes until then, and the number of answers."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.add_init_script(WATCH)
    responses: list[Response] = []
    context.on("response", lambda response: responses.append(response))
    page.goto(url)
    for _ in range(600):
        painted = page.evaluate("globalThis.painted")
        if painted:
            break
        page.wait_for_timeout(20)
    else:
        sys.exit("the map was not painted within 12 s")
    page.wait_for_timeout(200)
    megabytes = sum(size_of(response) for response in responses) / 1e6
    context.close()
    return painted / 1000, megabytes, len(responses)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8136")
    parser.add_argument("--territory", default="xinhua")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args(arguments)
    url = f"{given.url}/#t={given.territory}"
    runs = []
    with sync_playwright() as playwright:
        for number in range(1, given.runs + 1):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            runs.append(measure(browser, url))
            browser.close()
            seconds, megabytes, answers = runs[-1]
            print(f"run {number}: {seconds:.2f} s, {megabytes:.2f} MB in {answers} answers")
    seconds, megabytes = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
    print(f"median {seconds:.2f} s (goal ≤ {GOAL_S} s), at most {megabytes:.2f} MB (goal ≤ {GOAL_MB} MB)")
    sys.exit(0 if seconds <= GOAL_S and megabytes <= GOAL_MB else 1)


if __name__ == "__main__":
    main()
