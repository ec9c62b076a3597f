"""What is drawn from the code is up to date, and settings are described where operators look."""

from scripts import draw_architecture, draw_roles, draw_types
from tests.conftest import ROOT
from wangge.store.settings import Settings


def test_the_page_of_roles_is_what_the_code_says() -> None:
    drawn = draw_roles.page()
    assert (ROOT / "docs" / "roles.md").read_text("utf-8") == drawn, "run: python scripts/draw_roles.py"


def test_the_house_is_drawn_as_its_imports_are() -> None:
    text = draw_architecture.FILE.read_text("utf-8")
    assert draw_architecture.page(text) == text, "run: python scripts/draw_architecture.py"


def test_an_arrow_is_left_out_where_a_longer_way_leads_there() -> None:
    imports = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set[str]()}
    assert draw_architecture.shortened(imports) == {"top": {"middle"}, "middle": {"bottom"}, "bottom": set()}


def test_every_room_says_what_it_is() -> None:
    rooms = [ROOT / room for room in draw_architecture.rooms_in(ROOT) if (ROOT / "wangge" / room).exists()]
    silent = [
        init for room in rooms for init in room.rglob("__init__.py") if not init.read_text("utf-8").startswith('"""')
    ]
    assert silent == []


def test_the_types_of_the_viewer_are_those_of_the_service() -> None:
    """Its JavaScript is checked by them, so an answer that changes breaks what reads it."""
    assert draw_types.FILE.read_text("utf-8") == draw_types.drawn(), "run: python scripts/draw_types.py"


def test_every_setting_stands_in_the_guide_for_operators() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    missing = [name for name in Settings.model_fields if f"| `WANGGE_{name.upper()}` |" not in guide]
    assert missing == []
