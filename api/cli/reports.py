"""`wangge reports`: many reports at once, in from files and out into files."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from wangge.access.scope import whole
from wangge.api.cli.indicators import integrity
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import (
    DatumOption,
    Delimiter,
    Encoding,
    IgnoreOffsets,
    InFile,
    InForm,
    LayerOption,
    ZoneOption,
    mapping_of,
    moment_of,
    zone_of,
)
from wangge.api.cli.terminal.progress import shown
from wangge.api.cli.terminal.rejects import Rejects, explain
from wangge.api.cli.terminal.unused import say_unused
from wangge.data import messages
from wangge.geo.datum import Datum
from wangge.geo.files.batches import RecordReader
from wangge.geo.files.digesting import DIGEST_BATCH
from wangge.geo.files.reading import open_records
from wangge.geo.files.writing import WRITABLE, Layer, write, write_to
from wangge.geo.grid import Grid
from wangge.reports.bulk.classes import InClasses, in_classes, read_classes
from wangge.reports.bulk.columns.fields import FIELDS
from wangge.reports.bulk.columns.history import Outcome
from wangge.reports.bulk.export.events import event_layer
from wangge.reports.bulk.export.reports import report_layer
from wangge.reports.bulk.importing import Import, Totals
from wangge.reports.case.lifecycle import State
from wangge.reports.categories.classes import Classes
from wangge.reports.categories.queries import CATEGORY_CODES, CLASSES
from wangge.reports.errors import UnknownCategory, UnknownCell
from wangge.reports.listing.filters import ReportFilter
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
app.command("integrity")(integrity)

SOME_REFUSED = 3
INTERRUPTED = 130

Territory = Annotated[str, typer.Option("--territory", "-t", help="Code of the territory.")]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help=f"Column of a field, where it is not of the same name. Fields: {', '.join(FIELDS)}.",
    ),
]

Outcomes = Annotated[
    list[str] | None,
    typer.Option(
        "--outcome",
        metavar="WORD=OUTCOME",
        help=f"What the file calls an outcome. Outcomes: {', '.join(Outcome)}.",
    ),
]


ClassesFile = Annotated[
    Path | None,
    typer.Option(
        "--classes",
        exists=True,
        dir_okay=False,
        help="CSV with category, major_class, minor_class: cases in the classes of the national platform.",
    ),
]
KeptClasses = Annotated[
    bool,
    typer.Option("--in-classes", help="The same by what the territory keeps (wangge categories classes)."),
]


@app.command("import")
def import_reports(
    file: InFile,
    territory: Territory,
    mapping: Mapping = None,
    outcome: Outcomes = None,
    datum: DatumOption = Datum.WGS84,
    form: InForm = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    layer: LayerOption = None,
    zone: ZoneOption = None,
    ignore_offsets: IgnoreOffsets = False,
    add_categories: Annotated[
        bool, typer.Option("--add-categories", help="Take categories that the territory does not have yet.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where refused records go; by default FILE.rejects.csv.")
    ] = None,
    classes: ClassesFile = None,
    in_kept: KeptClasses = False,
    batch_size: Annotated[int, typer.Option(min=1, max=1_000_000, help="Records stored in one transaction.")] = 20_000,
) -> None:
    """Put the reports of a file into their base grids and store them. Safe to interrupt and to run again.

    Exit code 0 when every record is stored or was there before, 3 when some were refused.
    """
    given, of_times = mapping_of(mapping), zone_of(zone)
    url = ready_database(Settings())
    known = _classes(url, territory, classes, kept=in_kept)

    def opened(batch_size: int) -> RecordReader:
        read = open_records(file, form=form, delimiter=delimiter, encoding=encoding, layer=layer, batch_size=batch_size)
        return InClasses(read, known) if known else read

    reader = opened(batch_size)
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    refused = Rejects(rejects or file.with_name(f"{file.name}.rejects.csv"), reader.columns, console.language())
    with shown(file.name) as advance:
        run = Import(
            file,
            reader,
            grid,
            again=partial(opened, batch_size=DIGEST_BATCH),
            mapping=given,
            reject=refused,
            datum=datum,
            outcomes=_outcomes(outcome),
            zone=of_times,
            as_local=ignore_offsets,
            add_categories=add_categories,
            advance=lambda totals: advance(totals.share, _counts(totals)),
        )
        say_unused(run.unused)
        try:
            asyncio.run(run.run(url))
        except KeyboardInterrupt:
            _say("import-interrupted", run.totals)
            raise typer.Exit(INTERRUPTED) from None
        except Exception:
            _say("import-stopped", run.totals)
            raise
        finally:
            refused.close()
            reader.close()
    _say("import-done", run.totals)
    if run.totals.repeated:
        _say("import-repeated", run.totals)
    if run.totals.refused:
        explain(run.totals.reasons, run.totals.first, refused.path)
        raise typer.Exit(SOME_REFUSED)


Output = Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="File to write; - for the terminal.")]
OutForm = Annotated[
    str | None, typer.Option("--format", metavar="|".join(WRITABLE), help="Form; by default FILE's name says.")
]
InCell = Annotated[str | None, typer.Option(help="Only reports in this cell, of any level.")]
OfLevel = Annotated[str | None, typer.Option(help="Level of the cell, where its code stands on several.")]
OfCategory = Annotated[str | None, typer.Option(help="Only of this category.")]
InState = Annotated[State | None, typer.Option(help="Only in this state.")]
Since = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Received then or later.")]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Received before then.")]
InBox = Annotated[str | None, typer.Option(metavar="W,S,E,N", help="Only in this box, degrees.")]


@app.command("export")
def export_reports(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Output,
    form: OutForm = None,
    cell: InCell = None,
    level: OfLevel = None,
    category: OfCategory = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    bbox: InBox = None,
    classes: ClassesFile = None,
    in_kept: KeptClasses = False,
) -> None:
    """Write reports to a file, the oldest first. The file appears when it is whole. Contact data is never exported."""
    url, grid, where = _wanted(territory, cell, level, category, state, since, until, bbox)
    known = _classes(url, territory, classes, kept=in_kept)
    with report_layer(url, grid, where, whole(territory)) as layer:
        _put(in_classes(layer, known) if known else layer, output, form)


@app.command("events")
def export_events(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Output,
    form: OutForm = None,
    cell: InCell = None,
    level: OfLevel = None,
    category: OfCategory = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    bbox: InBox = None,
) -> None:
    """Write what happened to reports to a file, an event a row, in the order in which it happened to each of them."""
    url, grid, where = _wanted(territory, cell, level, category, state, since, until, bbox)
    with event_layer(url, grid, where, whole(territory)) as layer:
        _put(layer, output, form, "export-events-done")


def _wanted(
    territory: str,
    cell: str | None,
    level: str | None,
    category: str | None,
    state: State | None,
    since: str | None,
    until: str | None,
    bbox: str | None,
) -> tuple[str, Grid, ReportFilter]:
    """Database, grid and filter that the options of an export ask for."""
    url = ready_database(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)
        if category is not None:
            known = [code for (code,) in connection.execute(CATEGORY_CODES, {"territory": territory})]
            if category not in known:
                raise UnknownCategory(category=category, known=known)
    cell = grid.code_of(cell, level) if cell else None
    if cell is not None and not (grid.cell(level, cell) if level else grid.cells_with_code(cell)):
        raise UnknownCell(code=cell, level=level or "—")
    where = ReportFilter(
        territory,
        bbox=_box(bbox),
        cell=cell,
        level=level,
        categories=(category,) if category else (),
        states=(state,) if state else (),
        since=moment_of(since, grid.timezone, "--from"),
        until=moment_of(until, grid.timezone, "--to"),
    )
    return url, grid, where


def _classes(url: str, territory: str, file: Path | None, *, kept: bool) -> Classes | None:
    """The classes of the file that was given, for the categories that the territory has; those that it keeps."""
    if file is None and not kept:
        return None
    with connect(url) as connection:
        place = {"territory": territory}
        if file is not None:
            return read_classes(file, [code for (code,) in connection.execute(CATEGORY_CODES, place)])
        rows = connection.execute(CLASSES, place).fetchall()
        return Classes({category: (major, minor) for category, major, minor in rows})


def _put(layer: Layer, output: Path, form: str | None, done: str = "export-done") -> None:
    """Write a layer to a file or to the terminal, and say what is done."""
    if str(output) == "-":
        write_to(layer, sys.stdout.buffer, form or "geojsonseq")
        sys.stdout.buffer.flush()
        return
    written = write(layer, output, form)
    title, detail = messages.text(done, {"count": written, "file": str(output)}, console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)


def _box(bbox: str | None) -> tuple[float, float, float, float] | None:
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(edge) for edge in bbox.split(","))
    except ValueError:
        raise typer.BadParameter("expected west,south,east,north in degrees", param_hint="--bbox") from None
    return west, south, east, north


def _outcomes(entries: list[str] | None) -> dict[str, Outcome]:
    found = {}
    for entry in entries or []:
        word, parted, outcome = entry.rpartition("=")
        if not parted or not word or outcome not in list(Outcome):
            raise typer.BadParameter(f"{entry!r} is not WORD=OUTCOME", param_hint="--outcome")
        found[word] = Outcome(outcome)
    return found


def _counts(totals: Totals) -> str:
    said = messages.text("import-done", _facts(totals), console.language())
    return said[1]


def _facts(totals: Totals) -> dict[str, int]:
    return {
        "read": totals.read,
        "stored": totals.stored,
        "known": totals.known,
        "refused": totals.refused,
        "repeated": totals.repeated,
    }


def _say(kind: str, totals: Totals) -> None:
    title, detail = messages.text(kind, _facts(totals), console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
