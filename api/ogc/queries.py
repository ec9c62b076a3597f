"""What the features of each collection are read from, and how a page of them is read. Every one that reads reports
takes the condition of a scope."""

from wangge.geo.geojson import AREA_DECIMALS
from wangge.patterns.findings import queries as found
from wangge.reports.listing.queries import PUBLIC_FROM, PUBLIC_ID, PUBLIC_ONES
from wangge.reports.release.queries import TOLD

__all__ = [
    "AREA",
    "ATTRIBUTES_DRAWN",
    "BOUND",
    "CELLS",
    "CELLS_OF_LEVEL",
    "COUNT",
    "DRAFT_AREA",
    "DRAFT_CELLS",
    "EDITIONS",
    "EDITION_AT",
    "FIRST_EDITION",
    "FOUND",
    "LAST_RELEASE",
    "NUMBER_OF",
    "PAGE",
    "PLACES",
    "PLACES_NAMED",
    "PUBLIC_CASES",
    "PUBLISHED",
    "PUBLISHED_ID",
    "PUBLISHED_ONE",
    "PUBLISHED_TOLD",
    "REPORTS",
    "REPORTS_SEEN",
    "REPORT_CLASS",
    "REPORT_OF",
    "SEEN",
    "SIMPLIFIED",
    "TEXT_OF",
    "TILE",
]

PAGE = "SELECT {columns}, {geometry} {source} WHERE {where} ORDER BY {order} LIMIT %(limit)s"
COUNT = "SELECT count(*) {source} WHERE {where}"

# For the transaction: what a filter of somebody's own may take.
BOUND = "SET LOCAL statement_timeout = 3000"

# One layer of a tile: what meets its box, widened by a margin, in the system of the tile. Columns are called as
# properties are, so nothing is named that one of them could be.
TILE = """
SELECT ST_AsMVT(drawn.*, %(layer)s, 4096, %(geometry)s) FROM (
    SELECT {columns} ST_AsMVTGeom(
        {shape}, ST_MakeEnvelope(%(left)s, %(bottom)s, %(right)s, %(top)s, {srid}), 4096, 64) AS {named}
    {source}
    WHERE {where} AND {geometry} && ST_Transform(
        ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326), {stored})
    LIMIT %(most)s
) AS drawn WHERE drawn.{named} IS NOT NULL
"""

FIRST_EDITION = "SELECT min(valid_from) FROM edition WHERE territory_code = %(territory)s AND published_at IS NOT NULL"

EDITIONS = """
SELECT label, valid_from, valid_to, published_at FROM edition
WHERE territory_code = %(territory)s AND published_at IS NOT NULL ORDER BY valid_from DESC, id DESC
"""

LAST_RELEASE = "SELECT max(made_at) FROM release WHERE territory_code = %(territory)s"

EDITION_AT = """
SELECT id FROM edition
WHERE territory_code = %(territory)s AND published_at IS NOT NULL
  AND valid_from <= %(day)s AND coalesce(valid_to > %(day)s, true)
ORDER BY valid_from DESC, id DESC LIMIT 1
"""

AREA = f"round(c.area_m2::numeric, {AREA_DECIMALS})::double precision"
CELLS = "FROM cell c JOIN edition e ON e.id = c.edition_id"
CELLS_OF_LEVEL = """c.edition_id = %(edition)s AND c.level = (
    SELECT l.place - 1 FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
    WHERE l.value ->> 'key' = %(level)s)"""
# As tiles of cells are drawn elsewhere.
SIMPLIFIED = "(SELECT d.geom FROM cell_shape d WHERE d.cell_id = c.id AND d.zoom = %(drawn_for)s)"
TEXT_OF = "c.attributes ->> %(attribute_{at})s"
NUMBER_OF = """CASE WHEN jsonb_typeof(c.attributes -> %(attribute_{at})s) = 'number'
    THEN (c.attributes ->> %(attribute_{at})s)::double precision END"""

REPORTS = """FROM counted_report AS report
JOIN cell ON cell.edition_id = report.edition_id AND cell.id = report.cell_id
JOIN edition ON edition.id = report.edition_id"""
REPORT_CLASS = """(SELECT k.{part} FROM category_class k
    WHERE k.territory_code = report.territory_code AND k.category = report.category)"""
REPORTS_SEEN = "report.territory_code = %(territory)s AND {scope}"
REPORT_OF = """report.id = %(one)s AND report.received_at >= %(month)s
    AND report.received_at < %(month)s::timestamptz + interval '1 month'"""

PUBLIC_CASES = f"""FROM (
    SELECT {PUBLIC_ID} AS id, r.category, r.state, p.place FROM {PUBLIC_FROM} WHERE {PUBLIC_ONES}
) p"""  # noqa: S608 - as other rooms have it

PUBLISHED = """FROM release_count n
JOIN release r ON r.id = n.release_id
JOIN edition e ON e.id = r.edition_id
JOIN cell c ON c.edition_id = r.edition_id AND c.level = n.depth - 1 AND c.code = n.code"""
PUBLISHED_TOLD = f"n.depth > 0 AND {TOLD}"
PUBLISHED_ID = "concat_ws(':', r.period, e.levels -> c.level::integer ->> 'key', c.code, n.about, n.value)"
PUBLISHED_ONE = f"r.period = %(period)s AND {PUBLISHED_ID} = %(one)s"

FOUND = f"FROM {found.FOUND}"
SEEN = found.SEEN

# Names of the attributes of an edition's base grids, and whether each is a number that may be said again.
ATTRIBUTES_DRAWN = """
SELECT a.name, bool_and(CASE jsonb_typeof(a.value) WHEN 'number' THEN abs(a.value::numeric) <= %(most)s ELSE false END)
FROM cell c JOIN edition e ON e.id = c.edition_id CROSS JOIN LATERAL jsonb_each(c.attributes) AS a (name, value)
WHERE c.edition_id = %(edition)s AND c.level = jsonb_array_length(e.levels) - 1 AND a.value <> 'null'
GROUP BY a.name ORDER BY a.name COLLATE "C"
"""
DRAFT_CELLS = "FROM draft_cell c"
DRAFT_AREA = f"round(ST_Area(c.geom::geography)::numeric, {AREA_DECIMALS})::double precision"

ASSETS = "FROM asset a"
ASSETS_KEPT = "a.territory_code = %(territory)s"
ASSET_CALLED = "lower(a.number) = lower(%(one)s)"

PLACES = "FROM backdrop_feature f"
PLACES_NAMED = "f.territory_code = %(territory)s AND f.name IS NOT NULL"
