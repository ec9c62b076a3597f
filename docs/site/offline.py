"""A built page asks nobody else for anything: no font, script, style or picture from outside."""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

__all__ = ["asked_outside", "setup"]

# What a browser fetches by itself; a link that the reader follows is not among it.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object|use)\b[^>]*?\s(?:src|srcset|data|href|xlink:href)=["']?(https?:)?//[^"'\s>]+
      | <link\b(?![^>]*rel=["']?(?:canonical|license))[^>]*?\shref=["']?(https?:)?//[^"'\s>]+
      | url\(\s*["']?(https?:)?//[^"')\s]+
      | @import\s+["'](https?:)?//[^"']+
      | \b(?:fetch|importScripts|import)\(\s*["'`](https?:)?//[^"'`]+""",
    re.VERBOSE,
)


def asked_outside(folder: Path) -> list[str]:
    """Each place in the built site that would ask another server, with its file."""
    return [
        f"{path.relative_to(folder)}: {found[0][:120]}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".html", ".css", ".js", ".svg"}
        for found in FETCHED.finditer(path.read_text(encoding="utf-8"))
    ]


def _refuse(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and (outside := asked_outside(Path(app.outdir))):
        raise ExtensionError("the site would ask other servers:\n" + "\n".join(outside))


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", _refuse)
    return {"parallel_read_safe": True}
