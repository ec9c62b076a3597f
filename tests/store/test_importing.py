"""What an edition's cells are stored as, how long that holds anything, and what becomes of the desks of a large one."""

import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from psycopg.types.json import Jsonb

from tests.builders import create_boundaries
from wangge.duty import queries
from wangge.duty.desks import publish
from wangge.geo.boundaries import Boundaries
from wangge.store.engine import Connection, connect
from wangge.store.grids import editions
from wangge.store.grids.editions import NotStorable, import_edition
from wangge.store.grids.storing import rows_of

SIDE = 60


def lattice(edition: str, side: int = SIDE) -> Boundaries:
    """The town with side × side base grids, all of them in one street."""
    boundaries = create_boundaries(edition=edition, valid_from=date(int(edition), 1, 1))
    streets, grids = boundaries.levels
    lon, lat = np.meshgrid(116.9 + np.arange(side) * 1e-4, 38.3 + np.arange(side) * 1e-4)
    lon, lat = lon.ravel(), lat.ravel()
    codes = [f"{edition}-{n:05d}" for n in range(side * side)]
    many = dataclasses.replace(
        grids,
        codes=codes,
        names=codes,
        parents=["A"] * len(codes),
        geometries=shapely.box(lon, lat, lon + 1e-4, lat + 1e-4),
        attributes=[{}] * len(codes),
    )
    one = dataclasses.replace(
        streets, codes=["A"], names=["A"], parents=[None], geometries=streets.geometries[:1], attributes=[{}]
    )
    return dataclasses.replace(boundaries, levels=(one, many))


def test_a_cells_area_and_label_are_postgis_own(database: str) -> None:
    with connect(database) as connection:
        found = connection.execute(
            """SELECT max(abs(area_m2 / ST_Area(geom::geography) - 1)), bool_and(ST_Contains(geom, label)),
                      max(1 - ST_Distance(label, ST_Boundary(geom)) / (ST_MaximumInscribedCircle(geom)).radius)
               FROM cell WHERE level = (SELECT max(level) FROM cell)"""
        ).fetchone()
    assert found is not None
    assert found[0] < 1e-9
    assert found[1]
    assert found[2] < 0.01


def test_an_empty_and_an_invalid_shape_can_be_accepted(empty_database: str) -> None:
    boundaries = create_boundaries()
    shapes = boundaries.levels[1].geometries.copy()
    west, south = 116.9, 38.3
    shapes[0] = shapely.Polygon()
    shapes[1] = shapely.Polygon(
        [(west, south), (west + 0.01, south + 0.01), (west + 0.01, south), (west, south + 0.01)]
    )
    grids = dataclasses.replace(boundaries.levels[1], geometries=shapes)
    with connect(empty_database) as connection:
        import_edition(
            connection, dataclasses.replace(boundaries, levels=(boundaries.levels[0], grids)), accepted_defects="known"
        )
        stored = connection.execute("SELECT ST_IsEmpty(label) FROM cell WHERE level = 1 ORDER BY code").fetchall()
    assert stored == [(True,), (False,), (False,), (False,)]


def test_a_code_that_stands_twice_is_not_storable() -> None:
    boundaries = create_boundaries()
    twice = dataclasses.replace(boundaries.levels[1], codes=["A1", "A2", "B1", "A1"])
    with pytest.raises(NotStorable) as refused:
        rows_of([boundaries.levels[0], twice])
    assert refused.value.facts["cell"] == "A1"


def test_closing_the_desks_of_a_large_city_asks_no_cell_twice(empty_database: str) -> None:
    """Though the statistics know nothing of its territory: each of its desks was held against each of its cells."""
    with connect(empty_database) as connection:
        import_edition(connection, create_boundaries("village"))
        publish(connection, "village", "2026")
    with connect(empty_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE cell SET (autovacuum_enabled = false)")
        connection.execute("ALTER TABLE desk SET (autovacuum_enabled = false)")
        connection.execute("ANALYZE")
    with connect(empty_database) as connection:
        import_edition(connection, lattice("2027"))
        publish(connection, "town", "2027")
        import_edition(connection, lattice("2028"))
        editions.publish(connection, "town", "2028")
        parameters = {"territory": "town", "centre": Jsonb({}), "languages": ["en"]}
        pages = sum(pages_read(connection, query, parameters) for query in (queries.ENSURE_DESKS, queries.CLOSE_DESKS))
        assert pages < 40 * SIDE * SIDE
        desks = connection.execute("SELECT active, count(*) FROM desk WHERE code LIKE '20%' GROUP BY 1 ORDER BY 1")
        assert desks.fetchall() == [(False, SIDE * SIDE), (True, SIDE * SIDE)]


def pages_read(connection: Connection, query: str, parameters: dict[str, Any]) -> int:
    """How many pages a statement looks at; it is carried out."""
    row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) {query}", parameters).fetchone()
    assert row is not None
    return int(row[0][0]["Plan"]["Shared Hit Blocks"] + row[0][0]["Plan"]["Shared Read Blocks"])
