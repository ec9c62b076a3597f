"""Routing rules as people write them, and back."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wangge.duty.entries import Entry
from wangge.duty.findings import Finding
from wangge.duty.routing import CENTRE, DAYS, Hours, Rule, Target

__all__ = ["Known", "parse_rules", "rules_as_document"]

_FIELDS = ("name", "categories", "kinds", "within", "areas", "days", "hours", "to")
_WHOM = ("desk", "organisation", "type")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–—~～至]\s*(?:([01]?\d|2[0-3]):([0-5]\d)|(24):(00))")


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may name: categories, keys of levels, cells, organisations and their types; areas of overlays."""

    categories: Collection[str]
    levels: Collection[str]
    cells: Collection[str]
    organisations: Collection[str]
    types: Collection[str]
    areas: Collection[str] = ()


class _Anything(Collection[str]):
    """Names of which none is refused."""

    def __contains__(self, _: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_ANY = _Anything()
ANYTHING = Known(_ANY, _ANY, _ANY, _ANY, _ANY, _ANY)
"""For rules that were checked before they were stored; what they name may be gone since."""


def parse_rules(entries: Any, known: Known = ANYTHING) -> tuple[tuple[Rule, ...], list[Finding]]:
    """Rules out of their entries, in order, and what is wrong with them."""
    findings: list[Finding] = []
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        return (), [Finding(0, "rules", "list_type")]
    return tuple(_rule(Entry(i, values, findings), known) for i, values in enumerate(entries, 1)), findings


def rules_as_document(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Rules as their entries, with what is empty left out."""
    return [_rule_as_document(rule) for rule in rules]


def _rule(entry: Entry, known: Known) -> Rule:
    entry.only(_FIELDS)
    to = entry.values.get("to")
    if isinstance(to, Mapping):
        to = [to]
    if not isinstance(to, Sequence) or isinstance(to, str) or not to:
        entry.note("to", "targets", to)
        to = []
    targets = tuple(_target(Entry(entry.record, values, entry.findings, "to"), known) for values in to)
    if targets and not any(target.needed for target in targets):
        entry.note("to", "none_needed")
    days = entry.some_of("days", DAYS)
    return Rule(
        to=targets,
        categories=frozenset(entry.some_of("categories", known.categories)),
        kinds=frozenset(entry.codes("kinds")),
        within=frozenset(entry.some_of("within", known.cells, cells=True)),
        areas=frozenset(entry.some_of("areas", known.areas)),
        days=frozenset(DAYS.index(day) for day in days if day in DAYS),
        hours=_hours(entry),
        name=entry.name(required=False),
    )


def _target(entry: Entry, known: Known) -> Target:
    entry.only((*_WHOM, "needed"))
    given = [key for key in _WHOM if key in entry.values]
    if len(given) != 1:
        entry.note("", "targets", given)
        return Target()
    desks = known.levels if known.levels is _ANY else (*known.levels, CENTRE)
    names: dict[str, Collection[str]] = {"desk": desks, "organisation": known.organisations, "type": known.types}
    whom = given[0]
    found = entry.some_of(whom, names[whom]) if isinstance(entry.values[whom], str) else ()
    if len(found) != 1:
        entry.note(whom, "code", entry.values[whom])
        return Target()
    return Target(**{whom: found[0]}, needed=entry.flag("needed", True))


def _hours(entry: Entry) -> Hours | None:
    told = entry.text("hours", required=False)
    if told is None:
        return None
    parts = _HOURS.fullmatch(told)
    if parts is not None:
        start, end = (int(h) * 60 + int(m) for h, m in (parts.group(1, 2), parts.group(3, 4) if parts[3] else (24, 0)))
        if start != end:
            return Hours(start, end)
    entry.note("hours", "hours", told)
    return None


def _rule_as_document(rule: Rule) -> dict[str, Any]:
    entry = {
        "name": dict(rule.name),
        "categories": sorted(rule.categories),
        "kinds": sorted(rule.kinds),
        "within": sorted(rule.within),
        "areas": sorted(rule.areas),
        "days": [DAYS[day] for day in sorted(rule.days)],
        "hours": str(rule.hours) if rule.hours else None,
        "to": [_target_as_document(target) for target in rule.to],
    }
    return {key: value for key, value in entry.items() if value}


def _target_as_document(target: Target) -> dict[str, Any]:
    whom: dict[str, Any] = {key: value for key in _WHOM if (value := getattr(target, key)) is not None}
    return whom if target.needed else {**whom, "needed": False}
