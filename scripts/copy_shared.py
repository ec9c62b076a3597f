"""Copies what the mini-program shares with the pages into miniprogram/shared: python -m scripts.copy_shared

A mini-program takes no module from a server. Pure modules become CommonJS as they are; of the texts those go along that
its pages name.
"""

import re
from pathlib import Path

from wangge.data import HOME
from wangge.data.languages import LANGUAGES

__all__ = ["copies"]

PROGRAM = Path(__file__).parents[1] / "miniprogram"
MODULES = ("reporting.js", "plainproof.js")
HEAD = "// Copied from web/js/{name} by scripts/copy_shared.py; change it there.\n"
_EXPORT = re.compile(r"^export (const|function) (\w+)", re.MULTILINE)
_NAMED = re.compile(r"""\bt\(['"](\w+)['"]|\{\{words\.(\w+)\}\}|words\.(\w+)|'((?:r_|report_|score_|position_)\w+)'""")
_TEXT = re.compile(r"^  (\w+): (.*),$")


def copies() -> dict[Path, str]:
    """What the copies hold, by their path."""
    found = {PROGRAM / "shared" / name: _module(name) for name in MODULES}
    keys = _named()
    return found | {PROGRAM / "shared" / "words.js": _words(keys)}


def _module(name: str) -> str:
    text = (HOME / "web/js" / name).read_text(encoding="utf-8")
    names = [exported for _, exported in _EXPORT.findall(text)]
    return HEAD.format(name=name) + _EXPORT.sub(r"\1 \2", text) + f"\nmodule.exports = {{ {', '.join(names)} }};\n"


def _named() -> set[str]:
    pages = [*PROGRAM.glob("pages/*/*.js"), *PROGRAM.glob("pages/*/*.wxml"), *PROGRAM.glob("*.js")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages) + _module(MODULES[0])
    return {name for groups in _NAMED.findall(text) for name in groups if name}


def _words(keys: set[str]) -> str:
    parts = [HEAD.format(name="i18n"), "module.exports = {\n"]
    for language in LANGUAGES:
        lines = (HOME / "web/js/i18n" / f"{language}.js").read_text(encoding="utf-8").splitlines()
        texts = {match[1]: match[2] for line in lines if (match := _TEXT.match(line)) and match[1] in keys}
        if missing := {key for key in keys if key.startswith(("r_", "report_", "score_"))} - set(texts):
            raise KeyError(f"{language}: {sorted(missing)}")
        parts += [f"  {language}: {{\n", *(f"    {key}: {texts[key]},\n" for key in sorted(texts)), "  },\n"]
    return "".join([*parts, "};\n"])


def main() -> None:
    for path, text in copies().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
