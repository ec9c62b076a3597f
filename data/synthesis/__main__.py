"""``python -m data.synthesis xinhua|hejian|reports|washington|taipei`` makes the shipped files again."""

import sys
from collections.abc import Callable

from data.synthesis.published import taipei, washington
from data.synthesis.reports import reports
from data.synthesis.territories import hejian, xinhua

MAKERS: dict[str, Callable[[], None]] = {
    "washington": washington,
    "taipei": taipei,
    "xinhua": xinhua,
    "hejian": hejian,
    "reports": reports,
}


def main(names: list[str]) -> int:
    """Make the named files and say so; with an unknown name, say which there are."""
    unknown = [name for name in names if name not in MAKERS]
    if unknown or not names:
        print(f"usage: python -m data.synthesis {'|'.join(MAKERS)} ...", file=sys.stderr)
        return 2
    for name in names:
        MAKERS[name]()
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
