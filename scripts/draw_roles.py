"""Draws docs/roles.md out of the code: python scripts/draw_roles.py"""

import re
from pathlib import Path

from wangge.access.roles import RIGHTS, Right, Role

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "roles.md"
HEAD = """# Roles and rights

Drawn from `access/roles.py` by `scripts/draw_roles.py`; do not edit by hand.

A right holds **inside one's cells**: those that the role was given for, and what lies in them; for an organisation, the
cases in which it has a task. Outside, a case is not there (404). Who may make which move stands in the table of moves
([lifecycle](lifecycle.md)). A key has one role, and of its rights those that it was made with.
"""


def _comments() -> dict[str, str]:
    """What stands beside each role and right, by its member's name."""
    code = (ROOT / "access" / "roles.py").read_text("utf-8")
    return dict(re.findall(r'^    (\w+) = ".+?"  # (.+)$', code, re.MULTILINE))


def _names(language: str) -> dict[str, str]:
    """What the viewer calls each role in a language, by its member's name."""
    texts = (ROOT / "web" / "js" / "i18n" / f"{language}.js").read_text("utf-8")
    return {role.upper(): name for role, name in re.findall(r"^  role_(\w+): '(.+)',$", texts, re.MULTILINE)}


def page() -> str:
    """The page as the code says it."""
    comments, names = _comments(), _names("zh")
    lines = [HEAD, "| role | 角色 | for | " + " | ".join(f"`{right}`" for right in Right) + " |"]
    lines.append("|---|---|---|" + ":-:|" * len(Right))
    for role in Role:
        marks = " | ".join("●" if right in RIGHTS[role] else "" for right in Right)
        lines.append(f"| `{role}` | {names[role.name]} | {comments[role.name]} | {marks} |")
    lines += ["", "| right | what |", "|---|---|", *(f"| `{right}` | {comments[right.name]} |" for right in Right), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
