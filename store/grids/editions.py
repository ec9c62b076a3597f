"""Editions: import one as it is, and publish one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.store.engine import Connection
from wangge.store.grids import queries
from wangge.store.grids.loading import UnknownEdition
from wangge.store.grids.storing import CellRows, NotStorable, rows_of

if TYPE_CHECKING:
    from wangge.geo.boundaries import Boundaries

__all__ = [
    "EditionDiffers",
    "ImportedEdition",
    "NotStorable",
    "import_edition",
    "list_editions",
    "publish",
]

Progress = Callable[[str, int], None]
"""Called with a level's key and the number of cells just written."""


class EditionDiffers(WanggeError):
    """An edition with this label is stored already, with other content; editions are immutable."""

    kind = "edition-differs"


@dataclass(frozen=True, slots=True)
class ImportedEdition:
    """A stored edition; `created` is False when the same content was there already."""

    id: int
    territory: str
    label: str
    hash: str
    cells: int
    created: bool


def import_edition(
    connection: Connection,
    boundaries: "Boundaries",
    *,
    defects: Sequence[Mapping[str, Any]] = (),
    accepted_defects: str | None = None,
    repairs: Sequence[Mapping[str, Any]] = (),
    progress: Progress | None = None,
) -> ImportedEdition:
    """Store one immutable edition in one transaction; an interrupted import leaves nothing behind.

    Parameters
    ----------
    boundaries : checked boundaries, their shapes in lon, lat WGS-84.
    defects, accepted_defects : what remains wrong with them, and why that is accepted; kept with the edition.
    repairs : what was repaired; kept with the edition.

    Raises
    ------
    EditionDiffers : the label is taken by other content.
    NotStorable : a code stands twice on a level, or a parent does not exist.
    """
    from wangge.geo.boundaries import edition_hash  # GDAL's and PROJ's side of the house, for imports only

    manifest = boundaries.manifest
    digest = edition_hash(boundaries)
    total = sum(len(level.codes) for level in boundaries.levels)
    stored = connection.execute(queries.EDITION_BY_LABEL, (manifest.code, manifest.edition)).fetchone()
    # What takes long is done before the first row is locked.
    rows = [] if stored else rows_of(boundaries.levels)
    with connection.transaction():
        connection.execute(queries.PUT_TERRITORY, (manifest.code, Jsonb(manifest.name), manifest.timezone))
        known = connection.execute(queries.EDITION_BY_LABEL, (manifest.code, manifest.edition)).fetchone()
        if known:
            if known[1] != digest:
                raise EditionDiffers(territory=manifest.code, edition=manifest.edition, stored=known[1], given=digest)
            return ImportedEdition(known[0], manifest.code, manifest.edition, digest, total, created=False)
        row = connection.execute(
            queries.INSERT_EDITION,
            {
                "territory": manifest.code,
                "label": manifest.edition,
                "valid_from": manifest.valid_from,
                "source": manifest.source,
                "licence": manifest.licence,
                "synthetic": manifest.synthetic,
                "hash": digest,
                "levels": Jsonb([{"key": lv.spec.key, "name": lv.spec.name} for lv in boundaries.levels]),
                "accepted": accepted_defects,
                "defects": Jsonb(list(defects)),
                "repairs": Jsonb(list(repairs)),
            },
        ).fetchone()
        assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
        _copy_cells(connection, row[0], rows, progress)
    return ImportedEdition(row[0], manifest.code, manifest.edition, digest, total, created=True)


def publish(connection: Connection, territory: str, label: str) -> None:
    """Make an edition the current one, in one transaction that also tells the running servers.

    Raises
    ------
    UnknownEdition : the territory has no such edition.
    """
    with connection.transaction():
        found = connection.execute(queries.EDITION_BY_LABEL, (territory, label)).fetchone()
        if not found:
            raise UnknownEdition(territory=territory, edition=label)
        connection.execute(queries.CLOSE_OTHER_EDITIONS, {"territory": territory, "edition": found[0]})
        connection.execute(queries.SET_CURRENT_EDITION, {"territory": territory, "edition": found[0]})
        connection.execute("SELECT pg_notify(%s, %s)", (queries.CHANNEL, territory))


def list_editions(connection: Connection, territory: str | None = None) -> list[dict[str, Any]]:
    """Editions of one territory or of all, the newest first, each with `current` and its number of base grids."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(queries.LIST_EDITIONS, {"territory": territory}).fetchall()


def _copy_cells(connection: Connection, edition_id: int, levels: Sequence[CellRows], progress: Progress | None) -> None:
    """Write the cells level by level, each linked to its parent on the level above."""
    ids = [row[0] for row in connection.execute(queries.CELL_IDS, (sum(len(level.codes) for level in levels),))]
    above: list[int] = []
    for depth, level in enumerate(levels):
        own, ids = ids[: len(level.codes)], ids[len(level.codes) :]
        with connection.cursor() as cursor, cursor.copy(queries.COPY_CELLS) as copy:
            for n, cell_id in enumerate(own):
                parent = above[level.parents[n]] if depth else None
                told = (level.codes[n], level.names[n], parent, level.paths[n], Jsonb(level.attributes[n]))
                drawn = (level.areas[n], level.shapes[n], level.labels[n], level.purposes[n])
                copy.write_row((cell_id, edition_id, depth, *told, *drawn))
        with connection.cursor() as cursor, cursor.copy(queries.COPY_SHAPES) as copy:
            for zoom, shapes in level.drawn.items():
                for cell_id, shape in zip(own, shapes, strict=True):
                    if shape is not None:
                        copy.write_row((cell_id, zoom, shape))
        if progress:
            progress(level.key, len(level.codes))
        above = own
