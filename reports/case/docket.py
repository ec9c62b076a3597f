"""Cases under a lock: read, carried any number of moves further in memory, and saved in one statement.

One move of one case and a year of moves of ten thousand go this way alike; only the number of cases differs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from wangge.access.person import Person
from wangge.geo.datum import Datum
from wangge.reports.case.case import Arguments, Case, Key, Spot
from wangge.reports.case.moves.carrying import carry
from wangge.reports.case.moves.standing import stand_of
from wangge.reports.case.setting import Setting
from wangge.reports.case.storing import read, save
from wangge.reports.errors import BadArgument
from wangge.reports.number import parse_number
from wangge.reports.placement import place
from wangge.store.engine import AsyncConnection

__all__ = ["Docket"]


class Docket:
    """Cases of one territory that are locked until the connection's transaction ends.

    Attributes
    ----------
    cases : by id.
    """

    def __init__(self, connection: AsyncConnection, setting: Setting, cases: Iterable[Case]) -> None:
        self.setting = setting
        self.cases = {case.id: case for case in cases}
        self._connection = connection

    @classmethod
    async def open(cls, connection: AsyncConnection, setting: Setting, keys: Sequence[Key]) -> "Docket":
        """Lock cases and read them.

        Parameters
        ----------
        connection : in a transaction, of which this is a part.
        keys : id of each case, with any moment of the month (UTC) in which it was received. One that the territory
            does not have is left out.
        """
        return cls(connection, setting, await read(connection, setting.grid.territory, keys))

    def move(self, case: Case, person: Person, name: str, arguments: Arguments, now: datetime) -> Case:
        """Make a move in memory; see `carry` for what it raises. A case that it is merged into must be here too.

        Raises
        ------
        OutsideGrid : it was to be relocated to a point that no base grid covers.
        """
        if arguments.into is not None:
            arguments = replace(arguments, original=self._original(arguments.into, person))
        if arguments.point is not None:
            arguments = replace(arguments, spot=self._spot(*arguments.point))
        carry(case, person, name, arguments, max(now, case.received_at), self.setting)
        return case

    async def save(self) -> None:
        """Store what has become of the cases, with the events; they stay locked and can be carried on."""
        await save(self._connection, self.setting.grid.territory, self.cases.values())

    def _original(self, number: str, person: Person) -> Case:
        parsed = parse_number(number)
        case = self.cases.get(parsed[1]) if parsed else None
        if case is None or case.number != number or not stand_of(person, case, self.setting).sees:
            raise BadArgument(field="into", reason="unknown_case")
        return case

    def _spot(self, lon: float, lat: float) -> Spot:
        grid = self.setting.grid
        placement = place(grid, lon, lat, Datum.WGS84)
        cell = placement.location.cell
        cells = tuple((level.key, code) for level, code in zip(grid.levels, cell.path, strict=True))
        return Spot(lon, lat, cell.id, grid.edition_id, grid.edition, cells, placement.location.on_edge)
