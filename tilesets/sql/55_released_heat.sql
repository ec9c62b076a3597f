-- One vector tile of what was published of a period; query: {"release": id} and, as wanted, "about" (all, group,
-- category) with its "value" (a code), "cell" (a code) with its "level" (a key), "min_count", and "without": [[level key,
-- code], …], cells of which nothing is drawn.
--
-- Source-layer "heat": the count of a cell is spread evenly over the bins inside it, so that the picture is no finer than
-- the cells that the release tells of, whatever the zoom; "count" is a part of it, and those of a cell add up to its own.
-- Nothing but the release is read, no report. No bin is finer than about 120 m, and there are no tiles beyond zoom 12.
CREATE OR REPLACE FUNCTION wangge_released_heat(z integer, x integer, y integer, query json DEFAULT '{}')
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
    wanted bigint := (query ->> 'release')::bigint;
    subject text := coalesce(query ->> 'about', 'all');
    named text := coalesce(query ->> 'value', '');
    inside text := query ->> 'cell';
    least_count bigint := coalesce((query ->> 'min_count')::bigint, 1);
    box geometry := wangge_tile_box(z, x, y);
    bins integer;
    scale double precision;
    size integer;
    cells_of integer;
    finest integer;
    place integer;
    hidden bigint[];
BEGIN
    IF box IS NULL OR z > 12 OR wanted IS NULL THEN
        RETURN NULL;
    END IF;
    bins := wangge_heat_bins(z, y);
    scale := (1 << z)::double precision * bins;
    size := 4096 / bins;
    SELECT r.edition_id, (r.finest ->> subject)::integer, p.nr
    INTO cells_of, finest, place
    FROM release AS r
    JOIN edition AS e ON e.id = r.edition_id
    LEFT JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS p(spec, nr) ON p.spec ->> 'key' = query ->> 'level'
    WHERE r.id = wanted;
    IF query -> 'without' IS NOT NULL THEN
        hidden := ARRAY(
            SELECT c.id
            FROM json_array_elements(query -> 'without') AS w(pair)
            JOIN edition AS e ON e.id = cells_of
            JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS p(spec, nr) ON p.spec ->> 'key' = w.pair ->> 0
            JOIN cell AS c ON c.edition_id = cells_of AND c.level = finest - 1 AND c.path[p.nr] = w.pair ->> 1
        );
    END IF;
    RETURN (
        WITH counted AS MATERIALIZED (
            SELECT c.geom, c.label, n.count
            FROM release_count AS n
            JOIN cell AS c ON c.edition_id = cells_of AND c.level = finest - 1 AND c.code = n.code
            WHERE n.release_id = wanted AND n.about = subject AND n.value = named AND n.depth = finest
                AND n.count >= least_count
                AND c.geom && box
                AND (hidden IS NULL OR c.id <> ALL (hidden))
                AND (inside IS NULL OR (query ->> 'level' IS NULL AND c.path @> ARRAY[inside]) OR c.path[place] = inside)
        ),
        spread AS (
            SELECT
                coalesce(b.col, floor((ST_X(c.label) + 180) / 360 * scale)) AS col,
                coalesce(b.line, floor((0.5 - ln(tan(pi() / 4 + radians(ST_Y(c.label)) / 2)) / (2 * pi())) * scale)) AS line,
                c.count::double precision / coalesce(b.bins, 1) AS n
            FROM counted AS c
            LEFT JOIN LATERAL (
                SELECT i.col::double precision, j.line::double precision, count(*) OVER () AS bins
                FROM generate_series(
                    floor((ST_XMin(c.geom) + 180) / 360 * scale)::bigint, floor((ST_XMax(c.geom) + 180) / 360 * scale)::bigint
                ) AS i(col)
                CROSS JOIN generate_series(
                    floor((0.5 - ln(tan(pi() / 4 + radians(ST_YMax(c.geom)) / 2)) / (2 * pi())) * scale)::bigint,
                    floor((0.5 - ln(tan(pi() / 4 + radians(ST_YMin(c.geom)) / 2)) / (2 * pi())) * scale)::bigint
                ) AS j(line)
                WHERE ST_Covers(c.geom, ST_SetSRID(ST_Point(
                    (i.col + 0.5) / scale * 360 - 180, degrees(atan(sinh(pi() * (1 - 2 * (j.line + 0.5) / scale))))
                ), 4326))
            ) AS b ON true
        ),
        placed AS (
            SELECT col - x::double precision * bins AS col, line - y::double precision * bins AS line, sum(n) AS n
            FROM spread
            GROUP BY 1, 2
        )
        SELECT ST_AsMVT(t, 'heat', 4096, 'geom')
        FROM (
            SELECT ST_Point((col + 0.5) * size, (line + 0.5) * size) AS geom, round(n::numeric, 4)::double precision AS count
            FROM placed
            WHERE col BETWEEN 0 AND bins - 1 AND line BETWEEN 0 AND bins - 1
            ORDER BY line, col
        ) AS t
    );
END
$$;
