"""What is drawn from the code is up to date, and settings are described where operators look."""

from scripts.draw_roles import page
from tests.conftest import ROOT
from wangge.store.settings import Settings


def test_the_page_of_roles_is_what_the_code_says() -> None:
    drawn = page()
    assert (ROOT / "docs" / "roles.md").read_text("utf-8") == drawn, "run: python scripts/draw_roles.py"


def test_every_setting_stands_in_the_guide_for_operators() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    missing = [name for name in Settings.model_fields if f"| `WANGGE_{name.upper()}` |" not in guide]
    assert missing == []
