-- One vector tile of how many reports were made where, for staff; query: {"territory": code} and, as wanted,
-- "category", "group", "from" (inclusive) and "to" (exclusive) as timestamps, "cell" (a code) with its "level" (a key), "min_count", and
-- "scope": {"cells": [[level key, code], …], "organisations": [id, …]}, the cases that may be counted; without it, all.
--
-- Source-layer "heat": one point in the middle of every bin that holds reports, with their integer "count". Bins are
-- half open and computed from the point alone, so every report is counted in one tile of each zoom and in one only.
-- No bin is finer than about 30 m, and there are no tiles beyond zoom 14. The public sees wangge_released_heat instead.
-- Bins with fewer than "min_count" reports are left out. NULL outside the pyramid.
CREATE OR REPLACE FUNCTION wangge_heat(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
    territory text := query ->> 'territory';
    kind text := query ->> 'category';
    kinds text[];
    since timestamptz := coalesce((query ->> 'from')::timestamptz, '-infinity');
    until timestamptz := coalesce((query ->> 'to')::timestamptz, 'infinity');
    least_count bigint := coalesce((query ->> 'min_count')::bigint, 1);
    -- a hair wider than the tile: the bins decide, the index only has to miss nothing
    box geometry := ST_Expand(wangge_tile_box(z, x, y), 1e-9);
    world CONSTANT double precision := 2 ^ 20; -- bins across the world at zoom 14, the finest
    bins integer;
    scale double precision;
    size integer;
    leaves bigint[];
    seen bigint[] := scope_leaves(territory, (query -> 'scope' -> 'cells')::jsonb);
    cases bigint[] := scope_cases(territory, (query -> 'scope')::jsonb);
    everything boolean := query -> 'scope' IS NULL;
BEGIN
    IF box IS NULL OR z > 14 OR territory IS NULL THEN
        RETURN NULL;
    END IF;
    bins := wangge_heat_bins(z, y);
    scale := (1 << z)::double precision * bins;
    size := 4096 / bins;
    IF query ->> 'group' IS NOT NULL THEN
        kinds := ARRAY(
            SELECT k.code FROM category AS k WHERE k.territory_code = territory AND k.group_code = query ->> 'group'
        );
    END IF;
    IF query ->> 'cell' IS NOT NULL THEN
        leaves := wangge_leaves(territory, query ->> 'cell', query ->> 'level');
    END IF;
    RETURN (
        -- Materialized, for else the planner tests the column and the line of every report instead of every bin.
        -- One number names a bin of the whole world: its column in the high digits, its line in the low ones.
        WITH counted AS MATERIALIZED (
            SELECT
                floor((ST_X(r.geom) + 180) / 360 * scale) * world
                    + floor((0.5 - ln(tan(pi() / 4 + radians(ST_Y(r.geom)) / 2)) / (2 * pi())) * scale) AS bin,
                count(*) AS n
            FROM counted_report AS r
            WHERE r.territory_code = territory
                AND r.geom && box
                AND r.received_at >= since
                AND r.received_at < until
                AND (kind IS NULL OR r.category = kind)
                AND (kinds IS NULL OR r.category = ANY (kinds))
                AND (leaves IS NULL OR r.cell_id = ANY (leaves))
                AND (everything OR r.cell_id = ANY (seen) OR r.id = ANY (cases))
            GROUP BY bin
            HAVING count(*) >= least_count
        ),
        placed AS (
            SELECT
                floor(bin / world) - x * bins AS col,
                bin - floor(bin / world) * world - y * bins AS line,
                n
            FROM counted
        )
        SELECT ST_AsMVT(t, 'heat', 4096, 'geom')
        FROM (
            SELECT ST_Point((col + 0.5) * size, (line + 0.5) * size) AS geom, n::integer AS count
            FROM placed
            WHERE col BETWEEN 0 AND bins - 1 AND line BETWEEN 0 AND bins - 1
            ORDER BY line, col
        ) AS t
    );
END
$$;
