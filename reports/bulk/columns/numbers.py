"""Columns of numbers, typed or written; what is none is told with the number that was probably meant."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wangge.geo.files.soundtexts import is_text
from wangge.geo.files.spelledcolumns import narrow_column, trimmed
from wangge.geo.files.spelling import narrow
from wangge.reports.bulk.columns.sieve import BadValue, Sieve
from wangge.reports.bulk.columns.values import nulls, true

__all__ = ["number"]

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COMMA = re.compile(r"[+-]?\d+,\d+")
SEXAGESIMAL = re.compile(
    r"""(?P<sign>[+-]?)(?P<d>\d{1,3})\s*[°º度d:]\s*(?P<m>\d{1,2})\s*['′’分m:]\s*
        ((?P<s>\d{1,2}([.]\d+)?)\s*(["″”秒s]|''|$))?\s*(?P<side>[NSEW]?)""",
    re.VERBOSE | re.IGNORECASE,
)

Floats = NDArray[np.float64]


def number(column: pa.Array, field: str, sieve: Sieve) -> Floats:
    """Numbers of a column, NaN where there is none; what is no finite number falls."""
    if is_text(column.type):
        text = trimmed(narrow_column(column))
        parses = pc.match_substring_regex(text, NUMBER)
        for row in sieve.falling(true(pc.invert(parses))):
            reason, facts = _no_number(text[row].as_py())
            sieve.refuse(row, field, column[row].as_py(), BadValue(field=field, reason=reason, **facts))
        numbers = pc.if_else(parses, text, None).cast(pa.float64())
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        numbers = column.cast(pa.float64())
    else:
        sieve.drop(~nulls(column), field, column, "float_type")
        return np.full(len(column), np.nan)
    values = np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)
    sieve.drop(np.isinf(values), field, column, "finite_number")
    return values


def _no_number(text: str) -> tuple[str, dict[str, str]]:
    """Why a text is no number, as the wording has it, and the number that is probably meant."""
    if COMMA.fullmatch(text):
        return "float_comma", {"meant": text.replace(",", ".")}
    found = SEXAGESIMAL.fullmatch(narrow(text))
    if not found:
        return "float_parsing", {}
    degrees = int(found["d"]) + int(found["m"]) / 60 + float(found["s"] or 0) / 3600
    negative = found["sign"] == "-" or found["side"].upper() in ("S", "W")
    return "float_degrees", {"meant": f"{-degrees if negative else degrees:.6f}"}
