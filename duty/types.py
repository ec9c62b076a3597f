"""The types of organisation that ship, and the templates of parties that a community is given."""

import tomllib
from dataclasses import dataclass

from wangge.data import DATA

__all__ = ["SHIPPED", "TEMPLATES", "Template"]

FILE = DATA / "organisations.toml"


@dataclass(frozen=True, slots=True)
class Template:
    """The parties of one kind of community: types of organisation, in order."""

    code: str
    name: dict[str, str]
    types: tuple[str, ...]


_DOCUMENT = tomllib.loads(FILE.read_text(encoding="utf-8"))

SHIPPED: dict[str, dict[str, str]] = {entry["code"]: entry["name"] for entry in _DOCUMENT["types"]}
"""Names by language of the types that every territory has, by code and in order."""

TEMPLATES: dict[str, Template] = {
    entry["code"]: Template(entry["code"], entry["name"], tuple(entry["types"])) for entry in _DOCUMENT["templates"]
}
"""The templates, by the kind of cell that they are for."""
