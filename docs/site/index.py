"""The index is one list: what docs/index.md links to, under its headings, is what the site's navigation shows."""

import re
from posixpath import dirname, join, normpath

from sphinx.application import Sphinx

__all__ = ["navigation", "setup"]

LINK = re.compile(r"^- \[[^\]]*\]\(([^)#]+)\.md\)", re.MULTILINE)


def navigation(text: str, page: str) -> str:
    """A hidden table of contents for every heading of the index that lists pages."""
    contents: list[str] = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        pages = ["/" + normpath(join(dirname(page), link)) for link in LINK.findall(body)]
        if pages:
            contents.append("\n".join(["```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```"]))
    return "\n\n".join(contents)


def _complete(app: Sphinx, page: str, source: list[str]) -> None:
    if page == app.config.root_doc:
        source[0] += "\n\n" + navigation(source[0], page) + "\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _complete)
    return {"parallel_read_safe": True}
