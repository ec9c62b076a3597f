"""`import wangge`: what notebooks and other programs get, what it costs, and how it lies in an installation."""

import doctest
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import wangge

ROOT = Path(__file__).parents[1]


def test_the_examples_run() -> None:
    failed, tried = doctest.testmod(wangge)
    assert (failed, tried > 5) == (0, True)


def test_it_names_the_public_things_and_nothing_else() -> None:
    for name in wangge.__all__:
        assert getattr(wangge, name) is not None
    assert {"Grid", "Datum", "read_boundaries", "open_bundle"} <= set(wangge.__all__) <= set(dir(wangge))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = wangge.nothing


def test_neither_the_service_nor_its_database_is_imported() -> None:
    program = """
import sys
import wangge
assert not any(name.startswith("wangge.") for name in sys.modules), "the name alone costs nothing"
for name in wangge.__all__:
    getattr(wangge, name)
print(*{"fastapi", "starlette", "sqlalchemy", "psycopg"}.intersection(sys.modules))
"""
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == ""


def test_the_rooms_are_folders_of_the_repository_and_parts_of_one_package() -> None:
    rooms = {path.name for path in (ROOT / "wangge").iterdir() if path.is_symlink()}
    assert {"api", "data", "geo", "tilesets"} <= rooms
    for room in rooms:
        assert (ROOT / room).is_dir()
        assert not (ROOT / room).is_symlink()
        assert (ROOT / "wangge" / room).readlink() == Path("..") / room
    banned = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["flake8-tidy-imports"]
    assert set(banned["banned-api"]) == rooms, "a bare import of a room is refused by ruff"
