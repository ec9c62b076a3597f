-- One vector tile of an edition's cells; query: {"edition": id, "level": key}, the level may be left out.
--
-- One source-layer of polygons for each level that the zoom shows, the named one two zooms earlier, named by the level's key, and one source-layer
-- "labels" of points; properties code, name, level, parent, of a special grid
-- purpose; the feature id is the cell's id. NULL outside the pyramid.
CREATE OR REPLACE FUNCTION wangge_cells(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET jit = off
AS $$
DECLARE
    wanted bigint := (query ->> 'edition')::bigint;
    extent CONSTANT integer := 4096;
    buffer CONSTANT integer := 64; -- 8 pixels: wider than any line that is drawn
    box geometry := wangge_tile_box(z, x, y, buffer::double precision / extent);
    drawn_for CONSTANT integer := greatest(z + mod(z, 2), 6); -- of the zooms that there are shapes for
    tile geometry;
BEGIN
    IF box IS NULL OR wanted IS NULL THEN
        RETURN NULL;
    END IF;
    tile := ST_TileEnvelope(z, x, y);
    RETURN (
        WITH shown AS MATERIALIZED (
            SELECT l.level, l.key FROM wangge_cell_levels(wanted) AS l
            WHERE l.minzoom <= z + CASE WHEN l.key = query ->> 'level' THEN 2 ELSE 0 END
        ),
        met AS MATERIALIZED (
            SELECT c.id, c.code, c.name, s.key AS level, c.path[c.level] AS parent, c.level AS depth, c.purpose, c.geom, c.label,
                d.geom AS drawn
            FROM cell AS c
            JOIN shown AS s ON s.level = c.level
            LEFT JOIN cell_shape AS d ON d.cell_id = c.id AND d.zoom = drawn_for
            WHERE c.edition_id = wanted AND c.geom && box
        ),
        polygons AS (
            SELECT p.depth, ST_AsMVT(p.feature, p.level, extent, 'geom', 'id' ORDER BY p.code) AS layer
            FROM (
                SELECT m.depth, m.level, m.code, f AS feature
                FROM met AS m
                CROSS JOIN LATERAL (
                    SELECT m.id, m.code, m.name, m.level, m.parent, m.purpose,
                        ST_AsMVTGeom(coalesce(m.drawn, ST_Transform(m.geom, 3857)), tile, extent, buffer) AS geom
                    OFFSET 0 -- or it is pulled up, and the geometry is made twice over
                ) AS f
                WHERE f.geom IS NOT NULL
            ) AS p
            GROUP BY p.depth, p.level
        ),
        labels AS (
            SELECT ST_AsMVT(f, 'labels', extent, 'geom', 'id' ORDER BY f.level, f.code) AS layer
            FROM (
                SELECT m.id, m.code, m.name, m.level, m.parent, m.purpose,
                    ST_AsMVTGeom(ST_Transform(m.label, 3857), tile, extent, 0) AS geom
                FROM met AS m
                WHERE m.label && box
                OFFSET 0
            ) AS f
            WHERE f.geom IS NOT NULL
        )
        SELECT coalesce(string_agg(p.layer, ''::bytea ORDER BY p.depth), ''::bytea) || (SELECT layer FROM labels)
        FROM polygons AS p
    );
END
$$;
