"""A layer as a workbook, for who opens files in a spreadsheet: a row for each feature, and a sheet of what it is."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from wangge.geo.files.layers import CannotWrite, Layer
from wangge.geo.files.textforms import tables_of

__all__ = ["write_xlsx"]

MOST_ROWS = 1_048_575
"""What a sheet holds below its head."""
MOST_TEXT = 32_767
"""Characters of a cell."""
ABOUT = "about"
TAKEN = (ABOUT, "history")
"""Names, in any case, of the other sheet, and one that Excel keeps for itself."""


def write_xlsx(layer: Layer, path: Path) -> int:
    """Rows of a layer as in CSV, points as `lon` and `lat`; other geometries do not fit into cells and are left out.

    Raises
    ------
    CannotWrite : there are more rows than a sheet holds, or a text is longer than a cell holds.
    """
    import xlsxwriter  # only a download needs it

    rows = 0
    with (
        path.open("wb") as out,
        xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False}) as book,
    ):
        sheet = book.add_worksheet(_sheet_name(layer.name))
        bold, days = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for table in tables_of(layer, shapes=False):
            if not rows:
                for column, name in enumerate(table.schema.names):
                    sheet.write_string(0, column, name, bold)
                sheet.freeze_panes(1, 1)
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                rows += 1
                if rows > MOST_ROWS:
                    raise CannotWrite(file=str(path), reason=f"a sheet holds {MOST_ROWS} rows")
                for column, value in enumerate(row):
                    if isinstance(value, str) and len(value) > MOST_TEXT:
                        raise CannotWrite(file=str(path), reason=f"row {rows}: a cell holds {MOST_TEXT} characters")
                    _put(sheet, rows, column, value, days)
        about = book.add_worksheet(ABOUT)
        for at, (name, text) in enumerate(layer.texts.items()):
            about.write_string(at, 0, name, bold)
            about.write_string(at, 1, text)
    return rows


def _sheet_name(name: str) -> str:
    """A name that a sheet may have: of 1 to 31 characters, without signs of formulas, not taken."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name)[:30].strip("'") or "_"
    return f"{plain}_" if plain.casefold() in TAKEN else plain


def _put(sheet: Any, row: int, column: int, value: Any, days: Any) -> None:
    """Write one value as what it is: a text that looks like a formula stays a text."""
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, days)
    elif value is not None:
        sheet.write_number(row, column, value)
