"""`wangge locate`: which base grids do the records of a file lie in? No server, and no database if need be."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import DatumOption, Delimiter, Encoding, InFile, InForm, LayerOption, mapping_of
from wangge.api.cli.terminal.progress import Advance, shown
from wangge.api.cli.terminal.unused import say_unused
from wangge.data import messages
from wangge.geo.bundle import open_bundle
from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.ahead import ahead
from wangge.geo.files.layers import Layer
from wangge.geo.files.reading import RecordReader, open_records
from wangge.geo.files.writing import WRITABLE, write, write_to
from wangge.geo.grid import Grid
from wangge.reports.bulk.locating import Locating, schema_of

__all__ = ["locate"]

SOME_REFUSED = 3
BATCH = 1 << 16


def locate(
    file: InFile,
    folder: Annotated[
        Path | None, typer.Option("--grid", exists=True, file_okay=False, help="Boundaries folder; needs no database.")
    ] = None,
    territory: Annotated[str | None, typer.Option("--territory", "-t", help="Code of a published territory.")] = None,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", exists=True, dir_okay=False, help="Bundle of an edition; needs no database."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", dir_okay=False, help="File to write; - for the terminal.")
    ] = Path("-"),
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Column of lon, lat, geometry, datum or accuracy."),
    ] = None,
    datum: DatumOption = Datum.WGS84,
    form: InForm = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    layer: LayerOption = None,
    out_form: Annotated[
        str | None, typer.Option("--out-format", metavar="|".join(WRITABLE), help="Form of the output.")
    ] = None,
    nearest: Annotated[
        bool, typer.Option("--nearest/--no-nearest", help="Name the nearest base grid of records outside.")
    ] = True,
    threads: Annotated[int, typer.Option(min=1, help="Threads that look for the cells; the output is the same.")] = 1,
) -> None:
    """Add to every record of a file the codes of the cells it lies in, from the top level down.

    Outside, the nearest base grid and its distance in metres. Records without a usable place stay in the output with
    the problem said. Exit code 3 when there were such. An interrupted run leaves no file, and can be run again.
    """
    if sum(source is not None for source in (folder, territory, bundle)) != 1:
        raise typer.BadParameter("give one of them", param_hint="--grid / --territory / --bundle")

    def opened() -> closing[RecordReader]:
        reader = open_records(file, form=form, delimiter=delimiter, encoding=encoding, layer=layer, batch_size=BATCH)
        return closing(reader)

    with opened() as reader:
        schema, repeated = schema_of(reader), reader.repeated
    grid = open_bundle(bundle) if bundle else _grid(folder, territory)
    given = mapping_of(mapping)
    run = Locating(grid, schema, given, datum, _as_text, repeated=repeated, nearest=nearest, threads=threads)
    say_unused(run.unused)
    # The file is read, located and written at the same time.
    with (
        nullcontext(_silent) if _is_terminal(output) else shown("locate") as advance,
        opened() as reader,
        ahead(reader) as batches,
        ahead(map(run.located, batches)) as located,
    ):
        _write(run.layer(file.name.partition(".")[0], _watched(located, reader, advance)), output, out_form)
    title, detail = messages.text("locate-done", dict(run.counts), console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
    if run.counts["refused"]:
        raise typer.Exit(SOME_REFUSED)


def _grid(folder: Path | None, territory: str | None) -> Grid:
    # Each of these brings a second of libraries with it, which a bundle does not need.
    if folder is not None:
        from wangge.geo.boundaries import read_boundaries
        from wangge.geo.folders import grid_of

        return grid_of(read_boundaries(folder))
    from wangge.store.engine import connect
    from wangge.store.grids.loading import load_grid
    from wangge.store.migrated import ready_database
    from wangge.store.settings import Settings

    with connect(ready_database(Settings())) as connection:
        return load_grid(connection, territory or "")


def _write(layer: Layer, output: Path, form: str | None) -> None:
    if str(output) != "-":
        write(layer, output, form)
        return
    write_to(layer, sys.stdout.buffer, form or "csv")
    sys.stdout.buffer.flush()


def _is_terminal(output: Path) -> bool:
    """Whether records and progress would stand on one screen."""
    return str(output) == "-" and sys.stdout.isatty()


def _silent(_share: float, _as_text: str) -> None:
    """Progress that nobody sees."""


def _watched(located: Iterable[pa.RecordBatch], reader: RecordReader, advance: Advance) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in located:
        yield batch
        rows += batch.num_rows
        advance(reader.progress(), f"{rows:,}")


def _as_text(error: WanggeError) -> str:
    from wangge.api.plumbing.wording import wording

    reason, expected = wording(error, console.language())
    return f"{reason}: {expected}"
