"""Declarations of indicators, and tests over the facts of a case."""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from wangge.data import messages
from wangge.geo.grid import Level
from wangge.reports.case.facts import BITS, LEVEL_SHIFT, MOST_LEVELS, Fact, bits
from wangge.reports.figures.conditions import NEVER, BadTest, parse_test
from wangge.reports.figures.indicators import (
    BadIndicators,
    Declaration,
    Indicator,
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
    assert refused.value.facts == {"file": str(file), "record": 2, "field": "key", "expected": "not-twice", "code": "a"}
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


@given(st.text(st.characters(max_codepoint=0xFF), min_size=1, max_size=30).filter(str.strip))
def test_any_name_that_is_written_reads_back(name: str) -> None:
    own = declaration({"key": "own", "name": {"en": name}, "unit": "cases", "denominator": "received"})
    (read,) = tomllib.loads(written([own]))["indicators"]
    assert read == own.document()
    assert read["name"] == {"en": name, "zh": name}


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


GOOD: dict[str, Any] = {"key": "on-time", "name": {"en": "On time"}, "numerator": "closed", "denominator": "received"}


def declared(**changed: Any) -> Declaration:
    return declaration({name: value for name, value in (GOOD | changed).items() if value is not None})


def one_of(written_as: Declaration) -> Indicator:
    (found,) = expanded([written_as], LEVELS)
    return found


@pytest.mark.parametrize(
    ("unit", "value", "nothing"), [("percent", 25, None), ("per_thousand", 250, None), ("cases", 4, 0)]
)
def test_a_figure_is_in_its_unit_and_there_is_none_of_nothing(unit: str, value: float, nothing: float | None) -> None:
    figure = one_of(declared(unit=unit, numerator=None if unit == "cases" else "closed"))
    assert figure.unit == unit
    assert figure.value(1, 4) == value
    assert figure.value(0, 0) == nothing


def test_what_is_left_out_of_a_declaration_is_as_usual() -> None:
    plain = declared()
    assert plain.document() == GOOD | {"name": {"en": "On time", "zh": "On time"}, "unit": "percent"}
    assert (plain.better, plain.each_level, plain.hidden, plain.exclude) == ("higher", False, False, None)
    assert one_of(plain).better == "higher"
    assert one_of(declared(better="lower")).better == "lower"
    full = declared(better="lower", exclude="parked", hidden=True)
    assert full.document() == plain.document() | {"better": "lower", "exclude": "parked", "hidden": True}
    assert list(full.document()) == ["key", "name", "unit", "better", "numerator", "denominator", "exclude", "hidden"]
    level = declared(each_level=True, name={"zh": "{level}"}, numerator="above_level")
    assert level.document()["each_level"] is True
    assert level.name == {"en": "{level}", "zh": "{level}"}


def test_each_part_of_a_figure_counts_its_own_cases() -> None:
    figure = one_of(declared(exclude="parked"))
    closed, parked = BITS[Fact.CLOSED], BITS[Fact.PARKED]
    cases = {"open": 1, "closed": 1 | closed, "parked": 1 | parked, "both": 1 | closed | parked, "none": closed}
    counted = {
        part: {name for name, facts in cases.items() if figure.part(part).holds(facts)}
        for part in ("numerator", "denominator", "excluded")
    }
    assert counted == {"numerator": {"closed"}, "denominator": {"open", "closed"}, "excluded": {"parked", "both"}}
    number = one_of(declared(unit="cases", numerator=None))
    assert number.part("numerator").holds(1)
    assert not number.part("numerator").holds(closed)


def test_an_indicator_of_each_level_is_about_that_level() -> None:
    each = declared(
        each_level=True, name={"en": "At {level}", "zh": "{level}级"}, numerator={"none_of": ["above_level"]}
    )
    levels = [*LEVELS, Level("lane", {})]
    found = expanded([each], levels)
    assert [(one.key, one.level, one.name["en"], one.name["zh"]) for one in found] == [
        ("on-time.street", "street", "At Street", "街道级"),
        ("on-time.grid", "grid", "At Grid", "网格级"),
        ("on-time.lane", "lane", "At lane", "lane级"),
    ]
    for at, one in enumerate(found):
        assert one.numerator is not None
        assert [one.numerator.holds(1 << LEVEL_SHIFT + level) for level in range(3)] == [at != n for n in range(3)]
    many = [Level(f"l{at}", {}) for at in range(MOST_LEVELS + 3)]
    assert [one.level for one in expanded([each], many)] == [f"l{at}" for at in range(MOST_LEVELS)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"key": 7}, "small letters, digits and hyphens"),
        ({"key": "-a"}, "small letters, digits and hyphens"),
        ({"key": "a" * 64}, "small letters, digits and hyphens"),
        ({"name": "On time"}, '{ en = "…", zh = "…" }'),
        ({"name": ["en"]}, '{ en = "…", zh = "…" }'),
        ({"name": {"en": " "}}, '{ en = "…", zh = "…" }'),
        ({"name": {"en": "On time", "zh": ""}}, '{ en = "…", zh = "…" }'),
        ({"name": {"en": "a" * 201}}, '{ en = "…", zh = "…" }'),
        ({"name": {"en": "On time", "fr": "à l'heure"}}, '{ en = "…", zh = "…" }'),
        ({"name": {"en": 7}}, '{ en = "…", zh = "…" }'),
        ({"unit": "stones"}, "one of percent, per_thousand, cases"),
        ({"better": "bigger"}, "one of higher, lower"),
        ({"hidden": 1}, "true, false"),
        ({"unit": "cases"}, "one, unless the unit is cases"),
        ({"numerator": None}, "one, unless the unit is cases"),
        ({"each_level": True}, "{level} in it, which becomes the name of the level"),
        (
            {"each_level": True, "name": {"en": "{level}", "zh": "级"}},
            "{level} in it, which becomes the name of the level",
        ),
        ({"numerator": "above_level"}, "above_level only with each_level = true"),
        ({"numerator": {}}, "a fact, or a table of all_of, any_of, none_of"),
        ({"numerator": ["closed"]}, "a fact, or a table of all_of, any_of, none_of"),
        ({"numerator": {"some_of": ["closed"]}}, "all_of, any_of, none_of"),
        ({"numerator": {"all_of": "closed"}}, "a list of facts"),
        ({"numerator": {"all_of": []}}, "a list of facts"),
        ({"numerator": {"all_of": 7}}, "a list of facts"),
        ({"colour": "red"}, "one of key, name, unit, better, each_level, numerator, denominator, exclude, hidden"),
    ],
)
def test_what_was_expected_is_said_in_words(changed: dict[str, Any], expected: str) -> None:
    with pytest.raises(BadTest) as refused:
        declared(**changed)
    facts = refused.value.facts
    assert messages.need(facts["expected"], facts, "en") == expected
    assert refused.value.kind == "bad-indicator"


