"""Every statement about releases, in psycopg's form, named by what it does."""

from wangge.reports.case.lifecycle import State
from wangge.reports.case.states import CLOSED_CASE, one_of

__all__ = [
    "CLAIM",
    "COUNTS_OF_CELL",
    "DROP_RELEASE",
    "FILL",
    "FILL_OUTCOMES",
    "FIRST_DAY",
    "HOLD_HISTORY",
    "MADE",
    "MONTHS_OF_CELL",
    "NEW_RELEASE",
    "OUTCOMES_DUE",
    "OUTCOMES_OF_CELL",
    "OUTCOMES_TOLD",
    "OUTCOMES_UNTIL",
    "RELEASES",
    "SAME_PLACE",
    "TERRITORIES",
    "TOLD",
    "TOTALS",
]

# ---- making (see making)

# Taken by whatever brings reports of the past in, shared, for as long as it runs; no release is made meanwhile.
HOLD_HISTORY = "SELECT pg_advisory_lock_shared(hashtext('wangge history'), hashtext(%(territory)s))"

CLAIM = "SELECT pg_try_advisory_xact_lock(hashtext('wangge history'), hashtext(%(territory)s))"

TERRITORIES = """
SELECT code, timezone FROM territory WHERE current_edition_id IS NOT NULL AND coalesce(code = %(territory)s, true)
ORDER BY code
"""

FIRST_DAY = """
SELECT (min(received_at) AT TIME ZONE %(zone)s)::date FROM counted_report WHERE territory_code = %(territory)s
"""

MADE = "SELECT period FROM release WHERE territory_code = %(territory)s"

DROP_RELEASE = "DELETE FROM release WHERE territory_code = %(territory)s AND period = %(period)s"

# All periods of a year tell of the cells of one edition: what two of them overlap in would be finer than either.
NEW_RELEASE = """
WITH chosen AS (
    SELECT coalesce(
        (SELECT edition_id FROM release
         WHERE territory_code = %(territory)s AND date_trunc('year', since) = date_trunc('year', %(since)s::date)
         LIMIT 1),
        (SELECT current_edition_id FROM territory WHERE code = %(territory)s)
    ) AS id
)
INSERT INTO release (territory_code, period, kind, since, until, edition_id, step, finest)
SELECT %(territory)s, %(period)s, %(kind)s, %(since)s, %(until)s, e.id, %(step)s, l.finest
FROM chosen JOIN edition e ON e.id = chosen.id
CROSS JOIN LATERAL (
    SELECT %(finest)s::jsonb -> jsonb_array_length(e.levels)::text AS finest
) l
ON CONFLICT DO NOTHING
RETURNING id
"""

# Counts of base grids by category, summed to what is published, each rounded to a multiple of the step: up with a
# probability that is the part of a step by which it lies above one. The draw is made of the reports that are counted,
# by a secret: the same reports are rounded the same wherever they are counted, so that counting them twice over, by a
# cell and the only cell in it, or by a year and its only month, tells nothing more.
_KEY = "('x' || left(encode(sha256(kept.seed || int8send(r.id)), 'hex'), 12))::bit(48)::bigint"

_COUNTED = f"""
WITH kept AS (SELECT seed FROM release_seed),
made AS (
    SELECT id, edition_id, step, finest, territory_code AS territory FROM release WHERE id = %(release)s
),
placed AS (
    SELECT c.path, r.category, {{band}} AS days, count(*) AS n, sum(k.key) AS key
    FROM made m
    JOIN counted_report r ON r.territory_code = m.territory AND r.edition_id = m.edition_id
    JOIN cell c ON c.id = r.cell_id
    CROSS JOIN LATERAL (SELECT {_KEY} AS key FROM kept) k
    {{bands}}
    WHERE r.received_at >= %(begins)s AND r.received_at < %(ends)s AND r.territory_code = %(territory)s
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT at.path, r.category, {{band}}, count(*), sum(k.key)
    FROM made m
    JOIN edition e ON e.id = m.edition_id
    JOIN counted_report r ON r.territory_code = m.territory AND r.edition_id <> m.edition_id
    CROSS JOIN LATERAL (
        SELECT c.path FROM cell c
        WHERE c.edition_id = m.edition_id AND c.level = jsonb_array_length(e.levels) - 1 AND ST_Covers(c.geom, r.geom)
        ORDER BY c.code COLLATE "C" LIMIT 1
    ) at
    CROSS JOIN LATERAL (SELECT {_KEY} AS key FROM kept) k
    {{bands}}
    WHERE r.received_at >= %(begins)s AND r.received_at < %(ends)s AND r.territory_code = %(territory)s
    GROUP BY 1, 2, 3
),
asked AS (
    SELECT f.about, d.depth::smallint FROM made m
    CROSS JOIN LATERAL ({{finest}}) AS f (about, finest)
    CROSS JOIN LATERAL generate_series(0, f.finest::integer) AS d (depth)
),
summed AS (
    SELECT a.about,
        CASE a.about WHEN 'all' THEN '' WHEN 'group' THEN k.group_code ELSE k.code END AS value,
        a.depth,
        CASE a.depth WHEN 0 THEN '' ELSE p.path[a.depth] END AS code,
        p.days, sum(p.n)::integer AS n, sum(p.key) AS key
    FROM placed p
    JOIN category k ON k.territory_code = %(territory)s AND k.code = p.category
    JOIN asked a ON a.about <> 'group' OR k.group_code IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
),
rounded AS (
    SELECT s.about, s.value, s.depth, s.code, s.days, m.id,
        (s.n + d.draw) / m.step * m.step AS count
    FROM summed s CROSS JOIN made m CROSS JOIN kept
    CROSS JOIN LATERAL (
        SELECT (('x' || left(encode(sha256(kept.seed || convert_to(s.key::text, 'UTF8')), 'hex'), 12))::bit(48)::bigint
            %% m.step)::integer AS draw
    ) d
)
"""  # noqa: S608 - of the parts above

