"""Every question that drawing asks, except the tiles themselves, which are drawn by the functions in `sql/`."""

from sqlalchemy import text

__all__ = [
    "CATEGORY_NAMES",
    "COARSE_POINTS",
    "COUNTED_CELLS",
    "DENSITY",
    "DRAW_CELLS",
    "DRAW_HEAT",
    "EDITION_HASH",
    "KNOWN_TERRITORIES",
    "LEVELS",
    "OUTLINES",
    "REVISION",
    "TERRITORY",
    "TOP_CODES",
]

DRAW_CELLS = text("SELECT wangge_cells(:z, :x, :y, CAST(:query AS json))")

DRAW_HEAT = text("SELECT wangge_heat(:z, :x, :y, CAST(:query AS json))")

TERRITORY = text("""
SELECT t.code, t.name, t.timezone, e.id, e.label, e.hash, e.source, e.licence, e.synthetic, e.levels,
       ST_XMin(b.box) AS west, ST_YMin(b.box) AS south, ST_XMax(b.box) AS east, ST_YMax(b.box) AS north
FROM territory t
LEFT JOIN edition e ON e.id = t.current_edition_id
LEFT JOIN LATERAL (
    SELECT ST_Extent(c.geom) AS box FROM cell c WHERE c.edition_id = e.id AND c.level = 0
) b ON true
WHERE t.code = :territory
""")

LEVELS = text("SELECT level, key, cells, minzoom, labelzoom FROM wangge_cell_levels(:edition) ORDER BY level")

TOP_CODES = text('SELECT code FROM cell WHERE edition_id = :edition AND level = 0 ORDER BY code COLLATE "C"')

EDITION_HASH = text("""
SELECT hash FROM edition WHERE id = :edition AND territory_code = :territory AND published_at IS NOT NULL
""")

KNOWN_TERRITORIES = text("SELECT code FROM territory WHERE current_edition_id IS NOT NULL ORDER BY code")

# One statement answers both: does the territory exist, and how often did its reports change.
REVISION = text("""
SELECT coalesce(sum(r.n), 0)::bigint
FROM territory t LEFT JOIN report_revision r ON r.territory_code = t.code
WHERE t.code = :territory
GROUP BY t.code
""")

# The density that a twentieth of the base grids with reports exceed: what the heat map calls hot.
DENSITY = text("""
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY n.reports / greatest(n.area_m2, 1))
FROM wangge_cell_counts(
    :territory, :level, CAST(:since AS timestamptz), CAST(:until AS timestamptz), :category, CAST(:scope AS jsonb)
) n
WHERE n.reports >= :least
""")

# The base grids of the current edition with their counts, and the name of the cell each lies in.
COUNTED_CELLS = text("""
SELECT c.level, c.code, c.name, p.name AS parent, n.reports, c.area_m2, ST_AsBinary(c.geom) AS shape
FROM wangge_cell_counts(
    :territory, :level, CAST(:since AS timestamptz), CAST(:until AS timestamptz), :category, CAST(:scope AS jsonb)
) n
JOIN cell c ON c.id = n.cell_id
LEFT JOIN cell p ON p.id = c.parent_id
ORDER BY c.code COLLATE "C"
""")

OUTLINES = text("""
SELECT level, name, ST_AsBinary(geom) AS shape, ST_Y(label) AS lat, ST_X(label) AS lon
FROM cell WHERE edition_id = :edition AND level < :base
ORDER BY level, code COLLATE "C"
""")

# Snapped to a thousandth of a degree, about 100 m: a sheet that is handed around shows nobody's door.
COARSE_POINTS = text("""
SELECT ST_Y(g.place) AS lat, ST_X(g.place) AS lon, count(*) AS reports
FROM report r
CROSS JOIN LATERAL (SELECT ST_SnapToGrid(r.geom, 0.001) AS place) g
WHERE r.territory_code = :territory
    AND r.received_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
    AND r.received_at < coalesce(CAST(:until AS timestamptz), 'infinity')
    AND (CAST(:category AS text) IS NULL OR r.category = :category)
    AND (
        CAST(:scope AS jsonb) IS NULL
        OR r.cell_id = ANY (CAST((SELECT scope_leaves(:territory, CAST(:scope AS jsonb) -> 'cells')) AS bigint[]))
        OR r.id = ANY (CAST((SELECT scope_cases(:territory, CAST(:scope AS jsonb))) AS bigint[]))
    )
GROUP BY g.place
ORDER BY 1, 2
""")

CATEGORY_NAMES = text("SELECT code, name FROM category WHERE territory_code = :territory ORDER BY position, code")
