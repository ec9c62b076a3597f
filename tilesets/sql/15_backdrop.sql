-- One vector tile of what is drawn under a territory's grid; query: {"territory": code}.
--
-- One source-layer for each kind (water, park, building, railway, street, station, place), with the property name and
-- the feature's id. NULL outside the pyramid.
CREATE OR REPLACE FUNCTION wangge_backdrop(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
    wanted text := query ->> 'territory';
    extent CONSTANT integer := 4096;
    buffer CONSTANT integer := 128;
    box geometry := wangge_tile_box(z, x, y, buffer::double precision / extent);
    tile geometry;
BEGIN
    IF box IS NULL OR wanted IS NULL THEN
        RETURN NULL;
    END IF;
    tile := ST_TileEnvelope(z, x, y);
    box := ST_Expand(tile, (ST_XMax(tile) - ST_XMin(tile)) * buffer / extent);
    RETURN (
        SELECT string_agg(k.layer, ''::bytea ORDER BY k.kind)
        FROM (
            SELECT f.kind, ST_AsMVT(f.feature, f.kind, extent, 'geom', 'id' ORDER BY f.id) AS layer
            FROM (
                SELECT b.kind, b.id, d AS feature
                FROM backdrop_feature AS b
                CROSS JOIN LATERAL (
                    SELECT b.id, b.name, ST_AsMVTGeom(b.geom, tile, extent, buffer) AS geom OFFSET 0
                ) AS d
                WHERE b.territory_code = wanted AND b.minzoom <= z AND b.geom && box AND d.geom IS NOT NULL
            ) AS f
            GROUP BY f.kind
        ) AS k
    );
END
$$;
