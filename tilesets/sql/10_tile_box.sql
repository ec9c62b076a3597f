-- The lon/lat box of a Web Mercator tile, widened by `margin` tile widths; NULL outside the pyramid of zooms 0 to 22.
CREATE OR REPLACE FUNCTION wangge_tile_box(z integer, x integer, y integer, margin double precision DEFAULT 0)
RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    IF z BETWEEN 0 AND 22 AND x BETWEEN 0 AND (1 << z) - 1 AND y BETWEEN 0 AND (1 << z) - 1 THEN
        RETURN ST_Transform(ST_TileEnvelope(z, x, y, margin => margin), 4326);
    END IF;
    RETURN NULL;
END
$$;
