"""Every statement about territories, editions and cells, named by the question it answers."""

CHANNEL = "wangge_edition"
"""NOTIFY channel on which the code of a territory is sent when its edition changes."""

# Whether a cell is of one of some kinds: ordinary, special, or of a purpose (geo/purposes.py).
OF_KINDS = """(coalesce({cell}.purpose, 'ordinary') = ANY ({kinds}::text[])
    OR {cell}.purpose IS NOT NULL AND 'special' = ANY ({kinds}::text[]))"""

PUT_TERRITORY = """
INSERT INTO territory (code, name, timezone) VALUES (%s, %s, %s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, timezone = excluded.timezone
"""

EDITION_BY_LABEL = "SELECT id, hash FROM edition WHERE territory_code = %s AND label = %s"

INSERT_EDITION = """
INSERT INTO edition (territory_code, label, valid_from, source, licence, synthetic, hash, levels,
                     accepted_defects, defects, repairs)
VALUES (%(territory)s, %(label)s, %(valid_from)s, %(source)s, %(licence)s, %(synthetic)s, %(hash)s, %(levels)s,
        %(accepted)s, %(defects)s, %(repairs)s)
RETURNING id
"""

CELL_IDS = "SELECT nextval(pg_get_serial_sequence('cell', 'id')) FROM generate_series(1, %s)"

# Ids, parents, areas and labels are found before: nothing is joined, so that nothing is planned without statistics.
COPY_CELLS = """
COPY cell (id, edition_id, level, code, name, parent_id, path, attributes, area_m2, geom, label, purpose)
FROM STDIN
"""

COPY_SHAPES = "COPY cell_shape (cell_id, zoom, geom) FROM STDIN"

CLOSE_OTHER_EDITIONS = """
UPDATE edition e SET valid_to = n.valid_from
FROM edition n
WHERE n.id = %(edition)s AND e.territory_code = %(territory)s AND e.id <> n.id
  AND e.published_at IS NOT NULL AND e.valid_to IS NULL
"""

SET_CURRENT_EDITION = """
WITH published AS (
    UPDATE edition SET published_at = coalesce(published_at, now()), valid_to = NULL WHERE id = %(edition)s
)
UPDATE territory SET current_edition_id = %(edition)s WHERE code = %(territory)s
"""

LIST_EDITIONS = """
SELECT t.code AS territory, t.name, e.id, e.label, e.valid_from, e.valid_to, e.source, e.licence, e.synthetic,
       e.hash, e.levels, e.accepted_defects, e.defects, e.repairs, e.imported_at, e.published_at,
       e.id = t.current_edition_id AS current,
       (SELECT count(*) FROM cell c WHERE c.edition_id = e.id AND c.level = jsonb_array_length(e.levels) - 1) AS cells
FROM edition e JOIN territory t ON t.code = e.territory_code
WHERE %(territory)s::text IS NULL OR t.code = %(territory)s
ORDER BY t.code, e.imported_at DESC, e.id DESC
"""

PUBLISHED_TERRITORIES = """
SELECT code, current_edition_id, array(SELECT id FROM overlay_edition WHERE territory_code = code ORDER BY id)
FROM territory WHERE current_edition_id IS NOT NULL ORDER BY code
"""

EDITION_OF_TERRITORY = """
SELECT e.id, e.label, e.levels, e.synthetic, e.hash, t.timezone
FROM territory t
LEFT JOIN edition e ON e.territory_code = t.code
    AND CASE WHEN %(label)s::text IS NULL THEN e.id = t.current_edition_id ELSE e.label = %(label)s END
WHERE t.code = %(territory)s
"""

CELLS_OF_EDITION = """
SELECT id, level, code, name, path, attributes, CASE WHEN level = %(base)s THEN ST_AsBinary(geom) END, purpose
FROM cell WHERE edition_id = %(edition)s ORDER BY level, code
"""

# Of two of the same day, the one that was published last holds.
PUBLISHED_EDITIONS = """
SELECT valid_from, id, label, levels FROM edition
WHERE territory_code = %(territory)s AND published_at IS NOT NULL ORDER BY valid_from, published_at, id
"""

PLACES_OF_EDITION = "SELECT id, level, code, name, path FROM cell WHERE edition_id = %(edition)s ORDER BY level, code"

