"""A draft as boundaries, so that it is proven and stored as those of a folder are.

The cells above the base grids are those of the edition that it was begun from, each in the shape that the base grids
which name it make together.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from wangge.planning.drafts import queries
from wangge.planning.drafts.drafts import Draft
from wangge.store.engine import AsyncConnection

if TYPE_CHECKING:
    from wangge.geo.boundaries import Boundaries

__all__ = ["Rows", "boundaries_of", "rows_of_draft"]

Rows = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]
"""The base grids of a draft, and the cells above them, as the statements give them."""


async def rows_of_draft(connection: AsyncConnection, draft: Draft) -> Rows:
    """What `boundaries_of` reads, in one snapshot where the connection has one."""
    asked = {"draft": draft.id, "edition": draft.edition_id, "base": len(draft.levels) - 1}
    cells = await (await connection.execute(queries.CELLS, asked)).fetchall()
    above = await (await connection.execute(queries.SHAPES_ABOVE, asked)).fetchall()
    return cells, above


def boundaries_of(territory: str, draft: Draft, rows: Rows) -> "Boundaries":
    """The boundaries of a draft; a cell above that no base grid names any more has an empty shape."""
    import numpy as np
    import shapely

    # GDAL's and PROJ's side of the house, which no server needs at its start.
    from wangge.geo.boundaries import Boundaries, LevelCells, union_of
    from wangge.geo.datum import Datum
    from wangge.geo.manifest import LevelSpec, Manifest
    from wangge.geo.purposes import Purpose

    specs = tuple(
        LevelSpec(level["key"], level["name"], "", None, "code", "name", "parent" if depth else None, ())
        for depth, level in enumerate(draft.levels)
    )
    cells, above = rows
    columns = list(zip(*cells, strict=True)) or [()] * 6
    levels = [
        LevelCells(
            specs[-1],
            codes=[str(code) for code in columns[0]],
            names=[str(name) for name in columns[1]],
            parents=[None if parent is None else str(parent) for parent in columns[2]],
            attributes=list(columns[3]),
            purposes=[None if purpose is None else Purpose(purpose) for purpose in columns[5]],
            geometries=np.asarray(shapely.from_wkb(list(columns[4])), dtype=object),
        )
    ]
    for depth in range(len(specs) - 2, -1, -1):
        below, own = levels[0], [row for row in above if row[0] == depth]
        members: dict[str | None, list[int]] = {}
        for at, parent in enumerate(below.parents):
            members.setdefault(parent, []).append(at)
        shapes = [
            union_of(below.geometries[members[str(row[1])]]) if str(row[1]) in members else shapely.Polygon()
            for row in own
        ]
        levels.insert(
            0,
            LevelCells(
                specs[depth],
                codes=[str(row[1]) for row in own],
                names=[str(row[2]) for row in own],
                parents=[None if row[3] is None else str(row[3]) for row in own],
                attributes=[row[4] for row in own],  # type: ignore[misc]
                geometries=np.array(shapes, dtype=object),
            ),
        )
    manifest = Manifest(
        code=territory,
        name=dict(draft.name),
        timezone=draft.timezone,
        edition=draft.label,
        valid_from=draft.valid_from,
        datum=Datum.WGS84,
        source=draft.source,
        licence=draft.licence,
        synthetic=draft.synthetic,
        levels=specs,
        folder=Path(),
    )
    return Boundaries(manifest, tuple(levels))
