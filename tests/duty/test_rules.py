"""Routing rules in the database: versions that are kept, and the same answer as from the whole directory."""

import psycopg
import pytest

from wangge.duty.routing import CENTRE, Rule, Rules, Target
from wangge.duty.rules import UnknownRules, load_directory, load_rules, put_rules, rule_versions
from wangge.duty.ruletext import rules_as_document
from wangge.geo.grid import Grid
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


async def test_the_directory_has_who_is_there_and_nobody_else(database: str, xinhua: Grid) -> None:
    leaf = xinhua.leaves[0]
    async with await connect_async(database) as connection:
        await connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'company', '{}')"
        )
        await connection.execute("""
            INSERT INTO organisation (territory_code, code, name, type, active)
            VALUES ('xinhua', 'near', '{}', 'company', true), ('xinhua', 'gone', '{}', 'company', false)
        """)
        attach = "INSERT INTO organisation_cell SELECT id, 'community', %s FROM organisation WHERE code = %s"
        await connection.execute(attach, (leaf.path[1], "near"))
        close = "UPDATE desk SET active = false WHERE territory_code = 'xinhua' AND code = %s"
        await connection.execute(close, (xinhua.leaves[1].code,))
        await connection.execute("UPDATE desk SET kind = 'rural' WHERE level = 'street' AND code = %s", leaf.path[:1])
        found = await load_directory(connection, "xinhua")
    assert [(body.code, body.cells) for body in found.bodies] == [("near", frozenset({("community", leaf.path[1])}))]
    assert {None, ("grid", leaf.code), ("street", leaf.path[0])} <= found.desks.keys()
    assert ("grid", xinhua.leaves[1].code) not in found.desks
    assert found.kind((("street", leaf.path[0]), ("grid", leaf.code))) == "rural"


def test_rules_are_told_without_what_is_empty() -> None:
    assert rules_as_document([TO_CENTRE, TO_STREET]) == [
        {"name": {"en": "Noise", "zh": "噪音"}, "categories": ["noise"], "to": [{"desk": "centre"}]},
        {"to": [{"desk": "street"}]},
    ]
