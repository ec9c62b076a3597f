"""Every statement about assets and their kinds, named by the question it answers."""

__all__ = [
    "ANY",
    "ASSET",
    "ASSETS",
    "ASSETS_OF_KIND",
    "BEGINS",
    "CHANGE_ASSETS",
    "CHECKED",
    "CREATE_INCOMING",
    "DROP_GONE",
    "FORGET_CATEGORIES",
    "HOLD_ASSETS",
    "INSERT_NEW",
    "KINDS",
    "KINDS_OF_CATEGORIES",
    "NEAREST",
    "NUMBERED_CATEGORIES",
    "PUT_CATEGORIES",
    "PUT_KIND",
    "REFUSED_INCOMING",
    "REMOVE_ASSETS",
    "REMOVE_KIND",
    "WITHDRAW_INCOMING",
]

KINDS = """
SELECT k.code, k.name, k.version,
       ARRAY(SELECT category FROM asset_kind_category c
             WHERE c.territory_code = k.territory_code AND c.kind = k.code ORDER BY category) AS categories,
       (SELECT count(*) FROM asset a WHERE a.territory_code = k.territory_code AND a.kind = k.code) AS assets
FROM asset_kind k WHERE k.territory_code = %(territory)s ORDER BY k.position, k.code
"""

KINDS_OF_CATEGORIES = """
SELECT c.category, k.code, k.name
FROM asset_kind_category c JOIN asset_kind k ON k.territory_code = c.territory_code AND k.code = c.kind
WHERE c.territory_code = %(territory)s ORDER BY k.position, k.code
"""

NUMBERED_CATEGORIES = "SELECT DISTINCT category FROM asset_kind_category WHERE territory_code = %(territory)s"

PUT_KIND = """
INSERT INTO asset_kind (territory_code, code, name, position) VALUES (
    %(territory)s, %(code)s, %(name)s,
    coalesce(%(position)s::int, (SELECT max(position) + 1 FROM asset_kind WHERE territory_code = %(territory)s), 0)
) ON CONFLICT (territory_code, code) DO UPDATE
SET name = excluded.name, position = coalesce(%(position)s::int, asset_kind.position), version = asset_kind.version + 1
"""

FORGET_CATEGORIES = "DELETE FROM asset_kind_category WHERE territory_code = %(territory)s AND kind = %(code)s"

PUT_CATEGORIES = """
INSERT INTO asset_kind_category (territory_code, category, kind)
SELECT %(territory)s, unnest(%(categories)s::text[]), %(code)s
"""

REMOVE_ASSETS = "DELETE FROM asset WHERE territory_code = %(territory)s AND kind = %(kind)s"

REMOVE_KIND = "DELETE FROM asset_kind WHERE territory_code = %(territory)s AND code = %(kind)s"

# Of two that change the assets of a territory, whose numbers are one list, the second waits for the first.
HOLD_ASSETS = "SELECT pg_advisory_xact_lock(hashtextextended('assets of ' || %(territory)s, 0))"

CREATE_INCOMING = """
CREATE TEMP TABLE incoming_asset (
    record bigint, number text, name text, attributes text, geom geometry(Point, 4326)
) ON COMMIT DROP
"""

# Numbers that stand in the file before, or are of another kind: with the record that was first, or with that kind.
REFUSED_INCOMING = """
SELECT i.record, i.number, i.first, a.kind
FROM (SELECT record, number, min(record) OVER (PARTITION BY lower(number)) AS first FROM incoming_asset) i
LEFT JOIN asset a ON a.territory_code = %(territory)s AND lower(a.number) = lower(i.number) AND a.kind <> %(kind)s
WHERE i.record <> i.first OR a.kind IS NOT NULL
ORDER BY i.record
"""

WITHDRAW_INCOMING = "DELETE FROM incoming_asset WHERE record = ANY (%(records)s::bigint[])"

