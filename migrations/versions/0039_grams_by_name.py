"""What is written of names is made by functions that are parsed when they are made: a restore looks nothing up.

`pg_restore` runs with an empty search path and computes generated columns anew; a body that is a text would look for
its functions then, and find none.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

GRAMS = """
CREATE OR REPLACE FUNCTION words_grams(words text) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT ((ascii(g.a) & 32767) << 16) | (ascii(g.b) & 65535)), '{}')
    FROM (SELECT string_to_array(words_folded(words), NULL) AS letters) AS f
    CROSS JOIN LATERAL unnest(f.letters, f.letters[2:]) AS g (a, b)
    WHERE g.b IS NOT NULL AND g.a > ' ' AND g.b > ' ');

CREATE OR REPLACE FUNCTION place_grams(words text) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN words_grams(words) || coalesce((
    SELECT array_agg(DISTINCT ascii(letter)) FROM unnest(string_to_array(words_folded(words), NULL)) AS l (letter)
    WHERE letter > ' '), '{}')
"""


def upgrade() -> None:
    op.execute(GRAMS)
