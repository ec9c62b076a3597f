"""How people and spreadsheets spell what programs read: digits of full width, codes that became numbers, blanks unseen.

One rule for files, requests and the command line: here for single texts, in `spelledcolumns` for columns.
"""

import re
from collections.abc import Iterable
from functools import cached_property

__all__ = [
    "BLANKS",
    "IS_WIDE",
    "KEPT",
    "POINTED",
    "ROUNDED",
    "Zeros",
    "is_rounded",
    "narrow",
    "plain_id",
]

BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
BLANKS += "\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff"
"""What is not seen at the ends of a text: blanks of every kind, joiners, byte order marks."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}
IS_WIDE = "[\uff01-\uff5e\u3000\u2212]"
ROUNDED = r"^[+-]?(\d+[.,]\d+[eE]\+?\d+|\d+[eE]\+\d+)$"
POINTED = r"^(\d+)\.0+$"
KEPT = r'^="(.*)"$'
_rounded, _pointed, _kept = re.compile(ROUNDED), re.compile(POINTED), re.compile(KEPT, re.DOTALL)


def narrow(text: str) -> str:
    """A text with letters, digits and signs of full width as ASCII: ２０２５－０３ is 2025-03."""
    return text.translate(_WIDE)


def is_rounded(code: str) -> bool:
    """Whether a code is what a spreadsheet shows of a long number: 2.02503E+11."""
    return _rounded.match(code) is not None


def plain_id(code: str) -> str:
    """A code without what a spreadsheet or a table of numbers has put to it.

    A whole number has no decimals (4711.0 is 4711); ="0123" and '0123 are how a spreadsheet is told to keep a zero.

    Examples
    --------
    >>> plain_id(' 4711.0 '), plain_id('="0123"'), plain_id("'0123"), plain_id("４７１１"), plain_id("1.10")
    ('4711', '0123', '0123', '4711', '1.10')
    """
    code = narrow(code).strip(BLANKS)
    if kept := _kept.match(code):
        code = kept[1]
    code = code.removeprefix("'")
    return pointed[1] if (pointed := _pointed.match(code)) else code


class Zeros:
    """Known codes, which are found again when a spreadsheet has taken the zeros before them; looked through when asked.

    Examples
    --------
    >>> Zeros(["0112", "7", "0a"]).lost("112"), Zeros(["112"]).lost("112")
    ('0112', None)
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = known

    def lost(self, code: str) -> str | None:
        """The known code that this one is without its leading zeros, the first of several; None for none."""
        return self._by_rest.get(code)

    @cached_property
    def _by_rest(self) -> dict[str, str]:
        zeros = [code for code in self._known if code.startswith("0") and code.isdecimal()]
        return {code.lstrip("0"): code for code in reversed(zeros)}