DESCRIBE_TERRITORIES = """
SELECT t.code, t.name, t.timezone, e.id AS edition_id, e.label AS edition, e.valid_from, e.source, e.licence,
       e.synthetic, e.levels, n.counts,
       ARRAY(SELECT DISTINCT c.purpose FROM cell c WHERE c.edition_id = e.id AND c.purpose IS NOT NULL ORDER BY 1)
           AS special,
       ST_XMin(b.box) AS west, ST_YMin(b.box) AS south, ST_XMax(b.box) AS east, ST_YMax(b.box) AS north
FROM territory t
JOIN edition e ON e.id = t.current_edition_id
CROSS JOIN LATERAL (SELECT ST_Extent(geom) AS box FROM cell WHERE edition_id = e.id AND level = 0) b
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(level, cells) AS counts
    FROM (SELECT level, count(*) AS cells FROM cell WHERE edition_id = e.id GROUP BY level) per_level
) n
WHERE %(territory)s::text IS NULL OR t.code = %(territory)s
ORDER BY t.code
"""

# Coordinates as the map needs them (1 cm); the exact shapes leave through exports.
CELL_FEATURES = """
SELECT c.id, c.level, c.code, c.name, c.path, c.attributes, c.area_m2, c.purpose,
       CASE WHEN %(shapes)s THEN ST_AsGeoJSON(c.geom, 7) ELSE 'null' END AS geometry
FROM cell c
WHERE c.edition_id = %(edition)s AND c.level = %(level)s
  AND (%(code)s::text IS NULL OR c.code = %(code)s)
  AND (%(parent)s::text IS NULL OR c.path[c.level] = %(parent)s)
  AND (%(west)s::double precision IS NULL
       OR c.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
  AND (%(after)s::text IS NULL OR c.code > %(after)s)
  AND (%(kinds)s::text[] IS NULL OR {of_kinds})
ORDER BY c.code
LIMIT %(limit)s
""".replace("{of_kinds}", OF_KINDS.format(cell="c", kinds="%(kinds)s"))

BOUNDS_OF_TERRITORY = """
SELECT ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
FROM territory t CROSS JOIN LATERAL (
    SELECT ST_Extent(c.geom) AS box FROM cell c WHERE c.edition_id = t.current_edition_id AND c.level = 0) b
WHERE t.code = %(territory)s
"""

REMOVE_BACKDROP = "DELETE FROM backdrop WHERE territory_code = %(territory)s AND kind = %(kind)s"

PUT_BACKDROP = """
INSERT INTO backdrop (territory_code, kind, source, licence, features)
VALUES (%(territory)s, %(kind)s, %(source)s, %(licence)s, %(features)s)
"""

COPY_BACKDROP = "COPY backdrop_feature (territory_code, kind, name, minzoom, geom) FROM STDIN"

BACKDROPS = """
SELECT kind, source, licence, features, imported_at FROM backdrop WHERE territory_code = %(territory)s ORDER BY kind
"""

# What has one name is one thing, though it is drawn in pieces; where it is, is told by the piece in the middle of them.
NAME_BACKDROP = """
INSERT INTO place_name (territory_code, kind, name, spelt, lon, lat, west, south, east, north)
SELECT %(territory)s, %(kind)s, f.name, coalesce(s.spelt, ''), ST_X(p.at), ST_Y(p.at),
       ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (
    SELECT name, ST_Collect(geom) AS geom FROM backdrop_feature
    WHERE territory_code = %(territory)s AND kind = %(kind)s AND name IS NOT NULL
    GROUP BY name
) f
LEFT JOIN unnest(%(names)s::text[], %(spelt)s::text[]) AS s (name, spelt) ON s.name = f.name
CROSS JOIN LATERAL (
    SELECT ST_Transform(CASE WHEN ST_Dimension(geom) = 2 THEN ST_PointOnSurface(geom)
                             ELSE ST_ClosestPoint(geom, ST_Centroid(geom)) END, 4326) AS at,
           ST_Transform(ST_Envelope(geom), 4326) AS box) p
"""

FORGET_NAMES = "DELETE FROM place_name WHERE territory_code = %(territory)s AND kind = %(kind)s"

COPY_NAMES = """
COPY place_name (territory_code, kind, name, spelt, lon, lat, west, south, east, north) FROM STDIN
"""

PUT_LIST = """
INSERT INTO place_list (territory_code, source, licence, places)
VALUES (%(territory)s, %(source)s, %(licence)s, %(places)s)
ON CONFLICT (territory_code) DO UPDATE SET source = excluded.source, licence = excluded.licence,
    places = excluded.places, imported_at = now()
"""

REMOVE_LIST = "DELETE FROM place_list WHERE territory_code = %(territory)s"

PLACE_LIST = "SELECT source, licence, places, imported_at FROM place_list WHERE territory_code = %(territory)s"

HAS_NAMES = "SELECT EXISTS (SELECT FROM place_name WHERE territory_code = %(territory)s)"

