"""``python -m data.synthesis xinhua|hejian|reports|staff|courses|washington|taipei`` makes the shipped files again."""

import argparse
from collections.abc import Callable
from pathlib import Path

from data.synthesis.courses import courses
from data.synthesis.files import SHIPPED
from data.synthesis.published import taipei, washington
from data.synthesis.reports import reports
from data.synthesis.staff import staff
from data.synthesis.territories import hejian, xinhua

MAKERS: dict[str, Callable[[Path], None]] = {
    "washington": washington,
    "taipei": taipei,
    "xinhua": xinhua,
    "hejian": hejian,
    "reports": reports,
    "staff": staff,
    "courses": courses,
}

FOLDERS = {"reports": "reports", "courses": "reports", "staff": "boundaries/xinhua"}


def main() -> None:
    """Make what is named, in the shipped folder or in another of the same shape."""
    parser = argparse.ArgumentParser(prog="python -m data.synthesis", description=__doc__)
    parser.add_argument("names", nargs="+", choices=list(MAKERS), metavar="|".join(MAKERS))
    parser.add_argument("--to", type=Path, default=SHIPPED, help="folder to write to (default: %(default)s)")
    given = parser.parse_args()
    for name in given.names:
        folder = given.to / FOLDERS.get(name, f"boundaries/{name}")
        folder.mkdir(parents=True, exist_ok=True)
        MAKERS[name](given.to)
        print(folder)


if __name__ == "__main__":
    main()
