"""Cases in the classes of the national platform for city management (数字城管): categories as major and minor classes.

Which class a category is, an operator says in a file; the program knows none of the standard's codes.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from wangge.duty.findings import Finding, refuse
from wangge.duty.sheets import column_names, read_sheet
from wangge.geo.files.batches import Batch, RecordReader
from wangge.geo.files.layers import Layer
from wangge.reports.bulk.columns.values import texts
from wangge.reports.categories.classes import Class, Classes

__all__ = ["MAJOR", "MINOR", "InClasses", "in_classes", "read_classes"]

CATEGORY, MAJOR, MINOR = "category", "major_class", "minor_class"
"""Columns of the operator's file; the last two are those of cases, too."""


def read_classes(file: Path, categories: Collection[str]) -> Classes:
    """The classes of an operator's file, a row for each category: category, major_class, minor_class.

    Raises
    ------
    BadEntries : with every fault by row and column.
    """
    columns = column_names("class-columns", (CATEGORY, MAJOR, MINOR))
    sheet = read_sheet(file, columns)
    refuse([*sheet.findings, *sheet.lacks(CATEGORY, MAJOR, MINOR)], str(file))
    findings: list[Finding] = []
    found: dict[str, Class] = {}
    rows: dict[object, int] = {}
    for record, values in sheet.rows:
        category, major, minor = ((values.get(field) or "").strip() for field in (CATEGORY, MAJOR, MINOR))
        told = {CATEGORY: category, MAJOR: major, MINOR: minor}
        missing = [Finding(record, field, "missing") for field, text in told.items() if not text]
        findings += missing
        if missing:
            continue
        if category not in categories:
            findings.append(Finding(record, CATEGORY, "enum", category, {"expected": ", ".join(sorted(categories))}))
        for key, field, got in ((category, CATEGORY, category), ((major, minor), MINOR, f"{major}/{minor}")):
            if key in rows:
                findings.append(Finding(record, field, "twice", got, {"other": rows[key]}))
            rows.setdefault(key, record)
        found[category] = major, minor
    refuse(findings, str(file))
    return Classes(found)


def in_classes(layer: Layer, classes: Classes) -> Layer:
    """A layer of cases with the classes of their categories behind it; of a category without one they are missing."""
    more = [pa.field(MAJOR, pa.string()), pa.field(MINOR, pa.string())]
    schema = pa.schema([*layer.schema, *more], layer.schema.metadata)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in layer.batches:
            pairs = [classes.of.get(one, (None, None)) for one in batch.column(CATEGORY).to_pylist()]
            told = [pa.array([pair[at] for pair in pairs], pa.string()) for at in (0, 1)]
            yield pa.RecordBatch.from_arrays([*batch.columns, *told], schema=schema)

    return replace(layer, schema=schema, batches=batches())


class InClasses:
    """A file of cases whose column `category` is made of their classes, whatever it holds itself."""

    def __init__(self, reader: RecordReader, classes: Classes) -> None:
        lacking = [Finding(0, one, "column", None, {"columns": ", ".join(reader.columns)}) for one in (MAJOR, MINOR)]
        refuse([one for one in lacking if one.field not in reader.columns])
        self._reader, self._classes = reader, classes
        self.columns = [*(one for one in reader.columns if one != CATEGORY), CATEGORY]
        self.repeated, self.uniform = reader.repeated, reader.uniform

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._reader:
            table = batch.table
            major, minor = (
                texts(table.column(name)).values.to_pylist() if name in table.schema.names else [None] * len(table)
                for name in (MAJOR, MINOR)
            )
            named = pa.array(map(self._classes.category, major, minor), pa.string())
            kept = [name for name in table.schema.names if name != CATEGORY]
            columns = [*(table.column(name) for name in kept), named]
            yield replace(batch, table=pa.RecordBatch.from_arrays(columns, names=[*kept, CATEGORY]))

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._reader.progress()

    def close(self) -> None:
        """Read no further."""
        self._reader.close()
