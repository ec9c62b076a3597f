"""A small town whose cases are moved: four base grids in two streets, a desk for each, four organisations, people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.builders import create_boundaries
from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.duty.desks import publish
from wangge.geo.grid import Grid
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments, PartyAsked
from wangge.reports.intake import submitting as intake
from wangge.reports.intake.submitting import Receipt, Submission
from wangge.store.engine import AsyncConnection, Connection, connect
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid

__all__ = ["POINTS", "START", "Town", "build_town", "person"]

START = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, nine in the morning there
POINTS = {"A1": (116.905, 38.305), "A2": (116.905, 38.315), "B1": (116.915, 38.305), "B2": (116.915, 38.315)}
ORGANISATIONS = ("power", "water", "roads", "gone")

PEOPLE: dict[str, list[tuple[Role, str | None, str | None, str | None]]] = {
    "centre": [(Role.CENTRE, None, None, None)],
    "street A": [(Role.STREET_DESK, "street", "A", None)],
    "street B": [(Role.STREET_DESK, "street", "B", None)],
    "officer A1": [(Role.OFFICER, "grid", "A1", None)],
    "officer B1": [(Role.OFFICER, "grid", "B1", None)],
    "assistant A1": [(Role.ASSISTANT, "grid", "A1", None)],
    "power": [(Role.ORGANISATION, None, None, "power")],
    "water": [(Role.ORGANISATION, None, None, "water")],
    "roads": [(Role.ORGANISATION, None, None, "roads")],
    "planner": [(Role.PLANNER, None, None, None)],
    "auditor": [(Role.AUDITOR, None, None, None)],
    "administrator": [(Role.ADMINISTRATOR, None, None, None)],
}


def build_town(url: str, months: int = 15) -> "Town":
    """Make the town in a migrated database, with room for so many months."""
    with connect(url) as connection:
        import_edition(connection, create_boundaries())
        publish(connection, "town", "2026")
        connection.execute(
            """INSERT INTO category (territory_code, code, name)
               VALUES ('town', 'lamp', '{"en": "Lamp"}'), ('town', 'wiring', '{"en": "Wiring"}')"""
        )
        connection.execute(
            "INSERT INTO organisation_type (territory_code, code, name) VALUES ('town', 'company', '{}')"
        )
        for code in ORGANISATIONS:
            connection.execute(
                """INSERT INTO organisation (territory_code, code, name, type, active)
                   VALUES ('town', %s, '{}', 'company', %s)""",
                (code, code != "gone"),
            )
        for month in range(months):
            connection.execute("SELECT ensure_report_month(%s)", ((START + timedelta(days=31 * month)).date(),))
        organisations: dict[str, int] = dict(connection.execute("SELECT code, id FROM organisation").fetchall())
        desks = {code or "centre": desk for code, desk in connection.execute("SELECT code, id FROM desk").fetchall()}
        grid = load_grid(connection, "town")
    return Town(url, grid, organisations, desks)


def person(name: str, organisations: dict[str, int]) -> Person:
    """Somebody of the town."""
    grants = [
        Grant(role, "town", level, code, organisations[organisation] if organisation else None)
        for role, level, code, organisation in PEOPLE[name]
    ]
    return Person(100 + list(PEOPLE).index(name), name, tuple(grants))


@dataclass
class Town:
    """The town, and what one does there."""

    url: str
    grid: Grid
    organisations: dict[str, int]
    desks: dict[str, int]
    now: datetime = START
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {name: person(name, self.organisations) for name in PEOPLE}

    def connection(self) -> Any:
        """A connection for actions, in autocommit."""
        return psycopg.AsyncConnection.connect(self.url, autocommit=True, options="-c timezone=UTC")

    def parties(self, *names: str, needed: bool = True) -> tuple[PartyAsked, ...]:
        """Organisations and desks (by the code of their cell) as parties of a dispatch."""
        return tuple(
            PartyAsked(organisation=self.organisations[name], needed=needed)
            if name in self.organisations
            else PartyAsked(desk=self.desks[name], needed=needed)
            for name in names
        )

    async def file(
        self, connection: AsyncConnection, where: str | tuple[float, float] = "A1", **changed: Any
    ) -> Receipt:
        """A report from a base grid, or from a point."""
        lon, lat = POINTS[where] if isinstance(where, str) else where
        submission = Submission(lon, lat, **({"category": "lamp"} | changed))
        receipt, _ = await intake.submit(connection, self.grid, submission, source="test", now=self.now)
        return receipt

    async def move(
        self, connection: AsyncConnection, who: str, number: str, name: str, if_match: int | None = None, **given: Any
    ) -> actions.Moved:
        """One move, in a transaction of its own."""
        async with connection.transaction():
            return await actions.move(
                connection,
                self.people[who],
                self.grid,
                number,
                name,
                Arguments(**given),
                now=self.now,
                if_match=if_match,
            )

    async def walk(self, connection: AsyncConnection, number: str, *moves: tuple[Any, ...]) -> actions.Moved:
        """Several moves, a minute apart: (who, name) or (who, name, arguments)."""
        moved = None
        for who, name, *given in moves:
            moved = await self.move(connection, who, number, name, **(given[0] if given else {}))
            self.now += timedelta(minutes=1)
        assert moved is not None
        return moved

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to look at what is stored."""
        with connect(self.url) as connection:
            yield connection
