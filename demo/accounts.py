"""Accounts to try the demo with: one for each role, each with a password of its own that is drawn when it is made."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from wangge.access.accounts import create_account, give
from wangge.access.passwords import hash_password
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.geo.grid import Cell, Grid, Outside
from wangge.reports.errors import OutsideGrid
from wangge.reports.placement import nearest
from wangge.store.engine import AsyncConnection

__all__ = ["Account", "kept", "make_accounts"]

DOORS = {"xinhua": (116.8712, 38.3164), "hejian": (116.0457, 38.4065)}
"""By territory where the accounts of the demo are at home, in Xinhua where the examples of the documentation lie."""

COMPANY, PARTY = "street-lighting", "mediation-committee"
"""The body of the town, and the party of the village, that there is an account for."""

OFFICER = """
SELECT o.id, o.name FROM officer o JOIN posting p ON p.officer_id = o.id JOIN desk d ON d.id = p.desk_id
WHERE d.territory_code = %s AND d.code = %s AND p.role = 'responsible' AND p.valid_to IS NULL
"""

ORGANISATION = "SELECT id, name ->> 'zh' FROM organisation WHERE territory_code = %s AND code = %s"

KNOWN = "SELECT login FROM account WHERE login = ANY (%s)"


class Account(NamedTuple):
    """An account as it is told to whoever tries the demo."""

    login: str
    password: str
    what: str


class _Wanted(NamedTuple):
    login: str
    what: str
    grants: tuple[Grant, ...] = ()
    officer: int | None = None


async def make_accounts(
    connection: AsyncConnection, grid: Grid, country: Grid, territories: Sequence[str], file: Path
) -> list[Account]:
    """Make the accounts that are not there, and keep them in a file with their passwords; all that are in the file.

    Parameters
    ----------
    grid : of the territory in which there is somebody for every role.
    country : of the one with the parties of villages.
    territories : all that the command centre, the planner, the auditor and the administrator see.
    """
    async with connection.transaction():
        wanted = await _wanted(connection, grid, territories) + await _in_country(connection, country)
        found = await connection.execute(KNOWN, ([one.login for one in wanted],))
        known = {login for (login,) in await found.fetchall()}
        new = [one for one in wanted if one.login not in known]
        _keep(file, [await _make(connection, one) for one in new])
    return kept(file)


async def _make(connection: AsyncConnection, wanted: _Wanted) -> Account:
    password = secrets.token_urlsafe(12)
    account = await create_account(
        connection, wanted.login, wanted.what, "demo", password_hash=hash_password(password), officer=wanted.officer
    )
    for grant in wanted.grants:
        await give(connection, account, grant, "demo")
    return Account(wanted.login, password, wanted.what)


def kept(file: Path) -> list[Account]:
    """The accounts that were kept in a file, as they were kept last; none where it is not there."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    accounts = (Account(*line.split("\t")) for line in lines)
    return list({account.login: account for account in accounts}.values())


def _keep(file: Path, accounts: Sequence[Account]) -> None:
    """Add accounts to a file that nobody else on the machine may read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as out:
        out.writelines("\t".join(account) + "\n" for account in accounts)


async def _in_country(connection: AsyncConnection, grid: Grid) -> list[_Wanted]:
    """Accounts of a township, a village in it, and a party of that."""
    _, (township, village) = _door(grid)
    party = await (await connection.execute(ORGANISATION, (grid.territory, f"{village.code}-{PARTY}"))).fetchone()
    assert party is not None  # noqa: S101 - it was given to the village before
    works = (Grant(Role.ORGANISATION, grid.territory, organisation=party[0]),)
    return [
        _Wanted("demo.township", f"township desk 乡镇 {township.name}", _at(grid, Role.STREET_DESK, township)),
        _Wanted("demo.village", f"village desk 村 {village.name}", _at(grid, Role.COMMUNITY_DESK, village)),
        _Wanted("demo.party", f"party of the village 村级六方 {party[1]}", works),
    ]


def _door(grid: Grid) -> tuple[Cell, tuple[Cell, ...]]:
    found = grid.locate(*DOORS[grid.territory])
    if isinstance(found, Outside):
        raise OutsideGrid(nearest=nearest(found), swapped=False)
    return found.cell, found.ancestors


def _at(grid: Grid, role: Role, cell: Cell) -> tuple[Grant, ...]:
    return (Grant(role, grid.territory, cell.level, cell.code),)


async def _wanted(connection: AsyncConnection, grid: Grid, territories: Sequence[str]) -> list[_Wanted]:
    """One account for each role; those of desks and of the officer above and at the same base grid."""
    cell, (street, community) = _door(grid)
    officer = await (await connection.execute(OFFICER, (grid.territory, cell.code))).fetchone()
    company = await (await connection.execute(ORGANISATION, (grid.territory, COMPANY))).fetchone()
    assert officer is not None and company is not None  # noqa: S101, PT018 - both were imported before

    def everywhere(role: Role) -> tuple[Grant, ...]:
        return tuple(Grant(role, territory) for territory in territories)

    works = (Grant(Role.ORGANISATION, grid.territory, organisation=company[0]),)
    return [
        _Wanted("demo.administrator", "administrator 管理员", everywhere(Role.ADMINISTRATOR)),
        _Wanted("demo.centre", "command centre 综合指挥中心", everywhere(Role.CENTRE)),
        _Wanted("demo.street", f"street desk 街道 {street.name}", _at(grid, Role.STREET_DESK, street)),
        _Wanted("demo.community", f"community desk 社区 {community.name}", _at(grid, Role.COMMUNITY_DESK, community)),
        _Wanted("demo.officer", f"officer 网格员 {officer[1]}", officer=officer[0]),
        _Wanted("demo.organisation", f"organisation 处置单位 {company[1]}", works),
        _Wanted("demo.planner", "planner 规划人员", everywhere(Role.PLANNER)),
        _Wanted("demo.auditor", "auditor 审计人员", everywhere(Role.AUDITOR)),
    ]
