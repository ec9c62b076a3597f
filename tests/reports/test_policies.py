"""Policies in the database: what a territory has, what is refused, and that a change reaches running processes."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.conftest import BOUNDARIES
from wangge.reports.errors import UnknownCategory
from wangge.reports.policy import policies
from wangge.reports.policy.document import PolicyFile
from wangge.reports.policy.policies import (
    UnknownPolicyLevel,
    default_policy,
    give_policy,
    load_policy,
    put_policy,
    replace_policy,
)
from wangge.reports.policy.policy import Limit, Policy, Step, Urgency
from wangge.store.engine import connect
from wangge.store.grids.loading import UnknownTerritory

HANDLE, NORMAL = Step.HANDLE, Urgency.NORMAL


def limits(within: str, **more: object) -> PolicyFile:
    return PolicyFile.model_validate({"limits": [{"step": "handle", "within": within, **more}]})


async def loaded(database: str, territory: str = "xinhua") -> Policy:
    async with await psycopg.AsyncConnection.connect(database) as connection:
        return await load_policy(connection, territory)


async def test_the_folder_s_policy_holds_from_the_import_on(database: str) -> None:
    xinhua = await loaded(database)
    assert xinhua.limit(HANDLE, "manhole", NORMAL) == Limit(timedelta(hours=2))
    assert set(xinhua.levels) == {"grid", "community", "street"}
    washington = await loaded(database, "washington")
    assert washington.limit(HANDLE, "S0441", NORMAL) == Limit(timedelta(days=2))


async def test_a_folder_imported_again_leaves_what_was_changed(database: str) -> None:
    with connect(database) as connection:
        put_policy(connection, "xinhua", limits("7h"))
        give_policy(connection, "xinhua", BOUNDARIES / "xinhua")
    assert (await loaded(database)).limit(HANDLE, "manhole", NORMAL) == Limit(timedelta(hours=7))


async def test_without_a_policy_the_default_one_holds(database: str) -> None:
    with connect(database) as connection:
        connection.execute("DELETE FROM policy")
    policy = await loaded(database)
    assert policy == default_policy().policy("Asia/Shanghai", {})
    assert all(policy.limit(step, "anything", urgency) for step in Step for urgency in Urgency)


async def test_a_single_day_of_the_territory_moves_a_deadline(database: str) -> None:
    friday, monday = datetime(2026, 11, 27, 17, tzinfo=ZoneInfo("Asia/Shanghai")), date(2026, 11, 30)
    with connect(database) as connection:
        put_policy(connection, "xinhua", limits("2 working hours", categories=["lamp"]))
    assert (await loaded(database)).due(HANDLE, "lamp", NORMAL, friday) == friday + timedelta(days=2, hours=18)
    day = {"day": monday, "work": False, "name": "flood"}
    with connect(database) as connection:
        put_policy(
            connection, "xinhua", PolicyFile.model_validate(limits("2 working hours").stored() | {"days": [day]})
        )
    policies._kept.clear()
    assert (await loaded(database)).due(HANDLE, "lamp", NORMAL, friday) == friday + timedelta(days=3, hours=18)


async def test_names_that_the_territory_does_not_have_are_refused(database: str) -> None:
    with connect(database) as connection:
        with pytest.raises(UnknownCategory) as category:
            put_policy(connection, "xinhua", limits("2h", categories=["lamp", "lmap"]))
        assert category.value.facts["category"] == "lmap"
        with pytest.raises(UnknownPolicyLevel) as level:
            put_policy(connection, "xinhua", PolicyFile(levels={"smd": "2h"}))
        assert level.value.facts == {"level": "smd", "expected": ["street", "community", "grid"]}
        with pytest.raises(UnknownTerritory):
            put_policy(connection, "nowhere", limits("2h"))
    with pytest.raises(UnknownTerritory):
        await loaded(database, "nowhere")


async def test_a_policy_costs_no_question_until_it_is_old(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        before = await load_policy(connection, "xinhua")
        with connect(database) as other:
            put_policy(other, "xinhua", limits("9h"))
        assert await load_policy(connection, "xinhua") is before
        monkeypatch.setattr(policies, "FRESH_S", 0.0)
        after = await load_policy(connection, "xinhua")
        assert after.limit(HANDLE, "lamp", NORMAL) == Limit(timedelta(hours=9))
        assert await load_policy(connection, "xinhua") is after, "unchanged, it is not built again"


async def test_a_change_made_in_this_process_holds_at_once(database: str) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await load_policy(connection, "xinhua")
        assert await replace_policy(connection, "xinhua", limits("9h").document, "li.na") == 2
        assert (await load_policy(connection, "xinhua")).limit(HANDLE, "lamp", NORMAL) == Limit(timedelta(hours=9))
