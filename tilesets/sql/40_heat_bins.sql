-- Bins across one heat tile: 64, or the largest power of two whose bins still measure at least 28 m on the ground.
-- A power of two, so that bins of any zoom add up exactly to those of the zoom before it.
CREATE OR REPLACE FUNCTION wangge_heat_bins(z integer, y integer)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT greatest(1, least(64, 2 ^ floor(log(2.0, (
        -- cos(latitude) at the middle of the row of tiles is 1 / cosh of its Mercator ordinate
        40075016.686 / 2 ^ z / cosh(pi() * (1 - 2 * (y + 0.5) / 2 ^ z)) / 28
    )::numeric))))::integer
$$;