# Names with the words in them: the same, those that begin so, the shortest. Of a common word the first are found by
# their length, of a rare one all by its letters, as the planner sees fit. Each is read again: two pairs of letters may
# share a number.
PLACES = """
SELECT kind, name, lon, lat, west, south, east, north FROM (
    (SELECT *, 0 AS way FROM place_name
     WHERE territory_code = %(territory)s AND folded = words_folded(%(words)s) LIMIT %(limit)s)
    UNION ALL
    (SELECT *, 1 FROM place_name
     WHERE territory_code = %(territory)s AND folded ^@ words_folded(%(words)s) AND folded <> words_folded(%(words)s)
     ORDER BY length(folded), folded LIMIT %(limit)s)
) found
ORDER BY way, length(folded), name COLLATE "C", kind COLLATE "C" LIMIT %(limit)s
"""

PLACES_WITHIN = """
SELECT kind, name, lon, lat, west, south, east, north FROM place_name
WHERE territory_code = %(territory)s AND grams @> place_grams(words_folded(%(words)s))
    AND position(words_folded(%(words)s) IN folded) > 1
ORDER BY length(folded), name COLLATE "C", kind COLLATE "C" LIMIT %(limit)s
"""

# Names that are spelt so: from their first syllable on, or from another. Where many begin so, the shortest are read in
# the order of an index until there are enough: nothing else may be asked of them, or the planner expects few.
PLACES_SPELT = """
SELECT kind, name, lon, lat, west, south, east, north FROM place_name
WHERE territory_code = %(territory)s AND spelt ^@ %(letters)s
ORDER BY length(folded), folded LIMIT %(limit)s
"""

# Letters that stand in a name, or that it is spelt by from a later syllable: both at once and in the order of an index,
# or every second name is read to find that the letters of a common syllable stand in none.
PLACES_SPELT_WITHIN = """
SELECT kind, name, lon, lat, west, south, east, north FROM place_name
WHERE territory_code = %(territory)s AND grams @> place_grams(%(letters)s)
    AND (position(%(letters)s IN folded) > 1 OR NOT spelt ^@ %(letters)s AND position(' ' || %(letters)s IN spelt) > 0)
ORDER BY length(folded), folded LIMIT %(limit)s
"""

PUT_OVERLAY = """
INSERT INTO overlay AS o (territory_code, key, name) VALUES (%(territory)s, %(key)s, %(name)s)
ON CONFLICT (territory_code, key) DO UPDATE SET name = o.name || excluded.name
"""

REMOVE_OVERLAY = "DELETE FROM overlay WHERE territory_code = %(territory)s AND key = %(key)s"

REMOVE_OVERLAY_EDITION = """
DELETE FROM overlay_edition WHERE territory_code = %(territory)s AND key = %(key)s AND valid_from = %(valid_from)s
"""

REMOVE_EMPTY_OVERLAYS = """
DELETE FROM overlay o WHERE territory_code = %(territory)s
    AND NOT EXISTS (SELECT FROM overlay_edition e WHERE e.territory_code = o.territory_code AND e.key = o.key)
"""

PUT_OVERLAY_EDITION = """
INSERT INTO overlay_edition (territory_code, key, valid_from, source, licence)
VALUES (%(territory)s, %(key)s, %(valid_from)s, %(source)s, %(licence)s) RETURNING id
"""

KEEP_HOUSEHOLDS = "UPDATE overlay_edition SET households = %(households)s WHERE id = %(edition)s"

HOUSEHOLDS_OF_OVERLAY = """
SELECT households::text FROM overlay_edition
WHERE id = %(edition)s AND (households ->> 'edition')::integer = %(grid)s
"""

COPY_AREAS = "COPY overlay_area (edition_id, code, name, geom) FROM STDIN"

OVERLAY_EDITIONS = """
SELECT e.id, e.key, o.name, e.valid_from,
       lead(e.valid_from) OVER (PARTITION BY e.key ORDER BY e.valid_from) AS valid_to, e.source, e.licence,
       e.imported_at, (SELECT count(*) FROM overlay_area a WHERE a.edition_id = e.id) AS areas
FROM overlay_edition e JOIN overlay o USING (territory_code, key)
WHERE e.territory_code = %(territory)s
ORDER BY e.key, e.valid_from DESC
"""

AREAS_OF_OVERLAYS = """
SELECT e.id, a.code, a.name, ST_AsBinary(a.geom)
FROM overlay_edition e JOIN overlay_area a ON a.edition_id = e.id
WHERE e.territory_code = %(territory)s
"""

# The code of the area of an overlay in which a point lies at a time, as `Overlays.at` finds it: by the edition of
# that day, the lowest code of those that cover the point.
AREA_CODE = """(
    SELECT a.code FROM overlay_area a
    WHERE ST_Covers(a.geom, {point}) AND a.edition_id = (
        SELECT id FROM overlay_edition
        WHERE territory_code = {territory} AND key = {key} AND valid_from <= ({at} AT TIME ZONE {zone})::date
        ORDER BY valid_from DESC LIMIT 1)
    ORDER BY a.code COLLATE "C" LIMIT 1)"""
