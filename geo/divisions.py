"""Codes of administrative divisions in the forms that are in use beside each other, such as 130902001 and 130902001000.

A code of 12 digits, as statistics use it, names a county, street or community by filling up with zeros; one of 15
digits, as Beijing and others number grids, adds three for the grid. Territories keep either, people type the other.
"""

from collections.abc import Callable

__all__ = ["code_among", "spellings"]

LENGTHS = (6, 9, 12, 15)
"""Digits of a county, street, community and base grid."""
FILLED = "000"


def spellings(code: str) -> list[str]:
    """A code, and the others that name the same division: without zeros that fill up, then with more of them.

    >>> spellings("130902001000")
    ['130902001000', '130902001', '130902001000000']
    >>> spellings("anc-1a")
    ['anc-1a']
    """
    if len(code) not in LENGTHS or not (code.isascii() and code.isdecimal()):
        return [code]
    found = [code]
    while len(found[-1]) > LENGTHS[0] and found[-1].endswith(FILLED):
        found.append(found[-1][: -len(FILLED)])
    longer = code
    while len(longer) < LENGTHS[-1]:
        longer += FILLED
        found.append(longer)
    return found


def code_among(code: str, known: Callable[[str], bool]) -> str:
    """The code under which what a code names is known; the code itself where it is none of them."""
    if known(code):
        return code
    return next(filter(known, spellings(code)), code)
