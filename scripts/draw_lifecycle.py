"""Draws the life of a case from the table of moves, for docs/lifecycle.md: `python scripts/draw_lifecycle.py`. Pure.

A Mermaid state diagram with the ways from state to state, and a table of every move.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from wangge.reports.case.lifecycle import ENDED, STEPS, UNSOLVED, Move, Standing, State, TaskState
from wangge.reports.case.table import MOVES
from wangge.reports.policy.policy import Step

__all__ = ["FILE", "diagram", "page", "table"]

FILE = Path(__file__).parent.parent / "docs" / "lifecycle.md"

BEGIN, END = "<!-- drawn from reports/case/table.py -->\n", "<!-- end of what is drawn -->\n"

STANDINGS = {
    Standing.DESK: "at the desk that holds the case, or above",
    Standing.TASK: "for a party with a task",
    Standing.CELL: "in the case's cells",
    Standing.SERVICE: "the service itself",
}


def diagram() -> str:
    """The states and the usual ways between them, in Mermaid's words.

    Moves that every unsolved case takes alike are drawn from all of them at once.
    """
    ways: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for move in MOVES.values():
        for way in _ways(move):
            ways[way].append(move.name)
    inside = {f"{state}" for state in UNSOLVED}
    within = [line for way, names in ways.items() if inside.issuperset(way) for line in [_arrow(way, names)]]
    outside = [line for way, names in ways.items() if not inside.issuperset(way) for line in [_arrow(way, names)]]
    lines = ["stateDiagram-v2", "    state unsolved {", *(f"    {line}" for line in within), "    }", *outside]
    lines += [f"    {state} --> [*]" for state in State if state in ENDED]
    return "\n".join(lines) + "\n"


def _ways(move: Move) -> Iterable[tuple[str, str]]:
    """The arrows of a move."""
    if not move.targets or move.stays:
        return
    if move.tasks:  # from where its party stands
        sources = [state for state in State if state in move.sources and TaskState(state) in move.tasks]
    else:
        sources = [state for state in State if state in move.sources and state not in move.targets]
    if move.sources >= UNSOLVED:
        yield "unsolved", str(move.targets[0])
        sources = [state for state in sources if state not in UNSOLVED | {State.PARKED}]
    targets = ["unsolved"] if UNSOLVED.issubset(move.targets) else [str(move.targets[0])]
    for source in ["[*]"] if not move.sources else sources:
        yield from ((str(source), target) for target in targets)


def _arrow(way: tuple[str, str], names: Iterable[str]) -> str:
    return f"    {way[0]} --> {way[1]}: {', '.join(names)}"


def table() -> str:
    """Every move: from which states, where to, who, what it needs, and which steps of the clock end and start."""
    rows = ["| move | from | to | who | needs | ends | starts |", "|---|---|---|---|---|---|---|"]
    for move in MOVES.values():
        needs = [need.name if need.required else f"({need.name})" for need in move.needs]
        cells = [
            f"`{move.name}`",
            _listed(state.value for state in State if state in move.sources),
            _listed(move.targets) + (" or stays" if move.targets and move.stays else ""),
            _who(move),
            _listed(needs),
            _ends(move),
            _listed(_starts(move)),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _ends(move: Move) -> str:
    """The step that a move ends; where that depends on where it leads, the states too."""
    if move.ends is None:
        return "–"
    some = move.ending != frozenset(move.targets)
    return f"{move.ends}, once {_listed(sorted(move.ending))}" if some else move.ends.value


def _starts(move: Move) -> list[Step]:
    """Steps that start with a move: those of the states it leads to, unless they run already or go on."""
    ways = {(source, target) for source in move.sources - {State.PARKED} for target in move.leads(source)}
    begun = {STEPS.get(target) for source, target in ways if STEPS.get(target) is not STEPS.get(source)}
    return [step for step in Step if step in begun]


def _who(move: Move) -> str:
    if not move.roles:
        return STANDINGS[Standing.SERVICE]
    who = f"{', '.join(sorted(move.roles))}; {STANDINGS[move.standing]}"
    return f"{who}; not who handled it" if move.not_handler else who


def _listed(states: Iterable[str]) -> str:
    return ", ".join(states) or "–"


def page(text: str) -> str:
    """A page with what is drawn in it drawn anew."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n```mermaid\n{diagram()}```\n\n{table()}\n{END}{after}"


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
