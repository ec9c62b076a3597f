"""What the archive asks the database, in psycopg's form."""

__all__ = ["MADE_FOR", "MAY_BE_IDLE", "MONTHS"]

# What a file depends on besides its cases: their cells by a regrid, which is no event, and the areas of overlays.
MADE_FOR = """
SELECT e.hash || e.label,
       (SELECT coalesce(sum(n), 0)::bigint FROM report_revision v WHERE v.territory_code = t.code AND v.slot >= 16),
       (SELECT string_agg(concat_ws(' ', o.id, o.key, o.valid_from, o.imported_at), ',' ORDER BY o.id)
        FROM overlay_edition o WHERE o.territory_code = t.code)
FROM territory t JOIN edition e ON e.id = t.current_edition_id
WHERE t.code = %(territory)s
"""

MONTHS = """
SELECT to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*), sum(version)::bigint
FROM counted_report WHERE territory_code = %(territory)s GROUP BY month
"""

# The transaction that holds the position waits while months are written.
MAY_BE_IDLE = "SET LOCAL idle_in_transaction_session_timeout = 0"
