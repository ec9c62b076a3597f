"""Small changes of a module's code, as people make them by mistake: what `make mutants` tries.

A bound moves by one, `<` becomes `<=`, `and` becomes `or`, a condition is turned, a constant is another, an argument
is left out, a call is not made, what is assigned or returned is None. Annotations, docstrings, decorators, assertions,
the values of enumerations, and what only asserts (`strict` of a zip) are left alone.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

__all__ = ["Change", "changes"]

OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
    ast.Break: ast.Continue, ast.Continue: ast.Break, ast.USub: ast.UAdd,
}  # fmt: skip
TURNED = (ast.Compare, ast.BoolOp, ast.UnaryOp)  # conditions that are changed by themselves
LEFT_ALONE = {"annotation", "returns", "decorator_list", "format_spec", "type_params"}
LENGTH = 70


@dataclass(frozen=True)
class Change:
    """One change: its name, its line, and in which function or class of the module it is ("" for none).

    `tree` is the module with the change in it, until the next change is asked for.
    """

    name: str
    line: int
    place: str
    in_body: bool  # of a function; otherwise in a default, a class or the module itself
    tree: ast.Module


def changes(source: str) -> Iterator[Change]:
    """Every change of a module's source, in the order of its lines."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for site in _sites(tree, ()):
        for new in _alternatives(site.node, site.path):
            before = ast.unparse(site.shown)
            site.put(new)
            name = f"{site.place}: {before} -> {ast.unparse(new if site.shown is site.node else site.shown)}"
            seen[name] += 1
            name += f" ({seen[name]})" if seen[name] > 1 else ""
            yield Change(name, site.node.lineno, site.place, site.in_body, ast.fix_missing_locations(tree))
            site.put(site.node)


@dataclass(frozen=True)
class _Site:
    node: Any
    path: tuple[ast.AST, ...]
    put: Callable[[ast.AST], None]

    @property
    def shown(self) -> ast.AST:
        """What a reader is shown of the place: the expression around it, unless that is long."""
        shown: ast.AST = self.node
        for above in reversed(self.path):
            if not isinstance(above, ast.expr | ast.keyword | ast.comprehension):
                break
            if isinstance(above, ast.expr):
                if len(ast.unparse(above)) > LENGTH:
                    break
                shown = above
        return shown

    @property
    def place(self) -> str:
        """The outermost function with the classes that it is in, or the class: what is changed as one."""
        names = []
        for above in self.path:
            if isinstance(above, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.append(above.name)
                if not isinstance(above, ast.ClassDef):
                    break
        return ".".join(names)

    @property
    def in_body(self) -> bool:
        for n, above in enumerate(self.path):
            if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
                return not isinstance((*self.path, self.node)[n + 1], ast.arguments)
        return False


def _sites(node: ast.AST, path: tuple[ast.AST, ...]) -> Iterator[_Site]:
    inner = (*path, node)
    for field, value in ast.iter_fields(node):
        if field in LEFT_ALONE:
            continue
        if isinstance(value, ast.AST):
            yield from _site(value, inner, partial(setattr, node, field))
        elif isinstance(value, list):
            for n, one in enumerate(value):
                if isinstance(one, ast.AST):
                    yield from _site(one, inner, partial(value.__setitem__, n))


def _site(node: Any, path: tuple[ast.AST, ...], put: Callable[[ast.AST], None]) -> Iterator[_Site]:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert) or _is_left_alone(node):
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield _Site(node, path, put)
    yield from _sites(node, path)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    if isinstance(node, ast.ClassDef):
        return any("Enum" in ast.unparse(base) or "Flag" in ast.unparse(base) for base in node.bases)
    said = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return said or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")


def _with(node: Any, **fields: Any) -> Any:
    changed = copy(node)
    for field, value in fields.items():
        setattr(changed, field, value)
    return changed


def _alternatives(node: Any, path: tuple[ast.AST, ...]) -> Iterator[ast.AST]:
    """What could stand in a node's place."""
    kind = type(node)
    if isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            yield _with(node, ops=[*node.ops[:n], OTHER[type(op)](), *node.ops[n + 1 :]])
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in OTHER:
        yield _with(node, op=OTHER[type(node.op)]())
    elif isinstance(node, ast.UnaryOp):
        yield node.operand if isinstance(node.op, ast.Not | ast.Invert) else _with(node, op=OTHER[type(node.op)]())
    elif isinstance(node, ast.Break | ast.Continue):
        yield OTHER[kind]()
    elif isinstance(node, ast.Constant):
        yield from (_with(node, value=value) for value in _other_constants(node.value, path))
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)):
        yield ast.Pass()
    elif isinstance(node, ast.Return | ast.Assign | ast.AnnAssign) and node.value and not _is_none(node.value):
        yield _with(node, value=ast.Constant(None))
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, TURNED):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
        yield from _without_conditions(node)


def _other_constants(value: Any, path: tuple[ast.AST, ...]) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    if isinstance(value, str):
        if isinstance(path[-1], ast.JoinedStr) and not value.strip():
            return []
        return [f"XX{value}XX"]
    return []


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    """A call with each argument left out or None; what a method without arguments is called on instead of the call."""
    for n, argument in enumerate(node.args):
        if not _is_none(argument) and not isinstance(argument, ast.Starred):
            yield _with(node, args=[*node.args[:n], ast.Constant(None), *node.args[n + 1 :]])
    for n, keyword in enumerate(node.keywords):
        if keyword.arg not in (None, "strict"):
            yield _with(node, keywords=[*node.keywords[:n], *node.keywords[n + 1 :]])
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        yield node.func.value


def _without_conditions(node: Any) -> Iterator[ast.AST]:
    for n, loop in enumerate(node.generators):
        for m in range(len(loop.ifs)):
            changed = _with(loop, ifs=[*loop.ifs[:m], *loop.ifs[m + 1 :]])
            yield _with(node, generators=[*node.generators[:n], changed, *node.generators[n + 1 :]])


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
