"""Files that are small and may be huge when they are read, read in a process of their own, which ends at its limits."""

import asyncio
import json
import os
import resource
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.faults import UnreadableFile

__all__ = ["SUFFIXES", "TooMuchInside", "homes_apart", "records_apart"]

SQLITE = b"SQLite format 3\0"
SUFFIXES = {SQLITE: "gpkg", b"PAR1": "parquet"}
"""How the files begin that are to be read apart, and what their names end in."""

MEMORY = 2 << 30
"""Bytes of address space that the process may have beyond what it begins with."""
SECONDS = 60
MOST_BYTES = 256 << 20
"""Of what it reads: so much a table of some 100,000 places takes with all its columns, and more."""


class TooMuchInside(WanggeError):
    """A file that holds more than is read of one that somebody sent. Facts: `file`, `megabytes`, `seconds`."""

    kind = "too-much-inside"


class NotRead(WanggeError):
    """What the process said of a file that it could not read: as the error that it met there."""

    def __init__(self, kind: str, facts: dict[str, Any]) -> None:
        self.kind = kind  # type: ignore[misc]
        super().__init__(**facts)


async def records_apart(source: Path, target: Path, *, layer: str | None = None) -> None:
    """Write the records of a file as an Arrow file, geometries in lon, lat WGS-84. Only a whole file is taken.

    Raises
    ------
    TooMuchInside : it takes more memory, time or space than a process may have.
    WanggeError : what reading it raises, by the same kind.
    """
    await _run("records", source, target, {"layer": layer})


async def homes_apart(
    source: Path,
    target: Path,
    near: tuple[float, float, float, float],
    *,
    field: str | None = None,
    layer: str | None = None,
    datum: Datum = Datum.WGS84,
) -> None:
    """Read a layer as `read_homes` does, and keep it in a file that `Homes.load` reads. Raises as `records_apart`."""
    await _run("homes", source, target, {"near": near, "field": field, "layer": layer, "datum": datum})


async def _run(what: str, source: Path, target: Path, asked: dict[str, Any]) -> None:
    command = (sys.executable, "-m", __name__, what, str(source), str(target), json.dumps(asked))
    calm = os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=calm, start_new_session=True
    )
    told = b""
    try:
        async with asyncio.timeout(SECONDS * 2):
            told, _ = await process.communicate()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if not told:
        raise TooMuchInside(file=source.name, megabytes=MOST_BYTES >> 20, seconds=SECONDS)
    answer = json.loads(told.replace(str(source).encode(), source.name.encode()))  # where it lies is nobody's business
    if answer is not None:
        raise NotRead(answer["kind"], answer["facts"])


def _records(source: Path, target: Path, layer: str | None) -> None:
    import pyarrow as pa

    from wangge.geo.files.arrowfiles import ABOUT
    from wangge.geo.files.batches import GEOMETRY, BrokenFile
    from wangge.geo.files.reading import open_records

    reader = open_records(source, layer=layer, batch_size=5000)
    writer = None
    with target.open("wb") as out:
        for batch in reader:
            for one in batch.broken:
                raise BrokenFile(file=str(source), records=one.number - 1, reason=one.reason.kind, **one.reason.facts)
            table = batch.table
            if writer is None:
                marked = [field.with_metadata(ABOUT) if field.name == GEOMETRY else field for field in table.schema]
                schema = pa.schema(marked)
                writer = pa.ipc.new_file(out, schema)
            writer.write_batch(pa.RecordBatch.from_arrays(table.columns, schema=schema))
        if writer is None:
            writer = pa.ipc.new_file(out, pa.schema([(name, pa.null()) for name in reader.columns]))
        writer.close()


def _homes(source: Path, target: Path, near: list[float], field: str | None, layer: str | None, datum: str) -> None:
    from wangge.geo.overlays.households import read_homes

    west, south, east, north = near
    read_homes(source, (west, south, east, north), field=field, layer=layer, datum=Datum(datum)).keep(target)


def _look_at_database(source: Path) -> None:
    """A SQLite database can hold what makes a reader go on for ever, or to other files: only plain tables are read."""
    with source.open("rb") as file:
        if file.read(len(SQLITE)) != SQLITE:
            return
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            sound = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            made = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'view'"
                " OR (sql LIKE 'CREATE VIRTUAL%' AND sql NOT LIKE '%USING rtree%' AND sql NOT LIKE '%USING \"rtree\"%')"
            ).fetchone()
    except sqlite3.Error as error:
        raise UnreadableFile(file=str(source), reason=str(error)) from error
    if sound != "ok" or made:
        raise UnreadableFile(file=str(source), reason=f"a view or a virtual table: {made[0]}" if made else sound)


def _limited() -> None:
    begun = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (begun + MEMORY, begun + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))


def _main(what: str, source: str, target: str, asked: str) -> str:
    try:
        _look_at_database(Path(source))
        (_homes if what == "homes" else _records)(Path(source), Path(target), **json.loads(asked))
    except WanggeError as error:
        return json.dumps({"kind": error.kind, "facts": error.facts}, default=str)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # whatever a reader meets there: what is wrong is the file
        reason = str(error) or type(error).__name__
        return json.dumps({"kind": UnreadableFile.kind, "facts": {"file": source, "reason": reason}})
    return "null"


if __name__ == "__main__":
    _limited()
    with suppress(MemoryError, OSError):
        sys.stdout.write(_main(*sys.argv[1:]))
