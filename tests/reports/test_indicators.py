"""Declarations of indicators, and tests over the facts of a case."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from wangge.geo.grid import Level
from wangge.reports.case.facts import BITS, LEVEL_SHIFT, Fact, bits
from wangge.reports.figures.conditions import BadTest, parse_test
from wangge.reports.figures.indicators import (
    BadIndicators,
    declaration,
    expanded,
    overlaid,
    read_declarations,
    shipped,
    written,
)

LEVELS = [Level("street", {"en": "Street", "zh": "街道"}), Level("grid", {"en": "Grid", "zh": "网格"})]
NAMES = sorted(fact.value for fact in BITS)
CLOSED_WELL = {"all_of": ["closed"], "none_of": ["reworked", {"all_of": ["handled_late", "extended"]}]}


def table(depth: int) -> st.SearchStrategy[Any]:
    entry = st.sampled_from(NAMES[:6])
    inner = entry if not depth else st.one_of(entry, table(depth - 1))
    names = st.sampled_from(["all_of", "any_of", "none_of"])
    return st.dictionaries(names, st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=2)


def none(inner: Iterable[bool]) -> bool:
    return not any(inner)


def meant(written_test: Any, holding: set[str]) -> bool:
    """What a test means, said without bits."""
    if isinstance(written_test, str):
        return written_test in holding
    answers: dict[str, Callable[[Iterable[bool]], bool]] = {"all_of": all, "any_of": any, "none_of": none}
    return all(answers[name](meant(one, holding) for one in entries) for name, entries in written_test.items())


@given(table(2), st.sets(st.sampled_from(NAMES[:6])))
def test_a_test_holds_where_its_words_do(words: object, holding: set[str]) -> None:
    try:
        test = parse_test(words, "numerator")
    except BadTest:  # too many alternatives
        reject()
    facts = bits(*map(Fact, holding))
    assert test.holds(facts) == meant(words, holding)
    assert (~test).holds(facts) != test.holds(facts)


def test_a_nested_test_reads_as_it_is_written() -> None:
    test = parse_test(CLOSED_WELL, "numerator")
    assert test.holds(bits(Fact.CLOSED, Fact.HANDLED_LATE))
    assert not test.holds(bits(Fact.CLOSED, Fact.HANDLED_LATE, Fact.EXTENDED))
    assert not test.holds(bits(Fact.CLOSED, Fact.REWORKED))
    assert not test.holds(bits(Fact.HANDLED))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"key": "On Time"}, "key"),
        ({"name": {}}, "name"),
        ({"name": {"fr": "taux"}}, "name"),
        ({"unit": "stones"}, "unit"),
        ({"better": "bigger"}, "better"),
        ({"numerator": None}, "numerator"),
        ({"numerator": "clsed"}, "numerator"),
        ({"denominator": None}, "denominator"),
        ({"denominator": {}}, "denominator"),
        ({"exclude": {"some_of": ["parked"]}}, "exclude.some_of"),
        ({"exclude": {"any_of": []}}, "exclude.any_of"),
        ({"exclude": {"any_of": [{"all_of": ["parkd"]}]}}, "exclude.any_of.all_of"),
        ({"numerator": "above_level"}, "numerator"),
        ({"each_level": True}, "name"),
        ({"hidden": "no"}, "hidden"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_declaration_says_which_entry_and_field(tmp_path: Path, changed: dict[str, object], field: str) -> None:
    good = {"key": "on-time", "name": {"en": "On time"}, "numerator": "closed", "denominator": "received"}
    declaration(good)
    with pytest.raises(BadTest) as refused:
        declaration({name: value for name, value in (good | changed).items() if value is not None})
    assert refused.value.facts["field"] == field
    assert refused.value.facts["expected"]


def test_a_file_says_which_record_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    good = '[[indicators]]\nkey = "a"\nname = { zh = "甲" }\nunit = "cases"\ndenominator = "received"\n'
    file.write_text(good + good.replace('"received"', '"parked"'), encoding="utf-8")
    with pytest.raises(BadIndicators) as refused:
        read_declarations(file)
    assert refused.value.facts == {"file": str(file), "record": 2, "field": "key", "expected": "not twice a"}
    file.write_text("[[indicators]\n", encoding="utf-8")
    with pytest.raises(BadIndicators) as refused:
        read_declarations(file)
    assert refused.value.facts["record"] == 0


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    own = declaration(
        {
            "key": "quoted",
            "name": {"en": 'the "best"\\\n', "zh": "最好"},
            "numerator": CLOSED_WELL,
            "denominator": "received",
            "better": "lower",
            "hidden": True,
        }
    )
    file = tmp_path / "all.toml"
    file.write_text(written([*shipped(), own]), encoding="utf-8")
    assert read_declarations(file) == [*shipped(), own]


def test_a_territory_adds_and_changes() -> None:
    changed = declaration({"key": "closed", "name": {"en": "Done"}, "unit": "cases", "denominator": "confirmed"})
    hidden = declaration(
        {"key": "rework", "name": {"en": "-"}, "unit": "cases", "denominator": "closed"} | {"hidden": True}
    )
    added = declaration({"key": "urged", "name": {"zh": "督办数"}, "unit": "cases", "denominator": "urged"})
    found = {one.key: one for one in expanded(overlaid(shipped(), [changed, hidden, added]), LEVELS)}
    assert found["closed"].name["zh"] == "Done"
    assert "rework" not in found
    assert list(found)[-1] == "urged"
    assert found["solved-at.street"].name == {"en": "Solved at level: Street", "zh": "街道解决率"}
    assert found["solved-at.street"].level == "street"


def test_the_numerator_lies_in_the_denominator_and_what_is_excluded_in_neither() -> None:
    rng = np.random.default_rng(1)
    facts = [int(value) for value in rng.integers(0, 1 << len(BITS), 3000)]
    facts += [value | 1 << LEVEL_SHIFT for value in facts[:500]]
    for indicator in expanded(shipped(), LEVELS):
        parts = [indicator.part(part) for part in ("numerator", "denominator", "excluded")]
        for value in facts:
            numerator, denominator, excluded = (test.holds(value) for test in parts)
            assert denominator >= numerator
            assert not (denominator and excluded)
            assert (denominator or excluded) == indicator.denominator.holds(value)
