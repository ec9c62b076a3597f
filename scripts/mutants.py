"""Changes the rules by a little, one change at a time, and sees whether the tests notice: `make mutants`.

Two kinds of change are made: in the functions of the modules that pyproject names for mutmut, which does that, and in
the table of moves, of which each entry is left out or replaced here, since a table is no function. A change that no
test notices (a survivor) is printed; one that cannot be noticed stands in scripts/mutants.toml with the reason.

    python scripts/mutants.py              both
    python scripts/mutants.py functions    the functions only; `functions PATTERN…` for some, as mutmut names them
    python scripts/mutants.py moves        the table of moves only; `moves NAME…` for some moves
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

# What the tests need of others is imported once; what is ours, but for the table, in each process anew.
import numpy  # noqa: F401
import psycopg  # noqa: F401
import pytest

from wangge.reports.case import table
from wangge.reports.case.lifecycle import Move

ROOT = Path(__file__).parent.parent
MUTMUT = Path(sys.executable).with_name("mutmut")
TESTS = (
    "tests/reports/test_lifecycle.py",
    "tests/docs/test_lifecycle_page.py",
    "tests/reports/test_case_clock.py",
    "tests/reports/test_carrying.py",
    "tests/reports/test_facts.py",
    "tests/reports/test_clock_and_moves.py",
    "tests/reports/test_any_life.py",
)
LEAST = 0.9


@dataclass(frozen=True)
class Mutant:
    """One change of the table: of which move, and the field with the value that it gets."""

    move: str
    field: str
    value: Any

    def __str__(self) -> str:
        shown = sorted(self.value) if isinstance(self.value, frozenset) else self.value
        return f"moves.{self.move}.{self.field} = {shown}"


def mutants_of(move: Move) -> Iterator[Mutant]:
    """Every entry of a move left out, and every flag turned."""
    for field in fields(move):
        value = getattr(move, field.name)
        if isinstance(value, frozenset):
            changed: list[Any] = [value - {one} for one in sorted(value)]
        elif isinstance(value, tuple):
            changed = [(*value[:n], *value[n + 1 :]) for n in range(len(value))]
        elif isinstance(value, bool):
            changed = [not value]
        elif field.name == "name" or value is None:
            changed = []
        elif field.name == "standing":
            changed = [other for other in type(value) if other is not value]
        else:
            changed = [None]
        yield from (Mutant(move.name, field.name, one) for one in changed)


class Counts:
    """How many changes of each module were tried, and which of them no test noticed."""

    def __init__(self) -> None:
        self._tried: Counter[str] = Counter()
        self._survivors: dict[str, list[str]] = defaultdict(list)

    def add(self, module: str, name: str, *, survived: bool) -> None:
        """Count one; a survivor is printed at once."""
        self._tried[module] += 1
        if survived:
            self._survivors[module].append(name)
            print(f"survives: {name}", flush=True)

    def print(self, known: Mapping[str, str]) -> bool:
        """Print the share of each module; returns whether all hold what is asked of them."""
        good = True
        for module, tried in sorted(self._tried.items()):
            survivors = self._survivors[module]
            unexplained = [name for name in survivors if name not in known]
            share = 1 - len(survivors) / tried
            good &= share >= LEAST and not unexplained
            print(f"{module}: {tried} changes, {share:.1%} noticed, {len(unexplained)} of the others unexplained")
        return good


def survives(mutant: Mutant | None) -> bool:
    """Whether the tests pass with the change, or with none, in a process of its own."""
    child = os.fork()
    if child == 0:
        with tempfile.TemporaryFile() as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os._exit(_run_changed(mutant))
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended not in (0, 1, 2):  # passed, failed, or the table is one that cannot even be imported
        raise RuntimeError(f"pytest ended with {ended}: {mutant}")
    return ended == 0


def _run_changed(mutant: Mutant | None) -> int:
    if mutant is not None:
        changed = replace(table.MOVES[mutant.move], **{mutant.field: mutant.value})
        moves: Mapping[str, Move] = MappingProxyType({**table.MOVES, mutant.move: changed})
        table.MOVES = moves  # nothing else is imported yet that has taken it from there
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *TESTS]))


def run_moves(names: Sequence[str]) -> Counts:
    """Try every change of the table of moves, or of some of its moves."""
    if not survives(None):
        raise SystemExit("the tests fail as it is: " + " ".join(TESTS))
    counts = Counts()
    for name, move in table.MOVES.items():
        if names and name not in names:
            continue
        for mutant in mutants_of(move):
            counts.add("moves", str(mutant), survived=survives(mutant))
    return counts


def run_functions(patterns: Sequence[str]) -> Counts:
    """Have mutmut try every change of the functions, or of those that it names by some patterns."""
    command = [str(MUTMUT), "run", "--max-children", str(os.cpu_count() or 1), *patterns]
    subprocess.run(command, cwd=ROOT, check=True)
    listing = subprocess.run(
        [str(MUTMUT), "results", "--all", "true"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    counts = Counts()
    for line in listing.stdout.splitlines():
        name, _, result = line.strip().partition(": ")
        if result and result != "not checked":
            counts.add(name.rpartition(".")[0], name, survived=result in ("survived", "no tests"))
    return counts


def main(kind: str = "", *names: str) -> int:
    """Run what is asked for; 0 when enough is noticed and the rest explained."""
    known = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text("utf-8"))
    runs = {"functions": run_functions, "moves": run_moves}
    if kind and kind not in runs:
        print(__doc__)
        return 2
    results = [run(names).print(known) for name, run in runs.items() if kind in ("", name)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