FILL = (
    _COUNTED.format(band="0", bands="", finest="SELECT * FROM jsonb_each_text(m.finest)")  # noqa: S608 - of parts
    + """
INSERT INTO release_count (release_id, about, value, depth, code, count)
SELECT id, about, value, depth, code, count FROM rounded WHERE count > 0
"""
)

# What is no matter of its own is not counted: it would be one that is never solved.
_NO_MATTER = one_of("r.state", (State.REFUSED, State.MERGED, State.VOIDED, State.WITHDRAWN))
_CLOSED = CLOSED_CASE.replace("state", "r.state", 1)

# All and each category, down to where a month tells of categories. Days of 24 hours.
FILL_OUTCOMES = (
    _COUNTED.format(  # noqa: S608 - of parts
        band="b.days",
        bands=f"""JOIN unnest(%(bands)s::smallint[]) AS b (days) ON NOT {_NO_MATTER}
        AND (b.days = 0 OR {_CLOSED} AND r.closed_at <= r.received_at + b.days * interval '24 hours')""",
        finest="SELECT w.about, m.finest ->> 'category' FROM unnest(ARRAY['all', 'category']) AS w (about)"
        " WHERE m.finest ? 'category'",
    )
    + """
INSERT INTO release_outcome (release_id, about, value, depth, code, days, count)
SELECT id, about, value, depth, code, days, count FROM rounded WHERE count > 0
"""
)

OUTCOMES_DUE = """
SELECT id, period FROM release
WHERE territory_code = %(territory)s AND kind = 'month' AND NOT outcomes AND until <= %(until)s
ORDER BY since
"""

OUTCOMES_TOLD = "UPDATE release SET outcomes = true WHERE id = %(release)s AND NOT outcomes RETURNING id"

# ---- reading (see reading)

# From the first on in which anything was told: that there were reports before, too few to be told, is not told either.
TOLD = """r.territory_code = %(territory)s AND r.since >= (
    SELECT min(t.since) FROM release t JOIN release_count n ON n.release_id = t.id
    WHERE t.territory_code = %(territory)s AND n.about = 'all' AND n.depth = 0)"""

RELEASES = f"""
SELECT r.id, r.period, r.kind, r.step, r.edition_id, e.label AS edition, r.finest, EXISTS (
           SELECT FROM release_count n WHERE n.release_id = r.id AND n.about = 'all' AND n.depth = 0) AS tells,
       ARRAY(SELECT l ->> 'key' FROM jsonb_array_elements(e.levels) AS l) AS levels
FROM release r JOIN edition e ON e.id = r.edition_id
WHERE {TOLD}
ORDER BY r.until DESC, r.since DESC
"""  # noqa: S608 - of the condition above

COUNTS_OF_CELL = """
SELECT about, value, count FROM release_count WHERE release_id = %(release)s AND depth = %(depth)s AND code = %(code)s
"""

MONTHS_OF_CELL = """
SELECT r.period AS month, n.count
FROM release r JOIN release_count n ON n.release_id = r.id
WHERE r.territory_code = %(territory)s AND r.kind = 'month' AND r.edition_id = %(edition)s
    AND n.about = %(about)s AND n.value = %(value)s AND n.depth = %(depth)s AND n.code = %(code)s
ORDER BY r.since
"""

# What was published of whole territories: the sum of their months, and the last day of the newest of them.
TOTALS = """
SELECT r.territory_code, sum(n.count)::bigint, max(r.until) - 1
FROM release r JOIN release_count n ON n.release_id = r.id
WHERE r.territory_code = ANY (%(territories)s) AND r.kind = 'month' AND n.about = 'all' AND n.depth = 0
GROUP BY 1
"""

OUTCOMES_UNTIL = f"""
SELECT r.since, r.until, r.step, r.edition_id, e.label AS edition, r.finest,
       ARRAY(SELECT l ->> 'key' FROM jsonb_array_elements(e.levels) AS l) AS levels
FROM release r JOIN edition e ON e.id = r.edition_id
WHERE {TOLD} AND r.outcomes
ORDER BY r.since DESC LIMIT %(months)s
"""  # noqa: S608 - of the condition above

# Whether a code is the same place in two editions.
SAME_PLACE = """
SELECT EXISTS (
    SELECT FROM cell told JOIN cell asked ON asked.code = told.code AND ST_Equals(asked.geom, told.geom)
    WHERE told.edition_id = %(told)s AND told.level = %(told_level)s AND told.code = %(code)s
        AND asked.edition_id = %(asked)s AND asked.level = %(asked_level)s
)
"""

# Of cells only months of one edition: the same code may be another place in another.
OUTCOMES_OF_CELL = """
SELECT n.about, n.value, n.days, sum(n.count)::integer
FROM release r JOIN release_outcome n ON n.release_id = r.id
WHERE r.territory_code = %(territory)s AND r.outcomes AND r.since >= %(since)s AND r.until <= %(until)s
    AND n.depth = %(depth)s AND n.code = %(code)s AND (n.depth = 0 OR r.edition_id = %(edition)s)
GROUP BY 1, 2, 3
"""
