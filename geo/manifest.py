"""The manifest of a territory's folder: what its boundary files are and how to read them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

from wangge.data.languages import LANGUAGES, in_every_language
from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.vector import MissingFile

__all__ = ["BadManifest", "LevelSpec", "Manifest", "read_manifest"]

FILE_NAME = "manifest.toml"
# Names that the map's vector tiles use for their own layers.
RESERVED_LEVELS = ("labels", "heat")

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_KEYS = (
    ["code", "name", "timezone", "edition", "valid_from", "datum", "crs", "source", "licence", "synthetic", "levels"],
    ["key", "name", "file", "layer", "code", "label", "parent", "attributes", "purpose", "dissolve"],
)
_T = TypeVar("_T")


class BadManifest(WanggeError):
    """A manifest that is not TOML or holds a wrong value at `key`."""

    kind = "bad-manifest"


@dataclass(frozen=True)
class LevelSpec:
    """One level of the grid: the file that holds its cells and the fields to read from it.

    The cells of a level that is to `dissolve` are the unions of those below it that name the same parent: `file` and
    `layer` are those of the level that is drawn, `code` is the field in it with the cell's code. `purpose` is the field
    that says what a special grid is for; only base grids have one.
    """

    key: str
    name: dict[str, str]
    file: str
    layer: str | None
    code: str
    label: str | None
    parent: str | None
    attributes: tuple[str, ...]
    dissolve: bool = False
    purpose: str | None = None


@dataclass(frozen=True)
class Manifest:
    """One edition of a territory: its name, dates, rights and levels, from the top to the base grids."""

    code: str
    name: dict[str, str]
    timezone: str
    edition: str
    valid_from: date
    datum: Datum
    source: str
    licence: str
    synthetic: bool
    levels: tuple[LevelSpec, ...]
    folder: Path
    crs: str | None = None


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a territory's folder, with each value checked.

    Parameters
    ----------
    folder : Path
        The folder that holds `manifest.toml`. Each level's file must lie inside it.

    Raises
    ------
    MissingFile, BadManifest
        With the file, the key and what was expected there.
    """
    path = folder / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise MissingFile(file=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadManifest(file=str(path), key="TOML", expected=f"TOML 1.0 in UTF-8: {error}") from None
    top = _Table(path, "", table, _KEYS[0])
    return Manifest(
        code=top.slug("code"),
        name=top.name(),
        timezone=top.one_of("timezone", available_timezones(), "an IANA time zone, such as Asia/Shanghai"),
        edition=top.text("edition"),
        valid_from=top.day("valid_from"),
        datum=top.datum("datum"),
        source=top.text("source"),
        licence=top.text("licence"),
        synthetic=top.value("synthetic", bool, "true or false"),
        levels=_levels(top, folder),
        folder=folder,
        crs=top.maybe_text("crs"),
    )


def _levels(top: "_Table", folder: Path) -> tuple[LevelSpec, ...]:
    tables = top.value("levels", list, "at least one [[levels]] table")
    if not tables:
        raise top.bad("levels", "at least one [[levels]] table")
    read = [_Table(top.path, f"levels[{position}].", table, _KEYS[1]) for position, table in enumerate(tables)]
    levels: dict[int, LevelSpec] = {}
    # What is dissolved is known once the levels below it are; the rest is read, and refused, in the order of the file.
    for position, level in enumerate(read):
        if level.slug("key") in (*RESERVED_LEVELS, *(above.values.get("key") for above in read[:position])):
            raise level.bad("key", f"a key of its own, other than {', '.join(RESERVED_LEVELS)}")
        if not level.flag("dissolve"):
            levels[position] = _drawn(level, folder, position, base=position == len(read) - 1)
    for position, level in reversed(list(enumerate(read))):
        if position not in levels:
            levels[position] = _dissolved(level, position, levels.get(position + 1))
    return tuple(levels[position] for position in range(len(read)))


def _drawn(level: "_Table", folder: Path, position: int, *, base: bool) -> LevelSpec:
    key, name, file = level.slug("key"), level.name(), level.text("file")
    if not _inside(folder, file):
        raise level.bad("file", "a file inside the territory's folder")
    layer, code, label = level.maybe_text("layer"), level.text("code"), level.maybe_text("label")
    if not base and "purpose" in level.values:
        raise level.bad("purpose", "nothing: only base grids, the cells of the last level, can be special")
    parent, attributes, purpose = _parent(level, position), level.texts("attributes"), level.maybe_text("purpose")
    return LevelSpec(key, name, file, layer, code, label, parent, attributes, purpose=purpose)


def _dissolved(level: "_Table", position: int, below: LevelSpec | None) -> LevelSpec:
    if below is None or below.parent is None:
        raise level.bad("dissolve", "a level above another one, whose cells it is made of")
    for unwanted in ("file", "layer", "code", "attributes", "purpose"):
        if unwanted in level.values:
            raise level.bad(unwanted, f"nothing: the cells are those of {below.key} that have one {below.parent}")
    key, name, label, parent = level.slug("key"), level.name(), level.maybe_text("label"), _parent(level, position)
    return LevelSpec(key, name, below.file, below.layer, below.parent, label, parent, (), dissolve=True)


def _parent(level: "_Table", position: int) -> str | None:
    return level.maybe_text("parent") if position == 0 else level.text("parent")


def _inside(folder: Path, file: str) -> bool:
    try:
        return (folder / file).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a NUL character, a ring of links
        return False


@dataclass(frozen=True)
class _Table:
    """One TOML table, read key by key; a wrong value is told with its full key."""

    path: Path
    prefix: str
    values: Any
    keys: list[str]

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise BadManifest(file=str(self.path), key=self.prefix.rstrip("."), expected="a table")
        for key in self.values:
            if key not in self.keys:
                near = get_close_matches(key, self.keys, n=1)
                raise self.bad(key, f"no such key; did you mean {near[0]}?" if near else "no such key")

    def bad(self, key: str, expected: str) -> BadManifest:
        return BadManifest(file=str(self.path), key=self.prefix + key, expected=expected)

    def value(self, key: str, kind: type[_T], expected: str) -> _T:
        found = self.values.get(key)
        if not isinstance(found, kind):
            raise self.bad(key, expected)
        return found

    def text(self, key: str) -> str:
        found = self.value(key, str, "a text").strip()
        if not found:
            raise self.bad(key, "a text that is not empty")
        return found

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
            raise self.bad(key, "a list of field names")
        return tuple(dict.fromkeys(found))

    def flag(self, key: str) -> bool:
        return key in self.values and self.value(key, bool, "true or false")

    def slug(self, key: str) -> str:
        found = self.text(key)
        if not _SLUG.fullmatch(found):
            raise self.bad(key, "lower-case letters, digits, - and _, at most 63")
        return found

    def one_of(self, key: str, allowed: set[Any], expected: str) -> str:
        found = self.text(key)
        if found not in allowed:
            raise self.bad(key, expected)
        return found

    def datum(self, key: str) -> Datum:
        try:
            return Datum(self.text(key))
        except ValueError:
            raise self.bad(key, "one of " + ", ".join(Datum)) from None

    def day(self, key: str) -> date:
        found = self.value(key, date, "a date, such as 2026-01-01")
        if isinstance(found, datetime):
            raise self.bad(key, "a date without a time, such as 2026-01-01")
        return found

    def name(self) -> dict[str, str]:
        """The name in each language; a language that is not given takes the other's."""
        table = _Table(self.path, self.prefix + "name.", self.value("name", dict, _NAME), list(LANGUAGES))
        given = {language: table.text(language) for language in LANGUAGES if language in table.values}
        if not given:
            raise self.bad("name", _NAME)
        return in_every_language(given)


_NAME = 'a table such as { en = "Street", zh = "街道" }'
