"""The rules of `spelling` for columns of texts."""

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from wangge.geo.files.spelling import BLANKS, IS_WIDE, KEPT, POINTED, ROUNDED, narrow

__all__ = ["narrow_column", "plain_ids", "rounded_ids", "structured_ids", "trimmed"]

STRUCTURED = r"^(true|false|\[.*\]|\{.*\})$"


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


def structured_ids(column: pa.Array) -> pa.Array:
    """Where a text is what JSON writes for true, false, a list or an object, which names nothing."""
    found = pc.match_substring_regex(column, STRUCTURED)
    if not pc.any(found).as_py():
        return found
    told = [text is not None and _is_json(text) for text in column.filter(found).to_pylist()]
    return pc.replace_with_mask(found, pc.fill_null(found, False), pa.array(told, pa.bool_()))


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
