"""docs/indicators.md says what ships, and its example is one that loads."""

import re
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from wangge.reports.case.facts import Fact
from wangge.reports.figures.indicators import read_declarations, shipped

GUIDE = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")


def said(test: Any) -> str:
    """A test in words, as the table writes it."""
    if test is None:
        return "–"
    if isinstance(test, str):
        return f"`{test}`"
    joined = {"all_of": " and ", "any_of": " or ", "none_of": " nor "}
    parts = [("neither " if name == "none_of" and len(tests) > 1 else "not " if name == "none_of" else "")
             + joined[name].join(map(said, tests)) for name, tests in test.items()]  # fmt: skip
    return ", ".join(parts)


def table() -> str:
    """The shipped indicators as the guide lists them."""
    rows = ["| key | | counted | of | left out |", "|---|---|---|---|---|"]
    for one in shipped():
        names = f"{one.name['en']} {one.name['zh']}"
        tests = " | ".join(map(said, (one.numerator, one.denominator, one.exclude)))
        rows.append(f"| `{one.key}` | {names} | {tests} |")
    return "\n".join(rows)


def test_the_guide_lists_what_ships() -> None:
    assert table() in GUIDE, f"docs/indicators.md should hold:\n{table()}"


def test_the_guide_names_every_fact() -> None:
    assert {fact for fact in Fact if f"`{fact}`" not in GUIDE} == set()


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    file = tmp_path / "own.toml"
    file.write_text(example, encoding="utf-8")
    assert [one.key for one in read_declarations(file)] == ["closed-well", "rework", "stayed-below"]
