-- Ids of the base grids, in every edition of a territory, that lie in the cells with this code (of this level, if given).
CREATE OR REPLACE FUNCTION wangge_leaves(territory text, code text, level text DEFAULT NULL)
RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(array_agg(c.id), '{}')
    FROM edition AS e
    JOIN cell AS c ON c.edition_id = e.id AND c.level = jsonb_array_length(e.levels) - 1
    WHERE e.territory_code = $1
        AND c.path @> ARRAY[$2]
        AND ($3 IS NULL OR e.levels -> (array_position(c.path, $2) - 1) ->> 'key' = $3)
$$;
