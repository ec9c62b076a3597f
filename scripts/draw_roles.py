"""Draws docs/roles.md out of the code: python scripts/draw_roles.py"""

from pathlib import Path

from wangge.access.roles import RIGHTS, Right, Role

PAGE = Path(__file__).parent.parent / "docs" / "roles.md"

NAMES = {
    Role.RESIDENT: ("居民", "nobody signed in"),
    Role.OFFICER: ("网格员", "responsible for a base grid"),
    Role.ASSISTANT: ("辅助网格员", "assists on a base grid"),
    Role.COMMUNITY_DESK: ("社区坐席", "a community"),
    Role.STREET_DESK: ("街道坐席", "a street"),
    Role.CENTRE: ("指挥中心", "a territory"),
    Role.ORGANISATION: ("处置单位", "the cases in which it has a task"),
    Role.PLANNER: ("规划人员", "a territory"),
    Role.ADMINISTRATOR: ("管理员", "a territory, or all"),
    Role.AUDITOR: ("审计员", "a territory"),
}
WORDS = {
    Right.FILE: "send a report in",
    Right.FILE_MANY: "send a batch in",
    Right.READ: "cases with their history",
    Right.READ_CONTACT: "how to answer the reporter; each reading is on record",
    Right.READ_FIGURES: "exact counts, heat and indicators",
    Right.EXPORT: "exports",
    Right.READ_ROSTER: "officers, organisations, desks",
    Right.EDIT_ROSTER: "change those",
    Right.EDIT_RULES: "routing, limits, categories, indicators",
    Right.EDIT_ACCOUNTS: "accounts, grants and keys",
    Right.READ_AUDIT: "who read contacts, and what was erased",
    Right.MOVE: "the moves of a case that name the role",
}
HEAD = """# Roles and rights

Drawn from `access/roles.py` by `scripts/draw_roles.py`; do not edit by hand.

A right holds **inside one's cells**: those that the role was given for, and what lies in them; for an organisation, the
cases in which it has a task. Outside, a case is not there (404). Who may make which move stands in the table of moves
([lifecycle](lifecycle.md)). A key has one role, and of its rights those that it was made with.
"""


def page() -> str:
    """The page as the code says it."""
    lines = [HEAD, "| role | 角色 | for | " + " | ".join(f"`{right}`" for right in Right) + " |"]
    lines.append("|---|---|---|" + ":-:|" * len(Right))
    for role in Role:
        name, place = NAMES[role]
        marks = " | ".join("●" if right in RIGHTS[role] else "" for right in Right)
        lines.append(f"| `{role}` | {name} | {place} | {marks} |")
    lines += ["", "| right | what |", "|---|---|", *(f"| `{right}` | {WORDS[right]} |" for right in Right), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
