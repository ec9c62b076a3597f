"""Mermaid's drawings, made when the site is built: whoever reads it needs neither a script nor a network."""

import re
from typing import ClassVar

import mermaidx
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

__all__ = ["Drawing", "setup"]


class Drawing(Directive):
    """A fence of Mermaid's language, as an SVG in the page."""

    has_content: ClassVar[bool] = True

    def run(self) -> list[nodes.Node]:
        """The drawing. Its names are its own, so that two may stand on one page."""
        source = "\n".join(self.content)
        svg = mermaidx.render(source, theme="neutral", config={"fontFamily": "sans-serif"}).svg()
        name = f"drawing-{self.lineno}"
        return [nodes.raw("", f'<div class="mermaid">{re.sub(r"my-svg", name, svg)}</div>', format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("mermaid", Drawing)
    return {"parallel_read_safe": True}
