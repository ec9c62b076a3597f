"""``python -m data.synthesis xinhua|hejian|reports|washington|taipei`` makes the shipped files again."""

import argparse
from collections.abc import Callable
from pathlib import Path

from data.synthesis.files import SHIPPED
from data.synthesis.published import taipei, washington
from data.synthesis.reports import reports
from data.synthesis.territories import hejian, xinhua

MAKERS: dict[str, Callable[[Path], None]] = {
    "washington": washington,
    "taipei": taipei,
    "xinhua": xinhua,
    "hejian": hejian,
    "reports": reports,
}


def main() -> None:
    """Make what is named, in the shipped folder or in another of the same shape."""
    parser = argparse.ArgumentParser(prog="python -m data.synthesis", description=__doc__)
    parser.add_argument("names", nargs="+", choices=list(MAKERS), metavar="|".join(MAKERS))
    parser.add_argument("--to", type=Path, default=SHIPPED, help="folder to write to (default: %(default)s)")
    given = parser.parse_args()
    for name in given.names:
        folder = given.to / ("reports" if name == "reports" else f"boundaries/{name}")
        folder.mkdir(parents=True, exist_ok=True)
        MAKERS[name](given.to)
        print(folder)


if __name__ == "__main__":
    main()
