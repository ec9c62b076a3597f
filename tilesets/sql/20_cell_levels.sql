-- The levels of an edition, from the top, with the zooms at which their cells and their names are worth drawing.
--
-- A level is drawn from the zoom on at which the side of its mean cell reaches 12 pixels of a 512-pixel tile: so a
-- tile never holds more than some 1,800 cells of a level, whatever the size of the city. Names need 64 pixels.
-- The top level is drawn from zoom 0; every level is there at zoom 14.
CREATE OR REPLACE FUNCTION wangge_cell_levels(edition_id bigint)
RETURNS TABLE (level smallint, key text, cells bigint, minzoom integer, labelzoom integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 4
AS $$
    SELECT
        m.level,
        e.levels -> m.level::integer ->> 'key',
        m.cells,
        CASE WHEN m.level = 0 THEN 0 ELSE least(14, greatest(0, ceil(log(2.0, 12 / m.side))::integer)) END,
        least(15, greatest(0, ceil(log(2.0, 64 / m.side))::integer))
    FROM edition AS e
    JOIN LATERAL (
        SELECT
            c.level,
            count(*) AS cells,
            -- pixels across the mean cell at zoom 0, where a pixel is 40,075 km × cos(latitude) / 512
            (sqrt(greatest(avg(c.area_m2), 1)) * 512 / (40075016.686 * cos(radians(avg(ST_Y(c.label))))))::numeric AS side
        FROM cell AS c
        WHERE c.edition_id = e.id
        GROUP BY c.level
    ) AS m ON true
    WHERE e.id = $1
    ORDER BY m.level
$$;
