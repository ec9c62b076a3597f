"""The Python API out of the docstrings: types as the code writes them, and nothing of the face twice."""

import ast
import inspect
import textwrap
from typing import Any

from sphinx.application import Sphinx

import wangge

__all__ = ["setup"]

FACE = {id(getattr(wangge, name)) for name in wangge.__all__}


def _as_written(_app: Sphinx, function: Any, _bound: bool) -> None:
    """Annotations become the text of the source: `ArrayLike`, not the dozen of types that it stands for."""
    if not inspect.isfunction(function):
        return
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, SyntaxError):  # made at run time, as a dataclass's methods are
        return
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]
        written = {argument.arg: argument.annotation for argument in arguments} | {"return": tree.returns}
        function.__annotations__ = {
            name: Written(ast.unparse(annotation)) for name, annotation in written.items() if annotation is not None
        }


class Written:
    """A type's text, which nobody evaluates."""

    def __init__(self, text: str) -> None:
        self.text = text.strip("'\"")

    def __repr__(self) -> str:
        return self.text


def _of_the_face(app: Sphinx, _kind: str, _name: str, value: object, skipped: bool, _options: object) -> bool | None:
    if not skipped and app.env.docname == "docs/geo" and id(value) in FACE:
        return True
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("autodoc-before-process-signature", _as_written)
    app.connect("autodoc-skip-member", _of_the_face)
    return {"parallel_read_safe": True}
