"""Makes the PDF: Typst sets what `wording` says by a template, the program's or a territory's own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from wangge.geo.errors import WanggeError

if TYPE_CHECKING:
    from typst import Fonts

__all__ = ["FAMILIES", "BadTemplate", "NoFont", "family_of", "print_bulletin", "template_of"]

FAMILIES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Zen Hei", "PingFang SC", "Microsoft YaHei",
)  # fmt: skip
"""Families with Chinese characters, the best first."""
SHIPPED = "bulletin.typ"
STANDARD = "ua-1"
PACKAGES = '"@'
"""What an import of a package begins with, which Typst would fetch from the network."""


class NoFont(WanggeError):
    """This machine has no font with Chinese characters. Facts: `families`, `package`."""

    kind = "no-font"


class BadTemplate(WanggeError):
    """A territory's own template cannot be set. Facts: `file`, `reason`."""

    kind = "bad-template"


def template_of(home: Path, territory: str) -> Path | None:
    """The template of a territory, `bulletins/CODE.typ` in the program's folder; None where it has none."""
    own = home / "bulletins" / f"{territory}.typ"
    return own if own.is_file() else None


def print_bulletin(content: dict[str, Any], printed: datetime, template: Path | None = None) -> bytes:
    """A bulletin as a tagged PDF (PDF/UA-1) with words that can be searched. Takes a second of one core.

    Parameters
    ----------
    content : what `wording` makes; the template reads it as JSON in `sys.inputs.content`.
    template : a file of Typst; the program's own when left out. It may read what lies in its folder, and nothing else.

    Raises
    ------
    NoFont, BadTemplate
    """
    import typst  # 35 MB, which only a bulletin needs

    family = family_of(_fonts().families())
    inputs = {"content": orjson.dumps(content | {"font": family}).decode()}
    source, root = _source(template)
    compiled: Any = typst.compile  # its types want one kind for the source and for the folder
    try:
        made: bytes = compiled(
            source,
            root=str(root),
            font_paths=_fonts(),
            sys_inputs=inputs,
            pdf_standards=[STANDARD],
            timestamp=printed.astimezone(UTC).replace(microsecond=0),
        )
        return made
    except typst.TypstError as error:
        if template is None:
            raise
        raise BadTemplate(file=template.name, reason=f"{error.message} {error.diagnostic}".strip()[:1000]) from None


@cache
def _fonts() -> "Fonts":
    from typst import Fonts

    return Fonts()


def family_of(installed: Sequence[str]) -> str:
    """The best of the installed families that have Chinese characters; raises NoFont."""
    found = next((family for family in FAMILIES if family in installed), None)
    if found is None:
        raise NoFont(families=list(FAMILIES), package="fonts-noto-cjk")
    return found


def _source(template: Path | None) -> tuple[bytes, Path]:
    if template is None:
        shipped = files("wangge.tilesets") / "assets"
        return (shipped / SHIPPED).read_bytes(), Path(str(shipped))
    try:
        text = template.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTemplate(file=template.name, reason=str(error)) from None
    if PACKAGES in text:
        raise BadTemplate(file=template.name, reason="template-packages")
    return text.encode(), template.parent.resolve()
