"""Every statement about keys, named by what it does."""

__all__ = ["CLAIM_KEY", "REPORT_OF_KEY"]

# An id under which the operator imported a report is everybody's: it is not stored again.
CLAIM_KEY = """
INSERT INTO report_key (territory_code, kind, key, owner, digest, report_id, received_at)
SELECT %(territory)s, %(kind)s, %(key)s, %(owner)s, %(digest)s, coalesce(%(id)s::bigint, nextval('report_id_seq')),
       %(received_at)s
WHERE %(kind)s <> 'external' OR NOT EXISTS (
    SELECT FROM report_key
    WHERE territory_code = %(territory)s AND kind = 'external' AND key = %(key)s AND owner = '')
ON CONFLICT DO NOTHING RETURNING report_id, received_at
"""

REPORT_OF_KEY = """
SELECT digest, report_id, received_at FROM report_key
WHERE territory_code = %(territory)s AND kind = %(kind)s AND key = %(key)s
    AND (owner = %(owner)s OR owner = '' AND kind = 'external')
ORDER BY owner LIMIT 1
"""
