"""Every question that drawing asks, except the tiles themselves, which are drawn by the functions in `sql/`."""

__all__ = [
    "AREAS",
    "CATEGORY_NAMES",
    "COARSE_POINTS",
    "COUNTED_CELLS",
    "DENSITY",
    "DRAW_BACKDROP",
    "DRAW_CELLS",
    "DRAW_HEAT",
    "DRAW_RELEASED_HEAT",
    "EDITION_HASH",
    "KNOWN_TERRITORIES",
    "LEVELS",
    "OPEN_CASES",
    "OUTLINES",
    "RELEASED_DENSITY",
    "REVISION",
    "TERRITORY",
    "TOP_CODES",
]

DRAW_CELLS = "SELECT wangge_cells(%(z)s, %(x)s, %(y)s, %(query)s::json)"

DRAW_BACKDROP = "SELECT wangge_backdrop(%(z)s, %(x)s, %(y)s, %(query)s::json)"

DRAW_HEAT = "SELECT wangge_heat(%(z)s, %(x)s, %(y)s, %(query)s::json)"

DRAW_RELEASED_HEAT = "SELECT wangge_released_heat(%(z)s, %(x)s, %(y)s, %(query)s::json)"

TERRITORY = """
SELECT t.code, t.name, t.timezone, e.id, e.label, e.hash, e.source, e.licence, e.synthetic, e.levels,
       ST_XMin(b.box) AS west, ST_YMin(b.box) AS south, ST_XMax(b.box) AS east, ST_YMax(b.box) AS north,
       EXISTS (SELECT FROM cell s WHERE s.edition_id = e.id AND s.purpose IS NOT NULL) AS special
FROM territory t
LEFT JOIN edition e ON e.id = t.current_edition_id
LEFT JOIN LATERAL (
    SELECT ST_Extent(c.geom) AS box FROM cell c WHERE c.edition_id = e.id AND c.level = 0
) b ON true
WHERE t.code = %(territory)s
"""

LEVELS = "SELECT level, key, cells, minzoom, labelzoom FROM wangge_cell_levels(%(edition)s) ORDER BY level"

TOP_CODES = 'SELECT code FROM cell WHERE edition_id = %(edition)s AND level = 0 ORDER BY code COLLATE "C"'

EDITION_HASH = """
SELECT hash FROM edition WHERE id = %(edition)s AND territory_code = %(territory)s AND published_at IS NOT NULL
"""

KNOWN_TERRITORIES = "SELECT code FROM territory WHERE current_edition_id IS NOT NULL ORDER BY code"

# One statement answers both: does the territory exist, and how often did its reports change.
REVISION = """
SELECT coalesce(sum(r.n), 0)::bigint
FROM territory t LEFT JOIN report_revision r ON r.territory_code = t.code
WHERE t.code = %(territory)s
GROUP BY t.code
"""

AREAS = "SELECT id, area_m2 FROM cell WHERE edition_id = %(edition)s AND level = %(base)s"

# The density that a twentieth of the base grids with reports exceed: what the heat map calls hot.
DENSITY = """
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY n.reports / greatest(n.area_m2, 1))
FROM wangge_cell_counts(
    %(territory)s, %(level)s, %(since)s::timestamptz, %(until)s::timestamptz, %(category)s, %(scope)s::jsonb
) n
WHERE n.reports > 0
"""

# The same of what was published of the finest cells of a release.
RELEASED_DENSITY = """
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY n.count / greatest(c.area_m2, 1))
FROM release_count n
JOIN cell c ON c.edition_id = %(edition)s AND c.level = n.depth - 1 AND c.code = n.code
WHERE n.release_id = %(release)s AND n.about = %(about)s AND n.value = %(value)s AND n.depth = %(depth)s
"""

# The base grids of the current edition with their counts, and the name of the cell each lies in.
COUNTED_CELLS = """
SELECT c.level, c.code, c.name, p.name AS parent, n.reports, c.area_m2, ST_AsBinary(c.geom) AS shape
FROM wangge_cell_counts(
    %(territory)s, %(level)s, %(since)s::timestamptz, %(until)s::timestamptz, %(category)s, %(scope)s::jsonb
) n
JOIN cell c ON c.id = n.cell_id
LEFT JOIN cell p ON p.id = c.parent_id
ORDER BY c.code COLLATE "C"
"""

OUTLINES = """
SELECT level, name, ST_AsBinary(geom) AS shape, ST_Y(label) AS lat, ST_X(label) AS lon
FROM cell WHERE edition_id = %(edition)s AND level < %(base)s
ORDER BY level, code COLLATE "C"
"""

# Snapped to a thousandth of a degree, about 100 m: a sheet that is handed around shows nobody's door.
COARSE_POINTS = """
SELECT ST_Y(g.place) AS lat, ST_X(g.place) AS lon, to_char(r.received_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month,
       count(*) AS reports
FROM counted_report r
CROSS JOIN LATERAL (SELECT ST_SnapToGrid(r.geom, 0.001) AS place) g
WHERE {scope}
    AND r.received_at >= coalesce(%(since)s::timestamptz, '-infinity')
    AND r.received_at < coalesce(%(until)s::timestamptz, 'infinity')
    AND (%(category)s::text IS NULL OR r.category = %(category)s)
GROUP BY g.place, 3
ORDER BY 1, 2, 3
"""

# Open cases of one tile in its own coordinates, those of one bin as one, the most pressing first. Bins are half open,
# so each case is in one tile of a zoom. A parked case has no deadline.
OPEN_CASES = """
WITH placed AS (
    SELECT report.id, report.received_at, report.due_at, report.overdue,
           report.nearly_due AND NOT report.overdue AS nearly_due,
           CASE WHEN report.overdue THEN 0 WHEN report.nearly_due THEN 1
                WHEN report.due_at IS NULL OR report.state = 'parked' THEN 3 ELSE 2 END AS standing,
           ((ST_X(report.geom) + 180) / 360 * %(columns)s - %(x)s) * %(extent)s AS u,
           ((0.5 - ln(tan(pi() / 4 + radians(ST_Y(report.geom)) / 2)) / (2 * pi())) * %(columns)s - %(y)s)
               * %(extent)s AS v
    FROM report WHERE {where}
)
SELECT round(avg(u))::integer AS u, round(avg(v))::integer AS v, count(*) AS cases,
       count(*) FILTER (WHERE overdue) AS overdue, count(*) FILTER (WHERE nearly_due) AS nearly_due,
       min(standing) AS standing,
       (array_agg(id ORDER BY standing, due_at, id))[:%(named)s] AS ids,
       (array_agg(received_at ORDER BY standing, due_at, id))[:%(named)s] AS received
FROM placed
WHERE u >= 0 AND u < %(extent)s AND v >= 0 AND v < %(extent)s
GROUP BY floor(v / %(size)s), floor(u / %(size)s)
ORDER BY floor(v / %(size)s), floor(u / %(size)s)
"""

CATEGORY_NAMES = """
SELECT code, name FROM category WHERE territory_code = %(territory)s AND campaign IS NULL ORDER BY position, code
"""
