"""What is kept of cells: each attribute declared by key, name and the rule by which it is rolled up. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from wangge.data.languages import LANGUAGES, in_every_language
from wangge.geo.errors import WanggeError

__all__ = ["Attribute", "BadAttributes", "Rule", "attributes_of", "read_attributes"]

FIELDS = ("key", "name", "rule", "unit", "weight", "classes")

_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class BadAttributes(WanggeError):
    """A declaration that cannot be used. Facts: `file`, `record`, `field`, `expected`."""

    kind = "bad-attributes"


class Rule(StrEnum):
    """How the values of cells make that of the cell above."""

    SUM = "sum"  # numbers that are added
    SHARE = "share"  # percents, whose mean is taken by the weight of each
    MEAN = "mean"  # any other numbers, whose mean is taken in the same way
    CLASS = "class"  # words, of which each is counted
    YES_NO = "yes-no"  # of which each is counted

    @property
    def numbers(self) -> bool:
        """Whether its values are numbers; those of the others are words."""
        return self in (Rule.SUM, Rule.SHARE, Rule.MEAN)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute.

    Attributes
    ----------
    unit : of a sum or mean, such as people or yuan.
    weight : key of the sum by which a share or mean is weighed: what it is a share of, or a mean over.
    classes : the words of a class, in order, each with its name by language; none for yes and no.
    """

    key: str
    name: Mapping[str, str]
    rule: Rule
    unit: str = ""
    weight: str | None = None
    classes: Mapping[str, Mapping[str, str]] | None = None

    def document(self) -> dict[str, Any]:
        """The declaration as TOML and JSON write it; what is empty is left out."""
        return {field: value for field in FIELDS if (value := getattr(self, field))}


def read_attributes(file: Path) -> list[Attribute]:
    """The declarations of a TOML file, in order: tables `[[attributes]]`. Raises BadAttributes."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadAttributes(file=str(file), record=0, field="attributes", expected=str(error)) from None
    return attributes_of(document.get("attributes"), str(file))


def attributes_of(entries: Any, file: str = "") -> list[Attribute]:
    """Declarations out of their entries. Raises BadAttributes with the record, the field and what was expected."""
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise BadAttributes(file=file, record=0, field="attributes", expected="[[attributes]]")
    found: dict[str, Attribute] = {}
    for record, entry in enumerate(entries, 1):
        one = _attribute(entry, file, record)
        if one.key in found:
            raise BadAttributes(file=file, record=record, field="key", expected="not-twice", code=one.key)
        found[one.key] = one
    for record, one in enumerate(found.values(), 1):
        of = found.get(one.weight or "")
        weighed = one.rule in (Rule.SHARE, Rule.MEAN)
        if one.weight and (of is None or of.rule is not Rule.SUM or not weighed):
            facts = {"expected": "key-of-sum", "key": one.key, "weight": one.weight}
            raise BadAttributes(file=file, record=record, field="weight", **facts)
    return list(found.values())


def _attribute(entry: Any, file: str, record: int) -> Attribute:
    def refuse(field: str, expected: str) -> BadAttributes:
        return BadAttributes(file=file, record=record, field=field, expected=expected)

    if not isinstance(entry, Mapping):
        raise refuse("", "table")
    for field in entry:
        if field not in FIELDS:
            raise refuse(str(field), ", ".join(FIELDS))
    key, rule, classes = entry.get("key"), entry.get("rule"), entry.get("classes")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise refuse("key", "small-letters")
    if rule not in list(Rule):
        raise refuse("rule", ", ".join(Rule))
    unit, weight = entry.get("unit", ""), entry.get("weight")
    if not isinstance(unit, str) or not isinstance(weight, str | None):
        raise refuse("unit" if not isinstance(unit, str) else "weight", "text")
    if (rule == Rule.CLASS) != bool(classes) or (classes and not isinstance(classes, Mapping)):
        raise refuse("classes", "names-by-word")
    named = {str(word): _name(name, refuse("classes", "names")) for word, name in (classes or {}).items()}
    return Attribute(key, _name(entry.get("name"), refuse("name", "names")), Rule(rule), unit, weight, named or None)


def _name(given: Any, error: BadAttributes) -> dict[str, str]:
    """A name in every language. Raises the error."""
    if not isinstance(given, Mapping) or not given or not given.keys() <= set(LANGUAGES):
        raise error
    if not all(isinstance(value, str) and value.strip() for value in given.values()):
        raise error
    return in_every_language(given)
