"""The rules of `spelling` for columns of texts."""

import pyarrow as pa
import pyarrow.compute as pc

from wangge.geo.files.spelling import BLANKS, IS_WIDE, KEPT, POINTED, ROUNDED, narrow

__all__ = ["narrow_column", "plain_ids", "rounded_ids", "trimmed"]


def narrow_column(column: pa.Array) -> pa.Array:
    """`narrow` of each text of a column."""
    wide = pc.match_substring_regex(column, IS_WIDE)
    if not pc.any(wide).as_py():
        return column
    told = [narrow(text) for text in column.filter(wide).to_pylist() if text is not None]
    return pc.replace_with_mask(column, pc.fill_null(wide, False), pa.array(told, column.type))


def trimmed(column: pa.Array) -> pa.Array:
    """Texts without the blanks around them; null where nothing is left."""
    text = pc.utf8_trim(column, BLANKS)
    return pc.if_else(pc.equal(text, ""), None, text)


def plain_ids(column: pa.Array) -> pa.Array:
    """`plain_id` of each text of a column; null where nothing is left."""
    code = trimmed(narrow_column(column))
    code = pc.replace_substring_regex(code, KEPT, r"\1")
    code = pc.replace_substring_regex(code, "^'", "")
    code = pc.replace_substring_regex(code, POINTED, r"\1")
    return pc.if_else(pc.equal(code, ""), None, code)


def rounded_ids(column: pa.Array) -> pa.Array:
    """`is_rounded` of each text of a column."""
    return pc.match_substring_regex(column, ROUNDED)