def test_what_is_just_allowed_is_allowed() -> None:
    assert declared(key="a" * 63).key == "a" * 63
    assert declared(name={"zh": "字" * 200}).name["en"] == "字" * 200
    assert declared(name={"en": "a", "zh": "甲"}).name == {"en": "a", "zh": "甲"}
    with pytest.raises(BadTest) as refused:
        declaration(["on-time"])
    assert refused.value.facts == {"field": "indicators", "expected": "table"}


@pytest.mark.parametrize("text", ["indicators = []\n", "indicators = 3\n", 'title = "none"\n'])
def test_a_file_without_indicators_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadIndicators) as refused:
        read_declarations(file)
    expected = {"file": str(file), "record": 0, "field": "indicators", "expected": "[[indicators]]"}
    assert refused.value.facts == expected
    with pytest.raises(BadIndicators):
        read_declarations(tmp_path / "missing.toml")
    file.write_bytes(b'[[indicators]]\nkey = "\xff"\n')
    with pytest.raises(BadIndicators):
        read_declarations(file)


def test_own_declarations_replace_those_of_their_key_in_place() -> None:
    base = [declared(key="a"), declared(key="b"), declared(key="c")]
    found = overlaid(base, [declared(key="d"), declared(key="b", unit="per_thousand")])
    assert [(one.key, one.unit) for one in found] == [
        ("a", "percent"),
        ("b", "per_thousand"),
        ("c", "percent"),
        ("d", "percent"),
    ]


def test_a_test_has_no_more_terms_than_can_be_asked() -> None:
    pairs = [{"all_of": [a, b]} for a, b in zip(NAMES[::2], NAMES[1::2], strict=False)]
    assert len(parse_test({"any_of": pairs}, "numerator").terms) == len(pairs)
    eight = {"all_of": [{"any_of": NAMES[4 * n : 4 * n + 4]} for n in range(4)]}
    assert len(parse_test(eight, "numerator").terms) == 256
    with pytest.raises(BadTest) as refused:
        parse_test({"all_of": [*eight["all_of"], {"any_of": NAMES[16:18]}]}, "numerator")
    assert refused.value.facts == {"field": "", "expected": "fewer-alternatives", "most": 256}


def test_a_term_that_another_covers_is_left_out() -> None:
    a, b = NAMES[:2]
    assert parse_test({"any_of": [a, {"all_of": [a, b]}]}, "numerator") == parse_test(a, "numerator")
    assert parse_test({"any_of": [a, {"none_of": [a]}]}, "numerator").holds(0)
    assert parse_test({"all_of": [a, {"none_of": [a]}]}, "numerator") == NEVER
