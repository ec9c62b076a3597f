"""Every question about where cases stand whose events leave, in psycopg's form."""

__all__ = ["FORMER_CELLS", "PLACES_OF_DESKS", "STANDING_OF_CASES"]

# Each case is looked up by its key in one month. Desks are those that have it, or a task in it, outside their cells.
STANDING_OF_CASES = """
SELECT r.id, r.category, r.urgency, r.due_at, r.nearly_due, r.overdue, c.code AS cell, c.path, e.levels,
       ARRAY(SELECT DISTINCT t.organisation_id FROM report_task t
             WHERE t.report_id = r.id AND t.organisation_id IS NOT NULL) AS organisations,
       ARRAY(SELECT r.desk_id WHERE r.elsewhere AND r.desk_id IS NOT NULL
             UNION SELECT t.desk_id FROM report_task t WHERE t.report_id = r.id AND t.elsewhere) AS desks
FROM unnest(%(ids)s::bigint[], %(received)s::timestamptz[]) AS w (id, received_at)
CROSS JOIN LATERAL (SELECT * FROM report WHERE id = w.id AND received_at = w.received_at OFFSET 0) r
JOIN cell c ON c.id = r.cell_id
JOIN edition e ON e.id = c.edition_id
"""

PLACES_OF_DESKS = """
SELECT d.id, c.path, e.levels
FROM desk d
JOIN territory t ON t.code = d.territory_code
JOIN edition e ON e.id = t.current_edition_id
JOIN cell c ON c.edition_id = e.id AND c.code = d.code AND e.levels -> c.level::integer ->> 'key' = d.level
WHERE d.id = ANY (%(desks)s)
"""

# In every edition: a corrected place may have been assigned under an older one.
FORMER_CELLS = """
SELECT e.territory_code, c.code, c.path, e.levels
FROM cell c JOIN edition e ON e.id = c.edition_id
WHERE e.territory_code = ANY (%(territories)s) AND c.code = ANY (%(codes)s)
    AND c.level = jsonb_array_length(e.levels) - 1
"""
