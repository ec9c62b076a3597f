"""Makes a change in a program that has been imported already: the code of a function, or what a module holds."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, fields, replace
from enum import Enum
from functools import partial
from importlib.machinery import SourceFileLoader
from inspect import unwrap
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from scripts.mutants.changes import Change, changes

__all__ = ["MOVES", "Mutant", "mutants_of"]

MOVES = "moves"


@dataclass(frozen=True)
class Mutant:
    """A change with its name; `function` of the module is what it is in, "" where every test may notice it.

    `make` makes it in what is imported; `prepare`, before anything is imported.
    """

    name: str
    function: str
    make: Callable[[], None]
    prepare: Callable[[], None]


def mutants_of(subject: str, module: ModuleType) -> Iterator[Mutant]:
    """The changes of a module's code, or of the moves in their table; each is good until the next is asked for."""
    if subject == MOVES:
        yield from _mutants_of_moves(module)
        return
    for change in changes(Path(str(module.__file__)).read_text("utf-8")):
        function = change.place if change.in_body else ""
        make = _new_code if change.in_body else _executed_again
        yield Mutant(
            f"{subject}.{change.name}",
            function,
            partial(make, module, change),
            partial(_to_be_imported, module, change),
        )


def _new_code(module: ModuleType, change: Change) -> None:
    code = compile(change.tree, str(module.__file__), "exec")
    for name in change.place.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
    _function(module, change.place).__code__ = code
    for cached in vars(module).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()


def _function(module: ModuleType, place: str) -> FunctionType:
    found: Any = module
    for name in place.split("."):
        found = vars(found)[name]
    for inner in ("fget", "func", "__func__"):
        found = getattr(found, inner, found)
    function = unwrap(found)
    assert isinstance(function, FunctionType)  # noqa: S101 - as the source says
    return function


def _executed_again(module: ModuleType, change: Change) -> None:
    """Execute the changed statement of a module, and the assignments that follow from it, and hand on what is new."""
    scope = dict(vars(module))
    new: set[str] = set()
    for statement in change.tree.body:
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        changed = statement.lineno <= change.line <= (statement.end_lineno or statement.lineno)
        if not changed and not (used & new and isinstance(statement, ast.Assign | ast.AnnAssign)):
            continue
        exec(compile(ast.Module([statement], []), str(module.__file__), "exec"), scope)  # noqa: S102 - our own code
        names = {name for name in scope if vars(module).get(name) is not scope[name]} - {"__builtins__"}
        for name in names - new:
            _hand_on(name, vars(module).get(name), scope[name])
        new |= names


def _to_be_imported(module: ModuleType, change: Change) -> None:
    code = compile(change.tree, str(module.__file__), "exec")
    load = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return code if name == module.__name__ else load(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def _to_be_table(name: str, move: str, field: str, value: Any) -> None:
    table: Any = importlib.import_module(name)  # before anybody takes the moves from there
    if isinstance(value, Enum):
        value = type(getattr(table.MOVES[move], field))(value.value)
    table.MOVES = MappingProxyType({**table.MOVES, move: replace(table.MOVES[move], **{field: value})})


def _hand_on(name: str, old: Any, new: Any) -> None:
    """Put something new in the place of the old: a function or class keeps what it is and gets the new one's values."""
    if isinstance(old, type):
        for inner, value in vars(new).items():
            if isinstance(value, FunctionType) and isinstance(vars(old).get(inner), FunctionType):
                _hand_on(inner, vars(old)[inner], value)
            elif isinstance(value, int | float | str | tuple | frozenset) and not inner.startswith("__"):
                setattr(old, inner, value)
    elif isinstance(inner := unwrap(old) if callable(old) else old, FunctionType):
        inner.__defaults__, inner.__kwdefaults__ = unwrap(new).__defaults__, unwrap(new).__kwdefaults__
    else:
        for module in list(sys.modules.values()):
            if module is not None and vars(module).get(name) is old:
                setattr(module, name, new)


def _mutants_of_moves(table: Any) -> Iterator[Mutant]:
    """Every entry of every move left out, and every flag turned, but for what no move may be."""
    for move in table.MOVES.values():
        for field in fields(move):
            for value in _other_values(field, getattr(move, field.name)):
                shown = sorted(value) if isinstance(value, frozenset) else value
                try:
                    other = replace(move, **{field.name: value})
                except ValueError:
                    continue
                changed = MappingProxyType({**table.MOVES, move.name: other})
                yield Mutant(
                    f"{MOVES}.{move.name}.{field.name} = {shown}",
                    "",
                    partial(_hand_on, "MOVES", table.MOVES, changed),
                    partial(_to_be_table, table.__name__, move.name, field.name, value),
                )


def _other_values(field: Field[Any], value: Any) -> list[Any]:
    if isinstance(value, frozenset):
        return [value - {one} for one in sorted(value)]
    if isinstance(value, tuple):
        return [(*value[:n], *value[n + 1 :]) for n in range(len(value))]
    if field.type == bool | None:
        return [other for other in (True, False, None) if other is not value]
    if isinstance(value, bool):
        return [not value]
    if field.name == "name" or value is None:
        return []
    return [other for other in type(value) if other is not value] if isinstance(value, Enum) else [None]
