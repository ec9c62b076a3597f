"""The table of dependencies names what pyproject.toml lists, each with what it is for and what else there was."""

import re
import tomllib

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
LISTS = {
    "At run time": PROJECT["project"]["dependencies"],
    "Optional": [one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra],
    "For development": [one for group in GROUPS if group != "bench" for one in GROUPS[group]],
    "Peers in the benchmarks": GROUPS["bench"],
}


def table(heading: str) -> dict[str, list[str]]:
    """The lines under a heading of the page, by package."""
    page = (ROOT / "docs" / "dependencies.md").read_text()
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in section.splitlines() if "|" in line]
    return {name: rest for name, *rest in rows[2:]}


@pytest.mark.parametrize("heading", LISTS)
def test_the_table_is_what_is_installed(heading: str) -> None:
    listed = {re.split(r"[^\w-]", one)[0] for one in LISTS[heading] if isinstance(one, str)}
    assert set(table(heading)) == listed
    assert list(table(heading)) == sorted(table(heading))
    assert all(len(reasons) == 2 and all(reasons) for reasons in table(heading).values())
