"""Routing rules in the database: versions that are kept, and the same answer as from the whole directory."""

from datetime import UTC, datetime

import psycopg
import pytest

from wangge.duty.routing import CENTRE, Rule, Rules, Target, matter_of, route
from wangge.duty.rules import UnknownRules, find_route, load_directory, load_rules, put_rules, rule_versions
from wangge.duty.ruletext import rules_as_document
from wangge.geo.grid import CellShare, Grid
from wangge.store.engine import connect_async
from wangge.store.versions import Stale

TO_CENTRE = Rule((Target(desk=CENTRE),), frozenset({"noise"}), name={"en": "Noise", "zh": "噪音"})
TO_STREET = Rule((Target(desk="street"),))


async def test_each_version_of_the_rules_is_kept(database: str) -> None:
    async with await connect_async(database) as connection:
        assert await load_rules(connection, "xinhua") == Rules(0)
        assert await put_rules(connection, "xinhua", [TO_CENTRE], actor="li.na", note="noise", expected=0) == 1
        assert await put_rules(connection, "xinhua", [TO_CENTRE, TO_STREET], actor="li.na", expected=1) == 2
        assert await load_rules(connection, "xinhua") == Rules(2, (TO_CENTRE, TO_STREET))
        assert await load_rules(connection, "xinhua", 1) == Rules(1, (TO_CENTRE,))
        assert await load_rules(connection, "washington") == Rules(0)
        told = await rule_versions(connection, "xinhua")
        assert [(entry["version"], entry["rules"], entry["actor"], entry["note"]) for entry in told] == [
            (2, 2, "li.na", None),
            (1, 1, "li.na", "noise"),
        ]
        with pytest.raises(UnknownRules):
            await load_rules(connection, "xinhua", 3)
        with pytest.raises(psycopg.errors.RestrictViolation):
            await connection.execute("UPDATE routing_rules SET rules = '[]'")


async def test_who_read_an_older_version_does_not_overwrite_a_newer_one(database: str) -> None:
    async with await connect_async(database) as connection, await connect_async(database) as other:
        await put_rules(connection, "xinhua", [TO_CENTRE], actor="a", expected=0)
        with pytest.raises(Stale) as caught:
            await put_rules(other, "xinhua", [TO_STREET], actor="b", expected=0)
        assert caught.value.facts == {"version": 1}
        assert await load_rules(connection, "xinhua") == Rules(1, (TO_CENTRE,))


async def test_a_case_finds_its_desk_and_says_by_which_rule(database: str, xinhua: Grid) -> None:
    leaf, other = xinhua.leaves[:2]
    at = datetime(2026, 11, 26, 4, tzinfo=UTC)
    async with await connect_async(database) as connection:
        await connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'company', '{}')"
        )
        await connection.execute("""
            INSERT INTO organisation (territory_code, code, name, type)
            VALUES ('xinhua', 'near', '{}', 'company'), ('xinhua', 'far', '{}', 'company'),
                   ('xinhua', 'lamps', '{}', 'company')
        """)
        attach = "INSERT INTO organisation_cell SELECT id, 'community', %s FROM organisation WHERE code = %s"
        await connection.execute(attach, (leaf.path[1], "near"))
        await connection.execute(attach, ("elsewhere", "far"))
        rules = Rules(
            1,
            (
                Rule((Target(organisation="lamps"),), frozenset({"lamp"})),
                Rule((Target(type="company"), Target(desk="grid", needed=False)), frozenset({"wiring"})),
                TO_CENTRE,
            ),
        )
        await put_rules(connection, "xinhua", rules.rules, actor="a")
        whole = await load_directory(connection, "xinhua")
        for category, candidates in (
            ("lamp", ()),
            ("wiring", ()),
            ("noise", ()),
            ("rubbish", (CellShare(other, 0.6), CellShare(leaf, 0.4))),
        ):
            found = await find_route(connection, xinhua, leaf, category, at, candidates)
            assert found == route(rules, matter_of(xinhua, leaf, category, at, whole, candidates), whole)
        row = await (
            await connection.execute(
                "SELECT level, code FROM desk WHERE id = %s",
                (found.parties[0].desk,),
            )
        ).fetchone()
        assert row == ("grid", other.code)
        assert found.why == {
            "rule": None,
            "version": 1,
            "category": "rubbish",
            "cell": other.code,
            "at": "2026-11-26T12:00+08:00",
            "others": [leaf.code],
        }


def test_rules_are_told_without_what_is_empty() -> None:
    assert rules_as_document([TO_CENTRE, TO_STREET]) == [
        {"name": {"en": "Noise", "zh": "噪音"}, "categories": ["noise"], "to": [{"desk": "centre"}]},
        {"to": [{"desk": "street"}]},
    ]
