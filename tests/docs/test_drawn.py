"""What is drawn from the code is up to date, and settings are described where operators look."""

import importlib.util
from pathlib import Path
from types import ModuleType

from store.settings import Settings
from tests.conftest import ROOT


def script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, Path(ROOT) / "scripts" / f"{name}.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_page_of_roles_is_what_the_code_says() -> None:
    drawn = script("draw_roles").page()
    assert (ROOT / "docs" / "roles.md").read_text("utf-8") == drawn, "run: python scripts/draw_roles.py"


def test_every_setting_stands_in_the_guide_for_operators() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    missing = [name for name in Settings.model_fields if f"| `WANGGE_{name.upper()}` |" not in guide]
    assert missing == []
