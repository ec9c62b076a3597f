"""Makes one export, as a process of its own that ends with the one that started it."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import orjson
import pyarrow as pa
from psycopg import OperationalError

from wangge.geo.errors import WanggeError
from wangge.geo.files.layers import Layer
from wangge.geo.files.shifted import in_datum
from wangge.geo.files.writing import write
from wangge.geo.files.xlsxform import MOST_ROWS
from wangge.reports.bulk.classes import in_classes
from wangge.reports.bulk.export.jobs import Ended, Export, Exports
from wangge.reports.bulk.export.reports import report_count, report_layer
from wangge.reports.categories.classes import Classes
from wangge.reports.categories.queries import CLASSES
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

__all__ = ["TooManyRows", "make"]

NOTE_EVERY_S = 0.3
NICE = 5


class TooManyRows(WanggeError):
    """More rows than a file of the form holds. Facts: `form`, `most`."""

    kind = "too-many-rows"


def make(url: str, exports: Exports, export: Export) -> int:
    """Number of rows written into the file of an export, which notes how far it is. Raises TooManyRows."""
    if export.where is None:
        raise ValueError("an export that is over")
    with connect(url) as connection:
        grid = load_grid(connection, export.territory)
        of = report_count(connection, export.where, export.scope)
        kept = connection.execute(CLASSES, {"territory": export.territory}).fetchall() if export.classes else []
    if export.form == "xlsx" and of > MOST_ROWS:
        raise TooManyRows(form=export.form, most=MOST_ROWS)
    exports.note(export, 0, of)
    with report_layer(url, grid, export.where, export.scope) as read:
        layer = in_classes(read, Classes({of: (major, minor) for of, major, minor in kept})) if export.classes else read
        said = {**layer.metadata, "filter": export.asked} if export.asked else layer.metadata
        noted = replace(layer, metadata=said, batches=_noted(layer, exports, export, of))
        rows = write(in_datum(noted, export.datum), exports.file(export), export.form)
    exports.note(export, rows, max(of, rows))
    return rows


def _noted(layer: Layer, exports: Exports, export: Export, of: int) -> Iterator[pa.RecordBatch]:
    rows, at = 0, time.monotonic()
    for batch in layer:
        yield batch
        rows += batch.num_rows
        if time.monotonic() - at > NOTE_EVERY_S:
            exports.note(export, rows, max(of, rows))
            at = time.monotonic()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # until whoever started this ends, however that is
        pass
    os._exit(1)


def _main() -> int:
    asked = orjson.loads(open(sys.stdin.fileno(), "rb", buffering=0, closefd=False).readline())  # noqa: SIM115
    Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICE)
    kept = Exports(Path(asked["home"]), asked["database"], timedelta(), 0)
    wanted = kept.get(asked["export"])
    ended = Ended.NO_DATABASE
    try:
        connect(asked["url"]).close()
        ended = Ended.DATABASE_LOST
        if wanted is not None:
            make(asked["url"], kept, wanted)
    except OperationalError as error:
        print(str(error).strip(), file=sys.stderr)
        return ended
    except TooManyRows:
        return Ended.TOO_MANY_ROWS
    return 0


if __name__ == "__main__":
    sys.exit(_main())
