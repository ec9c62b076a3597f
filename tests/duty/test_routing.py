"""Routing: there is always an answer, the first rule that fits gives it, and it says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from wangge.duty.findings import Finding
from wangge.duty.routing import (
    CENTRE,
    Body,
    Directory,
    Hours,
    Matter,
    Party,
    Rule,
    Rules,
    Target,
    likelier,
    likelier_cell,
    matter_of,
    route,
)
from wangge.duty.ruletext import Known, parse_rules, rules_as_document
from wangge.geo.grid import Cell, CellShare, Grid, Level

PATH = (("street", "A"), ("community", "A1"), ("grid", "A11"))
DESKS = {None: 1, PATH[0]: 2, PATH[1]: 3, PATH[2]: 4}
LAMPS = Body(10, "lamps", "company")
NOON = datetime(2026, 11, 26, 12, 0)  # noqa: DTZ001 - rules look at local time; a Thursday

KNOWN = Known(
    categories={"lamp", "wiring"},
    levels=("street", "community", "grid"),
    cells={"A", "A1", "A11"},
    organisations={"lamps", "water"},
    types={"company", "property-company"},
)


def matter(**changed: Any) -> Matter:
    return replace(Matter(category="lamp", cell_kind="urban", at=NOON, path=PATH), **changed)


def where(*rules: Rule, directory: Directory | None = None, **changed: Any) -> tuple[Party, ...]:
    return route(Rules(1, rules), matter(**changed), directory or Directory(DESKS, bodies=[LAMPS])).parties


TO_LAMPS = (Target(organisation="lamps"),)
TO_CENTRE = (Target(desk=CENTRE),)


def test_without_rules_the_base_grid_s_own_desk_has_it() -> None:
    assert where() == (Party(desk=4),)


def test_a_base_grid_without_a_desk_leaves_it_to_the_one_above() -> None:
    desks = {place: desk for place, desk in DESKS.items() if place not in PATH[1:]}
    assert where(directory=Directory(desks)) == (Party(desk=2),)
    assert where(directory=Directory({None: 1})) == (Party(desk=1),)


def test_category_kind_place_day_and_hour_must_all_fit() -> None:
    rule = Rule(
        TO_LAMPS,
        categories=frozenset({"lamp"}),
        kinds=frozenset({"urban"}),
        within=frozenset({"A1"}),
        days=frozenset({3}),
        hours=Hours(8 * 60, 18 * 60),
    )
    assert where(rule) == (Party(organisation=10),)
    for changed in (
        {"category": "wiring"},
        {"cell_kind": "rural"},
        {"cell_kind": None},
        {"path": (("street", "A"), ("community", "A2"), ("grid", "A21"))},
        {"at": NOON + timedelta(days=1)},
        {"at": NOON.replace(hour=18)},
    ):
        assert where(rule, **changed) != (Party(organisation=10),), changed


def test_hours_may_pass_midnight() -> None:
    night = Hours(22 * 60, 6 * 60)
    assert [night.hold(NOON.replace(hour=hour)) for hour in (21, 22, 0, 5, 6)] == [False, True, True, True, False]
    assert Hours(0, 24 * 60).hold(NOON.replace(hour=23, minute=59))


def test_hours_begin_with_their_first_minute_and_end_before_their_last() -> None:
    half = Hours(8 * 60 + 30, 17 * 60 + 30)
    held = {(8, 29): False, (8, 30): True, (9, 0): True, (17, 29): True, (17, 30): False, (17, 45): False}
    assert {at: half.hold(NOON.replace(hour=at[0], minute=at[1])) for at in held} == held
    night = Hours(22 * 60 + 30, 6 * 60 + 15)
    held = {(22, 29): False, (22, 30): True, (6, 14): True, (6, 15): False}
    assert {at: night.hold(NOON.replace(hour=at[0], minute=at[1])) for at in held} == held
    assert all(Hours(480, 480).hold(NOON.replace(hour=hour)) for hour in range(24)), "from eight to eight is all day"
    assert [str(hours) for hours in (half, night, Hours(0, 1440))] == ["08:30-17:30", "22:30-06:15", "00:00-24:00"]


def test_a_type_means_the_organisation_of_the_smallest_cell() -> None:
    bodies = [
        Body(20, "b", "property-company", frozenset({("community", "A1")})),
        Body(21, "c", "property-company", frozenset({("grid", "A11")})),
        Body(22, "a", "property-company", frozenset({("street", "A")})),
        Body(23, "d", "property-company", frozenset({("grid", "A11")})),
    ]
    rule = Rule((Target(type="property-company"),))
    assert where(rule, directory=Directory(DESKS, bodies=bodies)) == (Party(organisation=21),)
    assert where(rule, directory=Directory(DESKS, bodies=bodies[::2])) == (Party(organisation=20),)


def test_a_rule_whose_party_is_not_there_is_passed_and_that_is_said() -> None:
    rules = Rules(7, (Rule((Target(organisation="water"), Target(desk="grid"))), Rule(TO_CENTRE, name={"en": "Rest"})))
    answer = route(rules, matter(others=("A12",)), Directory(DESKS))
    assert answer.parties == (Party(desk=1),)
    assert answer.why == {
        "rule": 2,
        "version": 7,
        "name": {"en": "Rest"},
        "category": "lamp",
        "cell": "A11",
        "kind": "urban",
        "at": "2026-11-26T12:00",
        "passed": [{"rule": 1, "missing": ["water"]}],
        "others": ["A12"],
    }


def test_a_party_that_is_not_needed_may_be_missing() -> None:
    rule = Rule((Target(desk="community"), Target(organisation="water", needed=False)))
    assert where(rule) == (Party(desk=3),)


def test_each_party_that_is_there_is_needed_as_the_rule_says() -> None:
    bodies = [LAMPS, Body(11, "water", "company", frozenset({PATH[0]}))]
    rule = Rule(
        (
            Target(desk="community"),
            Target(desk="street", needed=False),
            Target(organisation="lamps", needed=False),
            Target(type="company", needed=False),
            Target(desk=CENTRE),
            Target(desk="ward", needed=False),
        )
    )
    assert where(rule, directory=Directory(DESKS, bodies=bodies)) == (
        Party(desk=3),
        Party(desk=2, needed=False),
        Party(organisation=10, needed=False),
        Party(organisation=11, needed=False),
        Party(desk=1),
    )


def test_what_a_rule_lacked_is_named_as_the_rule_names_it() -> None:
    rules = Rules(
        2,
        (
            Rule((Target(desk="ward"), Target(type="company"), Target(organisation="water"), Target(desk=CENTRE))),
            Rule((Target(organisation="water", needed=False), Target(type="company", needed=False))),
        ),
    )
    answer = route(rules, matter(), Directory(DESKS))
    assert answer.parties == (Party(desk=4),)
    assert answer.why["rule"] is None
    assert answer.why["passed"] == [
        {"rule": 1, "missing": ["ward", "company", "water"]},
        {"rule": 2, "missing": ["water", "company"]},
    ]


def test_an_answer_without_rules_names_no_rule_of_version_0() -> None:
    answer = route(Rules(), matter(cell_kind=None), Directory(DESKS))
    assert answer.why == {"rule": None, "version": 0, "category": "lamp", "cell": "A11", "at": "2026-11-26T12:00"}


def test_a_party_that_is_named_twice_is_needed_if_one_mention_says_so() -> None:
    bodies = [Body(10, "lamps", "company", frozenset({("street", "A")}))]
    rule = Rule((Target(organisation="lamps", needed=False), Target(type="company"), Target(desk="grid")))
    assert where(rule, directory=Directory(DESKS, bodies=bodies)) == (Party(organisation=10), Party(desk=4))
    other_way = Rule((*reversed(rule.to), Target(desk="grid", needed=False)))
    assert where(other_way, directory=Directory(DESKS, bodies=bodies)) == (Party(desk=4), Party(organisation=10))


# A lane nine metres wide between two large base grids: whoever stands in it and knows where only to 60 m does not.
LANE = (116.90006, 38.305)
ACROSS = {"A11": (116.9, 116.9001), "B21": (116.9001, 116.91), "C31": (116.89, 116.9)}


@pytest.fixture(scope="module")
def town() -> Grid:
    """A town in memory, whose base grids lie side by side, each in a street and a community of its own."""
    cells = []
    for number, (code, (west, east)) in enumerate(ACROSS.items()):
        path = (code[:1], code[:2], code)
        for depth, level in enumerate(("street", "community", "grid")):
            shape = shapely.box(west, 38.3, east, 38.31) if level == "grid" else None
            cells.append(Cell(10 * number + depth, level, path[depth], "", path[: depth + 1], shape))
    return Grid("town", "1", [Level(level, {}) for level in ("street", "community", "grid")], cells, 1, "Asia/Shanghai")


def path_of(cell: Cell) -> tuple[tuple[str, str], ...]:
    return tuple(zip(("street", "community", "grid"), cell.path, strict=True))


def test_an_unclear_position_means_the_likelier_cell_and_names_the_others(town: Grid) -> None:
    first, second, third = town.leaves
    shares = [CellShare(second, 0.5), CellShare(first, 0.3), CellShare(third, 0.2)]
    assert likelier_cell(first, shares) == (second, (first.code, third.code))
    assert likelier_cell(first, [CellShare(second, 0.5), CellShare(first, 0.5)]) == (first, (second.code,))
    assert likelier_cell(first, [CellShare(third, 0.4), CellShare(first, 0.6)]) == (first, (third.code,))
    assert likelier_cell(first, [CellShare(first, 1.0)]) == likelier_cell(first, ()) == (first, ())
    assert likelier_cell(first, [CellShare(replace(first), 1.0)])[0] is first, "the same cell is not another one"


def test_a_matter_is_that_of_the_likelier_cell_in_local_time(town: Grid) -> None:
    lane, east, west = (path_of(cell) for cell in town.leaves)
    kinds = {lane[1]: "rural", east[0]: "urban", east[1]: "market"}
    directory, evening = Directory({None: 1}, kinds), datetime(2026, 11, 26, 20, 30, tzinfo=UTC)
    clear = matter_of(town, directory, "lamp", evening, lane)
    assert (clear.category, clear.path, clear.others, clear.cell_kind) == ("lamp", lane, (), "rural")
    assert (clear.at.hour, clear.at.minute, clear.at.weekday()) == (4, 30, 4)
    unclear = matter_of(town, directory, "lamp", evening, lane, (*LANE, 60.0))
    assert (unclear.path, unclear.cell_kind, unclear.at) == (east, "market", clear.at)
    assert set(unclear.others) == {lane[2][1], west[2][1]}
    sure = matter_of(town, directory, "lamp", evening, lane, (*LANE, 3.0))
    assert (sure.path, sure.others) == (lane, ())
    nowhere = matter_of(town, directory, "lamp", evening, lane, (0.0, 0.0, 60.0))
    assert (nowhere.path, nowhere.others) == (lane, ())


def test_a_cell_of_a_former_grid_is_taken_as_it_is(town: Grid) -> None:
    former = (("street", "S"), ("grid", "gone"))
    assert likelier(town, former, (*LANE, 60.0)) == (former, ())


targets = st.one_of(
    st.builds(Target, desk=st.sampled_from(["grid", "community", "street", CENTRE, "ward"]), needed=st.booleans()),
    st.builds(Target, organisation=st.sampled_from(["lamps", "water"]), needed=st.booleans()),
    st.builds(Target, type=st.sampled_from(["company", "property-company"]), needed=st.booleans()),
)


def some(*names: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), max_size=2)


rules_of = st.builds(
    Rule,
    to=st.lists(targets, min_size=1, max_size=3).map(tuple),
    categories=some("lamp", "wiring"),
    kinds=some("urban", "rural"),
    within=some("A", "A1", "A11"),
    days=st.frozensets(st.integers(0, 6)),
    hours=st.none() | st.builds(Hours, st.integers(0, 719), st.integers(720, 1440)),
    name=st.just({}) | st.just({"en": "One", "zh": "一"}),
)
matters = st.builds(
    Matter,
    category=st.sampled_from(["lamp", "wiring", "noise"]),
    cell_kind=st.sampled_from([None, "urban", "rural"]),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
    path=st.sampled_from([PATH, PATH[:2], PATH[:1]]),
)
bodies_of = st.lists(
    st.builds(
        Body,
        st.integers(10, 20),
        st.sampled_from(["lamps", "water", "third"]),
        st.sampled_from(["company", "property-company"]),
        st.frozensets(st.sampled_from(PATH), max_size=2),
    ),
    max_size=4,
)
directories = st.builds(
    lambda places, bodies: Directory({None: 1} | {place: DESKS[place] for place in places}, bodies=bodies),
    st.frozensets(st.sampled_from(PATH)),
    bodies_of,
)


@given(st.lists(rules_of, max_size=6), matters, directories)
def test_there_is_always_one_answer_from_the_first_rule_that_can_give_it(
    rules: list[Rule], asked: Matter, there: Directory
) -> None:
    whole = Rules(3, tuple(rules))
    answer = route(whole, asked, there)
    assert answer == route(whole, asked, there)
    assert answer.parties
    assert all((party.desk is None) != (party.organisation is None) for party in answer.parties)
    desks, organisations = set(there.desks.values()), {body.id for body in there.bodies}
    assert all(party.desk in desks or party.organisation in organisations for party in answer.parties)

    def alone(rule: Rule) -> bool:
        """Whether a rule by itself would give the answer."""
        return bool(route(Rules(1, (rule,)), asked, there).why["rule"] == 1)

    able = [position for position, rule in enumerate(rules, 1) if alone(rule)]
    assert answer.why["rule"] == (able[0] if able else None)
    if able:  # what stands behind the rule has no say
        cut = Rules(3, tuple(rules[: able[0]]))
        assert route(cut, asked, there) == answer


@given(st.lists(rules_of, max_size=4))
def test_rules_are_read_as_they_were_told(rules: list[Rule]) -> None:
    read, findings = parse_rules(rules_as_document(rules))
    assert read == tuple(rules)
    assert all(finding.reason == "none_needed" for finding in findings)


def faults(*entries: object) -> list[tuple[int, str, str]]:
    return [(one.record, one.field, one.reason) for one in parse_rules(list(entries), KNOWN)[1]]


def test_what_is_wrong_with_rules_is_told_by_rule_and_field() -> None:
    assert faults({"categories": ["lamp"], "to": [{"organisation": "lamps"}]}) == []
    assert faults(
        {"categories": ["lanp"], "to": [{"desk": "ward"}]},
        {"hours": "25:00-26:00", "days": ["someday"], "to": []},
        {"to": [{"organisation": "gas", "needed": False}], "hour": "08:00-09:00"},
        {"to": [{"desk": "centre", "type": "company"}]},
        "lamps",
    ) == [
        (1, "to.desk", "enum"),
        (1, "categories", "enum"),
        (2, "to", "targets"),
        (2, "days", "enum"),
        (2, "hours", "hours"),
        (3, "hour", "extra_near"),
        (3, "to.organisation", "enum"),
        (3, "to", "none_needed"),
        (4, "to", "targets"),
        (5, "", "dict_type"),
        (5, "to", "targets"),
    ]
    (near,) = parse_rules([{"categories": ["lanp"], "to": [{"desk": "grid"}]}], KNOWN)[1]
    assert near == Finding(1, "categories", "enum", "lanp", {"expected": "lamp"})


def test_hours_are_written_as_people_do() -> None:
    for told, hours in {
        "08:00-18:00": Hours(480, 1080),
        "8:00 至 24:00": Hours(480, 1440),
        "22:00–06:00": Hours(1320, 360),
    }.items():
        (rule,), findings = parse_rules([{"hours": told, "to": [{"desk": "grid"}]}], KNOWN)
        assert (rule.hours, findings) == (hours, [])


@pytest.mark.parametrize(
    ("name", "day"), list(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), range(7), strict=True))
)
def test_each_day_has_its_name(day: int, name: str) -> None:
    (rule,), found = parse_rules([{"days": [name], "to": [{"desk": "grid"}]}], KNOWN)
    assert rule.days == {day}
    assert not found


def test_a_type_finds_bodies_of_that_type_alone() -> None:
    here = frozenset({PATH[2]})
    directory = Directory(DESKS, bodies=[Body(11, "a", "branch", here), Body(12, "b", "company", here)])
    assert directory.find(Target(type="company"), PATH) == Party(organisation=12)
    assert directory.find(Target(type="property-company"), PATH) is None
