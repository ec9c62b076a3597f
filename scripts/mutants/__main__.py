"""python -m scripts.mutants [NAME…]: tries every change, or those whose names begin so, as in `moves.dispatch`."""

import os
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts.mutants.trial import Trial

SETTINGS = tomllib.loads((Path(__file__).parent / "settings.toml").read_text("utf-8"))
LEAST = 0.9


def tried(subject: str, tests: list[str], wanted: list[str]) -> dict[str, Any]:
    """What came of the changes of a module, or of the moves, in a process in which nothing of ours is imported yet."""
    with tempfile.TemporaryFile("w+") as told:
        child = os.fork()
        if child == 0:
            trial = Trial(subject, tests, wanted, told)
            pytest.main(["-qq", "-s", "-p", "no:cacheprovider", "-W", "ignore", *tests], [trial])
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        told.seek(0)
        names = [name for name in told.read().split("\0") if name]  # a name may have several lines
    if not names:
        raise SystemExit(f"the tests of {subject} cannot be run")
    return {"tried": int(names[0]), "survivors": names[1:]}


def main(*wanted: str) -> int:
    """Try what is asked for; 0 when enough is noticed and the rest explained."""
    good = True
    for subject, tests in SETTINGS["tests"].items():
        if wanted and not any(subject.startswith(one) or one.startswith(subject + ".") for one in wanted):
            continue
        began = time.monotonic()
        result = tried(subject, tests, [one for one in wanted if one.startswith(subject + ".")])
        survivors = result["survivors"]
        unexplained = [name for name in survivors if name not in SETTINGS["known"]]
        share = 1 - len(survivors) / max(result["tried"], 1)
        good &= share >= LEAST and not unexplained
        print(
            f"{subject}: {result['tried']} changes, {share:.1%} noticed, {len(unexplained)} of the others unexplained,"
            f" {time.monotonic() - began:.0f} s",
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
