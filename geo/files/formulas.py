"""Texts that a spreadsheet would take for formulas: guarded when they are written to a CSV, and plain when read again.

A formula begins with = + - or @ (full-width ones too), or hides behind a tab or a line break. An apostrophe before it
makes it a text. Text that has one there already is given another, so that reading takes off exactly what was put on.
Plain numbers such as -77.03 are left as they are.
"""

import re

import pyarrow as pa

__all__ = ["guarded_column", "guarded_text", "plain_column", "plain_text"]

_FORMULA = r"[=+\-@＝＋－＠\t\r\n]"
_NUMBER = r"[+-](\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?"
# At the beginning, and more than the sign alone, which is what many write where there is nothing.
_GUARDABLE = rf"^'*{_FORMULA}[\s\S]"
_GUARDED = rf"^''*{_FORMULA}[\s\S]"
_guardable, _guarded, _number = re.compile(_GUARDABLE), re.compile(_GUARDED), re.compile(_NUMBER)


def guarded_text(text: str) -> str:
    """A text as it stands in a CSV.

    Examples
    --------
    >>> guarded_text("=1+1"), guarded_text("-77.03"), guarded_text("'=1+1")
    ("'=1+1", '-77.03', "''=1+1")
    """
    return f"'{text}" if _guardable.match(text) and not _number.fullmatch(text) else text


def plain_text(text: str) -> str:
    """What `guarded_text` was given."""
    return text[1:] if _guarded.match(text) else text


def guarded_column(column: pa.Array) -> pa.Array:
    """`guarded_text` of each text of a column; null stays null, and other types as they are."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, guarded_column(column.dictionary))
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    import pyarrow.compute as pc  # for files only; single texts are asked about by every server

    formula = pc.and_not(pc.match_substring_regex(column, _GUARDABLE), pc.match_substring_regex(column, f"^{_NUMBER}$"))
    if not pc.any(formula).as_py():
        return column
    return pc.if_else(formula, pc.binary_join_element_wise("'", column, ""), column)


def plain_column(column: pa.Array) -> pa.Array:
    """`plain_text` of each text of a column."""
    import pyarrow.compute as pc

    guarded = pc.match_substring_regex(column, _GUARDED)
    if not pc.any(guarded).as_py():
        return column
    return pc.if_else(guarded, pc.utf8_slice_codeunits(column, 1), column)
