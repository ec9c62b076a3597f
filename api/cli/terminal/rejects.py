"""The file of refused records: what was wrong with each, beside everything it held; and the reasons on the terminal."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import orjson
import shapely

from wangge.api.cli.terminal import console
from wangge.api.plumbing.wording import wording
from wangge.data import messages
from wangge.geo.files.batches import GEOMETRY, Batch
from wangge.geo.files.formulas import guarded_text
from wangge.geo.files.soundtexts import bytes_as_text
from wangge.geo.files.writing import CannotWrite
from wangge.reports.bulk.columns.fields import REJECTED
from wangge.reports.bulk.importing import Refused

__all__ = ["Rejects", "explain"]

SHOWN = 60
"""Characters of a refused value on the terminal."""

Reason = tuple[str, str, str]


class Rejects:
    """A CSV that appears with the first refused record; corrected, it can be imported itself.

    Parameters
    ----------
    path : of the file; one that is left from an earlier run is replaced.
    columns : of the file that is imported.
    language : of the reader.
    """

    def __init__(self, path: Path, columns: Sequence[str], language: messages.Language) -> None:
        self.path = path
        self.count = 0
        self._columns = [column for column in columns if column not in REJECTED]
        self._language = language
        self._file: TextIO | None = None
        self._writer: Any = None
        path.unlink(missing_ok=True)

    def __call__(self, batch: Batch | None, refused: Sequence[Refused]) -> None:
        """Append the refused records of a batch, and see them on the disk; without it, no more than what is said."""
        file = self._opened()
        for one in refused:
            reason, expected = wording(one.error, self._language)
            values = self._values(batch, one.row) if batch is not None and one.row is not None else []
            self._writerow([one.number, one.field, one.got, reason, expected, *values])
        file.flush()
        self.count += len(refused)

    def close(self) -> None:
        """The file is whole."""
        if self._file:
            self._file.close()

    def _opened(self) -> TextIO:
        if self._file is None:
            try:
                # A byte order mark, so that spreadsheets show Chinese.
                self._file = self.path.open("w", newline="", encoding="utf-8-sig")
            except OSError as error:
                raise CannotWrite(file=str(self.path), reason=f"{error.strerror}; --rejects names another") from error
            self._writer = csv.writer(self._file)
            self._writerow([*REJECTED[:-1], *self._columns, REJECTED[-1]])
        return self._file

    def _writerow(self, values: Sequence[Any]) -> None:
        self._writer.writerow([guarded_text(value) if isinstance(value, str) else value for value in values])

    def _values(self, batch: Batch, row: int) -> list[Any]:
        record: dict[str, Any] = batch.table.slice(row, 1).to_pylist()[0]
        known = [_plain(column, record.pop(column, None)) for column in self._columns]
        left = {name: _plain(name, value) for name, value in record.items() if value is not None}
        return [*known, orjson.dumps(left, default=str).decode() if left else ""]


def explain(reasons: Counter[Reason], first: Mapping[Reason, Refused], rejects: Path) -> None:
    """Say why records were refused, the commonest reason first, and where they are."""
    language = console.language()
    for cause, count in reasons.most_common():
        kind, field, _ = cause
        title, expected = wording(first[cause].error, language)
        where = f" ({field})" if field else ""
        said = expected if kind in ("bad-field", "unknown-category") else ""  # others are about one record alone
        got = first[cause].got[:SHOWN]
        for_instance = console.word("import", "instance", got=got) if field and got else ""
        line = " ".join(part for part in (f"{title}{where}", said, for_instance) if part)
        console.err.print(f"{count:>9,}  {line}", soft_wrap=True, markup=False)
    title, detail = messages.text("import-rejects", {"file": str(rejects)}, language)
    console.err.print(f"{title}: {detail}", soft_wrap=True)


def _plain(column: str, value: Any) -> Any:
    """A value as it stands in a CSV: a geometry as WKT, a time in ISO 8601, what has parts as JSON."""
    if isinstance(value, bytes):
        shape = shapely.from_wkb(value, on_invalid="ignore") if column == GEOMETRY else None
        return bytes_as_text(value) if shape is None else shapely.to_wkt(shape, rounding_precision=-1)
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=str).decode()
    return value.isoformat() if hasattr(value, "isoformat") else value
