-- How many reports every cell of one level of a territory's current edition holds; cells without reports hold 0.
--
-- A report keeps the edition it was assigned under. One of an older edition is counted where its point lies now, by
-- the rule of every assignment: the base grid that covers it, the lowest code on a shared edge. What an assignment adds,
-- the nearest cell for a point within half a metre of the rim or in a gap between cells, is left out: SQL would look
-- for neighbours of every point that has moved outside. Such a report is in no cell until `wangge regrid`, whose
-- assignments are counted as they are stored; columns and releases count the same (reports/release/queries.py).
--
-- `scope` is as in a heat tile: {"cells": [[level key, code], …], "organisations": [id, …]}; null counts all reports.
DROP FUNCTION IF EXISTS wangge_cell_counts(text, text, timestamptz, timestamptz, text);
CREATE OR REPLACE FUNCTION wangge_cell_counts(
    territory text,
    level text,
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    category text DEFAULT NULL,
    scope jsonb DEFAULT NULL
)
RETURNS TABLE (cell_id bigint, code text, name text, area_m2 double precision, reports bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    wanted bigint;
    depth smallint;
    leaf smallint;
    first timestamptz := coalesce(since, '-infinity');
    past timestamptz := coalesce(until, 'infinity');
    kind text := category;
    seen bigint[] := scope_leaves(territory, scope -> 'cells');
    cases bigint[] := scope_cases(territory, scope);
BEGIN
    SELECT e.id, k.nr - 1, jsonb_array_length(e.levels) - 1
    INTO wanted, depth, leaf
    FROM territory AS t
    JOIN edition AS e ON e.id = t.current_edition_id
    CROSS JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS k(spec, nr)
    WHERE t.code = $1 AND k.spec ->> 'key' = $2;

    RETURN QUERY
    WITH placed AS (
        SELECT r.cell_id, count(*) AS n
        FROM counted_report AS r
        WHERE r.territory_code = $1 AND r.edition_id = wanted
            AND r.received_at >= first AND r.received_at < past AND (kind IS NULL OR r.category = kind)
            AND (scope IS NULL OR r.cell_id = ANY (seen) OR r.id = ANY (cases))
        GROUP BY r.cell_id
        UNION ALL
        SELECT at.id, count(*)
        FROM counted_report AS r
        CROSS JOIN LATERAL (
            SELECT c.id FROM cell AS c
            WHERE c.edition_id = wanted AND c.level = leaf AND ST_Covers(c.geom, r.geom)
            ORDER BY c.code COLLATE "C" LIMIT 1
        ) AS at
        WHERE r.territory_code = $1 AND r.edition_id <> wanted
            AND r.received_at >= first AND r.received_at < past AND (kind IS NULL OR r.category = kind)
            AND (scope IS NULL OR r.cell_id = ANY (seen) OR r.id = ANY (cases))
        GROUP BY at.id
    ),
    summed AS (
        SELECT c.path[depth + 1] AS code, sum(p.n)::bigint AS n
        FROM placed AS p
        JOIN cell AS c ON c.id = p.cell_id
        GROUP BY 1
    )
    SELECT c.id, c.code, c.name, c.area_m2, coalesce(s.n, 0)
    FROM cell AS c
    LEFT JOIN summed AS s ON s.code = c.code
    WHERE c.edition_id = wanted AND c.level = depth
    ORDER BY c.code COLLATE "C";
END
$$;
