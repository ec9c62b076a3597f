"""Published editions as grids in memory."""

from typing import Any

import shapely
from psycopg.rows import dict_row

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Cell, Grid, Level
from wangge.geo.purposes import Purpose
from wangge.store.engine import Connection
from wangge.store.grids import queries
from wangge.store.grids.overlays import load_overlays

__all__ = [
    "NoEdition",
    "UnknownEdition",
    "UnknownTerritory",
    "check_territory",
    "load_grid",
    "published",
]


class UnknownTerritory(WanggeError):
    """No territory has this code."""

    kind = "unknown-territory"


class UnknownEdition(WanggeError):
    """The territory has no edition with this label."""

    kind = "unknown-edition"


class NoEdition(WanggeError):
    """The territory has no published edition yet."""

    kind = "no-edition"


def published(connection: Connection) -> list[str]:
    """Codes of the territories that have a current edition."""
    return [row[0] for row in connection.execute(queries.PUBLISHED_TERRITORIES)]


def check_territory(connection: Connection, territory: str) -> None:
    """Raise UnknownTerritory unless there is a territory with this code."""
    if connection.execute("SELECT FROM territory WHERE code = %s", (territory,)).fetchone() is None:
        raise UnknownTerritory(territory=territory, known=published(connection))


def load_grid(connection: Connection, territory: str, label: str | None = None) -> Grid:
    """An edition as a Grid in memory: the current one, or the one with a label.

    Raises
    ------
    UnknownTerritory, UnknownEdition, NoEdition
    """
    found = _edition(connection, territory, label)
    if not found:
        raise UnknownTerritory(territory=territory, known=published(connection))
    edition = found[0]
    if edition["id"] is None:
        if label is not None:
            raise UnknownEdition(territory=territory, edition=label)
        raise NoEdition(territory=territory)
    levels = [Level(level["key"], level["name"]) for level in edition["levels"]]
    base = len(levels) - 1
    cells = []
    with connection.cursor(binary=True) as cursor:
        cursor.execute(queries.CELLS_OF_EDITION, {"edition": edition["id"], "base": base})
        for cell_id, level, code, name, path, attributes, wkb, purpose in cursor:
            shape = shapely.from_wkb(wkb) if wkb is not None else None
            special = Purpose(purpose) if purpose else None
            cells.append(Cell(cell_id, levels[level].key, code, name, tuple(path), shape, attributes, special))
    facts = (edition["id"], edition["timezone"], edition["synthetic"], edition["hash"])
    return Grid(territory, edition["label"], levels, cells, *facts, overlays=load_overlays(connection, territory))


def _edition(connection: Connection, territory: str, label: str | None) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(queries.EDITION_OF_TERRITORY, {"territory": territory, "label": label}).fetchall()
