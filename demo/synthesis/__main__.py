"""Makes the shipped files again: `python -m wangge.demo.synthesis NAME…`, such as xinhua or reports."""

import argparse
from collections.abc import Callable
from pathlib import Path

from wangge.data import DATA
from wangge.demo.synthesis.countryside import countryside
from wangge.demo.synthesis.courses import courses
from wangge.demo.synthesis.lamps import lamps
from wangge.demo.synthesis.published import taipei, washington
from wangge.demo.synthesis.reports import reports
from wangge.demo.synthesis.staff import staff
from wangge.demo.synthesis.territories import hejian, xinhua
from wangge.demo.synthesis.villages import villages

MAKERS: dict[str, Callable[[Path], None]] = {
    "washington": washington,
    "taipei": taipei,
    "xinhua": xinhua,
    "hejian": hejian,
    "reports": reports,
    "staff": staff,
    "courses": courses,
    "villages": villages,
    "countryside": countryside,
    "lamps": lamps,
}

FOLDERS = {
    "reports": "reports",
    "courses": "reports",
    "staff": "boundaries/xinhua",
    "villages": "attributes/hejian",
    "countryside": "boundaries/hejian",
    "lamps": "assets/xinhua",
}


def main() -> None:
    """Make what is named, in the shipped folder or in another of the same shape."""
    parser = argparse.ArgumentParser(prog="python -m wangge.demo.synthesis", description=__doc__)
    parser.add_argument("names", nargs="+", choices=list(MAKERS), metavar="|".join(MAKERS))
    parser.add_argument("--to", type=Path, default=DATA, help="folder to write to (default: %(default)s)")
    given = parser.parse_args()
    for name in given.names:
        folder = given.to / FOLDERS.get(name, f"boundaries/{name}")
        folder.mkdir(parents=True, exist_ok=True)
        MAKERS[name](given.to)
        print(folder)


if __name__ == "__main__":
    main()
