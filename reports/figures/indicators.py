"""The figures by which a city judges itself: each declared by numerator, denominator, exclusions and unit. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wangge.data import DATA
from wangge.data.languages import LANGUAGES, in_every_language, spoken
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Level
from wangge.reports.case.facts import MOST_LEVELS
from wangge.reports.figures.conditions import NEVER, BadTest, Test, parse_test

__all__ = [
    "BETTER",
    "SHIPPED",
    "UNITS",
    "BadIndicators",
    "Declaration",
    "Indicator",
    "declaration",
    "expanded",
    "overlaid",
    "read_declarations",
    "shipped",
    "written",
]

SHIPPED = DATA / "indicators.toml"
"""The indicators of every territory, unless it declares others."""

UNITS: Mapping[str, int] = {"percent": 100, "per_thousand": 1000, "cases": 1}
BETTER = ("higher", "lower")
FIELDS = ("key", "name", "unit", "better", "each_level", "numerator", "denominator", "exclude", "hidden")

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class BadIndicators(WanggeError):
    """A declaration that cannot be used. Facts: `file`, `record`, `field`, `expected`."""

    kind = "bad-indicators"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One indicator as it is declared, checked; `numerator`, `denominator` and `exclude` are tests as they are written.

    Attributes
    ----------
    better : "higher" or "lower".
    each_level : it stands for one indicator of each level of the territory.
    hidden : the territory does not use it.
    """

    key: str
    name: Mapping[str, str]
    unit: str
    denominator: Any
    numerator: Any = None
    exclude: Any = None
    better: str = "higher"
    each_level: bool = False
    hidden: bool = False

    def document(self) -> dict[str, Any]:
        """The declaration as TOML and JSON write it; what is as by default is left out."""
        default = {"better": "higher", "each_level": False, "hidden": False, "numerator": None, "exclude": None}
        values = {field: getattr(self, field) for field in FIELDS}
        return {field: value for field, value in values.items() if field not in default or value != default[field]}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure that can be computed: of the cases in the denominator that are not excluded, those in the numerator.

    Attributes
    ----------
    numerator : None where the figure is the number of cases itself.
    level : key of the level it is about, of an indicator that was declared for each.
    """

    key: str
    name: Mapping[str, str]
    unit: str
    better: str
    denominator: Test
    numerator: Test | None = None
    exclude: Test = NEVER
    level: str | None = None

    def part(self, name: str) -> Test:
        """The test of the cases in a part of the figure: numerator, denominator or excluded."""
        if name == "excluded":
            return self.denominator & self.exclude
        counted = self.denominator & ~self.exclude
        return counted & self.numerator if name == "numerator" and self.numerator is not None else counted

    def value(self, numerator: int, denominator: int) -> float | None:
        """The figure in its unit; None where there is nothing to judge."""
        if self.numerator is None:
            return denominator
        return UNITS[self.unit] * numerator / denominator if denominator else None


def shipped() -> list[Declaration]:
    """The indicators that come with the program."""
    return read_declarations(SHIPPED)


def read_declarations(file: Path) -> list[Declaration]:
    """The declarations of a TOML file, in order: tables `[[indicators]]`.

    Raises
    ------
    BadIndicators : with the record, the field and what was expected there.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadIndicators(file=str(file), record=0, field="indicators", expected=str(error)) from None
    entries = document.get("indicators")
    if not isinstance(entries, list) or not entries:
        raise BadIndicators(file=str(file), record=0, field="indicators", expected="[[indicators]]")
    found: dict[str, Declaration] = {}
    for record, entry in enumerate(entries, 1):
        try:
            one = declaration(entry)
            if one.key in found:
                raise BadTest(field="key", expected="not-twice", code=one.key)
        except BadTest as error:
            raise BadIndicators(file=str(file), record=record, **error.facts) from None
        found[one.key] = one
    return list(found.values())


