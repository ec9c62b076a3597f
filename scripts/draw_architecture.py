"""Draws the house from its imports, for docs/architecture.md: `python scripts/draw_architecture.py`.

Mermaid's pictures of which room imports from which, and a table of what each room says it is. An arrow is left out
where a longer way leads there anyway.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import grimp

__all__ = ["FILE", "imports_of", "page", "rooms_in", "shortened"]

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "architecture.md"

BEGIN, END = "<!-- drawn from the imports -->\n", "<!-- end of what is drawn -->\n"

Imports = Mapping[str, Set[str]]
"""Of each room, those that it imports from."""


def rooms_in(folder: Path) -> list[str]:
    """The rooms that lie in a folder: its packages."""
    return sorted(path.parent.name for path in folder.glob("*/__init__.py") if path.parent.name != "wangge")


def imports_of(graph: grimp.ImportGraph, package: str, rooms: list[str]) -> Imports:
    """Which of the rooms of a package import from which others, by any of their modules."""
    found: dict[str, set[str]] = {room: set() for room in rooms}
    depth = package.count(".") + 1
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = [name.split(".") for name in (module, imported) if name.startswith(f"{package}.")]
            if len(ends) == 2 and ends[0][depth] != ends[1][depth] and {ends[0][depth], ends[1][depth]} <= found.keys():
                found[ends[0][depth]].add(ends[1][depth])
    return found


def shortened(imports: Imports) -> Imports:
    """The same without the arrows that a longer way implies."""
    return {
        room: {there for there in below if not any(there in _reached(imports, via) for via in below - {there})}
        for room, below in imports.items()
    }


def _reached(imports: Imports, start: str) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        new = imports[ahead.pop()] - reached
        reached |= new
        ahead += new
    return reached


def diagram(imports: Imports, to_come: Mapping[str, Set[str]]) -> str:
    """Rooms above those that they import from; rooms that are to come, dashed."""
    short = shortened(imports)
    lines = ["flowchart TB", *(f"    {room}[{room}/]" for room in short)]
    lines += [f"    {room} --> {below}" for room, others in short.items() for below in sorted(others)]
    for room, neighbours in to_come.items():
        lines.append(f"    {room}([{room}/])")
        lines += [f"    {neighbour}" for neighbour in sorted(neighbours)]
    lines += [f"    style {room} stroke-dasharray: 4 4" for room in to_come]
    return "\n".join(lines)


def _to_come() -> dict[str, set[str]]:
    """The rooms that the contract of the floors leaves a place for, with the arrows that are to be."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    arrows: defaultdict[str, set[str]] = defaultdict(set)
    for above, layer, below in zip(layers, layers[1:], layers[2:], strict=False):
        for room in re.findall(r"\((\w+)\)", layer):
            if not (ROOT / room).is_dir():
                arrows[room] |= {f"{above} -.-> {room}", f"{room} -.-> {below}"}
    return arrows


def table(folder: Path, imports: Imports) -> str:
    """What each room is, in its own words, and all that it imports from."""
    rows = ["| room | what it is | imports from |", "|---|---|---|"]
    rows += [
        f"| `{room}/` | {_said(folder / room)} | {', '.join(sorted(imports[room])) or '–'} |"
        for room in sorted(imports)
    ]
    return "\n".join(rows)


def _said(room: Path) -> str:
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0].replace("\n", " ")


def _drawn() -> Iterator[str]:
    graph = grimp.build_graph("wangge")
    house = imports_of(graph, "wangge", [room for room in rooms_in(ROOT) if (ROOT / "wangge" / room).exists()])
    yield f"```mermaid\n{diagram(house, _to_come())}\n```"
    yield table(ROOT, house)
    for room in ("reports", "api"):
        inner = imports_of(graph, f"wangge.{room}", rooms_in(ROOT / room))
        yield f"### Inside `{room}/`"
        yield f"```mermaid\n{diagram(inner, {})}\n```"
        yield table(ROOT / room, inner)


def page(text: str) -> str:
    """A page with what is drawn in it drawn anew."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return "\n\n".join([before + BEGIN.rstrip(), *_drawn(), END + after])


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