# What the file says otherwise than what is kept; of what it does not speak at all (null), that stays. A number stays as
# it was written first, for reports name it.
CHANGE_ASSETS = """
UPDATE asset a SET name = coalesce(i.name, a.name),
    attributes = coalesce(i.attributes::jsonb, a.attributes), geom = i.geom
FROM incoming_asset i
WHERE a.territory_code = %(territory)s AND lower(a.number) = lower(i.number)
    AND (a.name <> i.name OR a.attributes <> i.attributes::jsonb
         OR ST_AsBinary(a.geom) <> ST_AsBinary(i.geom))
"""

INSERT_NEW = """
INSERT INTO asset (territory_code, number, kind, name, attributes, geom)
SELECT %(territory)s, i.number, %(kind)s, coalesce(i.name, ''), coalesce(i.attributes::jsonb, '{}'), i.geom
FROM incoming_asset i
WHERE NOT EXISTS (SELECT FROM asset a WHERE a.territory_code = %(territory)s AND lower(a.number) = lower(i.number))
"""

# `named` are numbers of records that were refused: they stand in the file all the same.
DROP_GONE = """
DELETE FROM asset a WHERE a.territory_code = %(territory)s AND a.kind = %(kind)s
    AND NOT EXISTS (SELECT FROM incoming_asset i WHERE lower(i.number) = lower(a.number))
    AND NOT EXISTS (SELECT FROM unnest(%(named)s::text[]) AS n WHERE lower(n) = lower(a.number))
"""

_ASSET = """a.number, a.kind, k.name AS kind_name, a.name, a.attributes, ST_X(a.geom) AS lon, ST_Y(a.geom) AS lat"""
_FROM = "FROM asset a JOIN asset_kind k ON k.territory_code = a.territory_code AND k.code = a.kind"

ASSET = f"""
SELECT {_ASSET} {_FROM} WHERE a.territory_code = %(territory)s AND lower(a.number) = lower(%(number)s)
"""

# A page by number, in a box and of a kind where these are said.
ASSETS = f"""
SELECT {_ASSET} {_FROM}
WHERE a.territory_code = %(territory)s AND a.number > %(after)s AND {{where}}
ORDER BY a.number LIMIT %(limit)s
"""

IN_BOX = "a.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
BEGINS = "starts_with(lower(a.number), lower(%(begins)s))"
OF_KIND = "a.kind = %(kind)s"

ANY = "SELECT EXISTS (SELECT FROM asset WHERE territory_code = %(territory)s)"

ASSETS_OF_KIND = """
SELECT number, kind, name, attributes::text, ST_AsBinary(geom)
FROM asset WHERE territory_code = %(territory)s AND coalesce(kind = %(kind)s, true) ORDER BY kind, number
"""

# The box holds the circle, so that the index is asked for few; their distances are those of the ellipsoid.
NEAREST = f"""
SELECT {_ASSET}, d.metres
FROM asset_kind_category c
JOIN asset a ON a.territory_code = c.territory_code AND a.kind = c.kind
JOIN asset_kind k ON k.territory_code = a.territory_code AND k.code = a.kind
CROSS JOIN LATERAL (
    SELECT ST_Distance(a.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS metres
) d
WHERE c.territory_code = %(territory)s AND c.category = %(category)s
    AND a.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AND d.metres <= %(metres)s
ORDER BY d.metres, a.number LIMIT %(limit)s
"""  # noqa: S608 - columns of ours

# Of each number: the asset that has it, whether reports of the category are about its kind, and how far it is.
CHECKED = """
SELECT w.place::integer, a.number, c.kind IS NOT NULL AS fits,
       ST_Distance(a.geom::geography, ST_SetSRID(ST_MakePoint(w.lon, w.lat), 4326)::geography) AS metres
FROM unnest(%(numbers)s::text[], %(categories)s::text[], %(lons)s::float8[], %(lats)s::float8[])
    WITH ORDINALITY AS w (number, category, lon, lat, place)
JOIN asset a ON a.territory_code = %(territory)s AND lower(a.number) = lower(w.number)
LEFT JOIN asset_kind_category c
    ON c.territory_code = a.territory_code AND c.category = w.category AND c.kind = a.kind
"""
