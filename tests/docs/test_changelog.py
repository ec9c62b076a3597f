"""The changelog and the program speak of the same version."""

import re
from importlib.metadata import version

from tests.conftest import ROOT


def test_the_newest_version_of_the_changelog_is_the_program_s() -> None:
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1] == version("wangge")
