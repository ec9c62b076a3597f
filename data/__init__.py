"""What comes with the program beside its code: boundaries, reports, every text, and the list of its languages."""

from pathlib import Path

__all__ = ["DATA", "HOME"]

DATA = Path(__file__).parent
"""Folder of the boundaries, reports and defaults that come with the program."""

HOME = DATA.parent
"""Folder of the package: the viewer's files, migrations and SQL lie in it as files."""
