"""`wangge locate`: which base grids do the records of a file lie in? No server, and no database if need be."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api import messages
from api.cli import console
from api.cli.rejects import wording
from api.cli.reports import DatumOption, Delimiter, Encoding, InFile, InForm, mapping_of
from geo.boundaries import read_boundaries
from geo.datum import Datum
from geo.errors import WanggeError
from geo.files.reading import RecordReader, open_records
from geo.files.writing import WRITABLE, write, write_to
from geo.folders import grid_of
from geo.grid import Grid
from reports.bulk.locating import Locating, schema_of
from store.cluster import database_url
from store.engine import connect
from store.grids import load_grid
from store.settings import Settings

__all__ = ["locate"]

SOME_REFUSED = 3


def locate(
    file: InFile,
    folder: Annotated[
        Path | None, typer.Option("--grid", exists=True, file_okay=False, help="Boundaries folder; needs no database.")
    ] = None,
    territory: Annotated[str | None, typer.Option("--territory", "-t", help="Code of a published territory.")] = None,
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
    out_form: Annotated[
        str | None, typer.Option("--out-format", metavar="|".join(WRITABLE), help="Form of the output.")
    ] = None,
) -> None:
    """Add to every record of a file the codes of the cells it lies in, from the top level down.

    Outside, the nearest base grid and its distance in metres. Records without a usable place stay in the output with
    the problem said. Exit code 3 when there were such.
    """
    if (folder is None) == (territory is None):
        raise typer.BadParameter("give one of them", param_hint="--grid / --territory")
    given = mapping_of(mapping)

    def opened() -> RecordReader:
        return open_records(file, form=form, delimiter=delimiter, encoding=encoding)

    schema = schema_of(opened())
    run = Locating(_grid(folder, territory), schema, given, datum, _said)
    layer = run.layer(file.name.partition(".")[0], opened())
    if str(output) == "-":
        write_to(layer, sys.stdout.buffer, out_form or "csv")
        sys.stdout.buffer.flush()
    else:
        write(layer, output, out_form)
    title, detail = messages.text("locate-done", dict(run.counts), console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
    if run.counts["refused"]:
        raise typer.Exit(SOME_REFUSED)


def _grid(folder: Path | None, territory: str | None) -> Grid:
    if folder is not None:
        return grid_of(read_boundaries(folder))
    with connect(database_url(Settings())) as connection:
        return load_grid(connection, territory or "")


def _said(error: WanggeError) -> str:
    reason, expected = wording(error, console.language())
    return f"{reason}: {expected}"
