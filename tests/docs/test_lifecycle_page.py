"""The drawn life of a case is the one that the table says."""

import re

from scripts.draw_lifecycle import FILE, diagram, page, table
from wangge.reports.case.lifecycle import State
from wangge.reports.case.table import MOVES


def test_the_page_is_up_to_date() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert page(text) == text, "run: python scripts/draw_lifecycle.py"


def test_every_state_and_every_move_that_leads_somewhere_is_drawn() -> None:
    drawn = diagram()
    assert {state for state in State if re.search(rf"\b{state}\b", drawn)} == set(State)
    named = {name for line in drawn.splitlines() if ":" in line for name in line.split(": ")[1].split(", ")}
    assert named == {move.name for move in MOVES.values() if move.targets and not move.stays}


def test_the_table_has_a_row_for_each_move() -> None:
    assert re.findall(r"^\| `([a-z-]+)`", table(), re.MULTILINE) == list(MOVES)