def declaration(entry: Any) -> Declaration:
    """The declaration that a table of TOML or an object of JSON makes.

    Raises
    ------
    BadTest : with the field and what was expected there.
    """
    if not isinstance(entry, Mapping):
        raise BadTest(field="indicators", expected="table")
    strange = next((field for field in entry if field not in FIELDS), None)
    if strange is not None:
        raise BadTest(field=str(strange), expected="one-of", known=", ".join(FIELDS))
    key = entry.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadTest(field="key", expected="small-letters-hyphen")
    flags = {field: _flag(entry, field) for field in ("each_level", "hidden")}
    one = Declaration(
        key=key,
        name=_name(entry.get("name"), per_level=flags["each_level"]),
        unit=_choice(entry, "unit", tuple(UNITS), "percent"),
        better=_choice(entry, "better", BETTER, "higher"),
        denominator=entry.get("denominator"),
        numerator=entry.get("numerator"),
        exclude=entry.get("exclude"),
        **flags,
    )
    if (one.numerator is None) != (one.unit == "cases"):
        raise BadTest(field="numerator", expected="unless-cases")
    _indicator(one, 0 if one.each_level else None, None)
    return one


def overlaid(base: Iterable[Declaration], own: Iterable[Declaration]) -> list[Declaration]:
    """Declarations with some replaced by those of the same key, and others added at the end."""
    found = {one.key: one for one in base}
    return list((found | {one.key: one for one in own}).values())


def expanded(declarations: Iterable[Declaration], levels: Sequence[Level]) -> list[Indicator]:
    """The indicators that declarations make in a territory with some levels, from the top; hidden ones are left out."""
    found = []
    for one in declarations:
        if one.hidden:
            continue
        if one.each_level:
            found += [_indicator(one, at, level) for at, level in enumerate(levels[:MOST_LEVELS])]
        else:
            found.append(_indicator(one, None, None))
    return found


def written(declarations: Iterable[Declaration]) -> str:
    """Declarations as a TOML file that reads back as the same."""
    tables = []
    for one in declarations:
        lines = [f"{field} = {_toml(value)}" for field, value in one.document().items()]
        tables.append("\n".join(["[[indicators]]", *lines]))
    return "\n\n".join(tables) + "\n"


def _indicator(one: Declaration, at: int | None, level: Level | None) -> Indicator:
    key, name = one.key, dict(one.name)
    if level is not None:
        key = f"{one.key}.{level.key}"
        name = {tongue: said.replace("{level}", spoken(level.name, tongue, level.key)) for tongue, said in name.items()}
    return Indicator(
        key=key,
        name=name,
        unit=one.unit,
        better=one.better,
        denominator=parse_test(one.denominator, "denominator", at),
        numerator=None if one.numerator is None else parse_test(one.numerator, "numerator", at),
        exclude=NEVER if one.exclude is None else parse_test(one.exclude, "exclude", at),
        level=level.key if level else None,
    )


def _name(name: Any, *, per_level: bool) -> dict[str, str]:
    if not isinstance(name, Mapping) or not set(LANGUAGES) & set(name) or not set(name) <= set(LANGUAGES):
        raise BadTest(field="name", expected='{ en = "…", zh = "…" }')
    if not all(isinstance(said, str) and 0 < len(said.strip()) <= 200 for said in name.values()):
        raise BadTest(field="name", expected='{ en = "…", zh = "…" }')
    if per_level and not all("{level}" in said for said in name.values()):
        raise BadTest(field="name", expected="level-in-name")
    return in_every_language(name)


def _choice(entry: Mapping[str, Any], field: str, known: Sequence[str], default: str) -> str:
    value = entry.get(field, default)
    if value not in known:
        raise BadTest(field=field, expected="one-of", known=", ".join(known))
    return str(value)


def _flag(entry: Mapping[str, Any], field: str) -> bool:
    value = entry.get(field, False)
    if not isinstance(value, bool):
        raise BadTest(field=field, expected="true, false")
    return value


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(_escaped(letter) for letter in value) + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + " }"
    return "[" + ", ".join(_toml(entry) for entry in value) + "]"


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return f"\\u{ord(letter):04x}" if letter < " " or letter == "\x7f" else letter
