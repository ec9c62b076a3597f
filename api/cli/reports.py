"""`wangge reports`: many reports at once, in from files and out into files."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api import messages
from api.cli import console
from api.cli.progress import shown
from api.cli.rejects import Rejects
from geo.datum import Datum
from geo.reading import READABLE, open_records
from reports.fields import FIELDS
from reports.importing import Import, Totals
from store.cluster import database_url
from store.engine import connect
from store.grids import load_grid
from store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

SOME_REFUSED = 3
INTERRUPTED = 130

InFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="CSV, NDJSON, GeoJSON, Parquet or a vector file; .gz as well."),
]
Territory = Annotated[str, typer.Option("--territory", "-t", help="Code of the territory.")]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help=f"Column of a field, where it is not of the same name. Fields: {', '.join(FIELDS)}.",
    ),
]
DatumOption = Annotated[Datum, typer.Option(help="Datum of the coordinates, where no column says it.")]
InForm = Annotated[
    str | None,
    typer.Option("--format", metavar="|".join(READABLE), help="Form of the file; by default its name says."),
]
Delimiter = Annotated[str | None, typer.Option(help=r"Of a CSV; \t for a tab.")]
Encoding = Annotated[str | None, typer.Option(help="Of a CSV, such as gb18030; by default UTF-8.")]


@app.command("import")
def import_reports(
    file: InFile,
    territory: Territory,
    mapping: Mapping = None,
    datum: DatumOption = Datum.WGS84,
    form: InForm = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    add_categories: Annotated[
        bool, typer.Option("--add-categories", help="Take categories that the territory does not have yet.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where refused records go; by default FILE.rejects.csv.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, max=1_000_000, help="Records stored in one transaction.")] = 20_000,
) -> None:
    """Put the reports of a file into their base grids and store them. Safe to interrupt and to run again.

    Exit code 0 when every record is stored or was there before, 3 when some were refused.
    """
    given = dict(_pair(entry) for entry in mapping or [])
    reader = open_records(file, form=form, delimiter=delimiter, encoding=encoding, batch_size=batch_size)
    url = database_url(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    refused = Rejects(rejects or file.with_name(f"{file.name}.rejects.csv"), reader.columns, console.language())
    with shown(file.name) as advance:
        run = Import(
            file,
            reader,
            grid,
            mapping=given,
            reject=refused,
            datum=datum,
            add_categories=add_categories,
            advance=lambda totals: advance(totals.share, _counts(totals)),
        )
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
    if run.totals.refused:
        _explain(run.totals, refused.path)
        raise typer.Exit(SOME_REFUSED)


def _pair(entry: str) -> tuple[str, str]:
    field, parted, column = entry.partition("=")
    if not parted or not field or not column:
        raise typer.BadParameter(f"{entry!r} is not FIELD=COLUMN", param_hint="--map")
    return field.strip(), column.strip()


def _counts(totals: Totals) -> str:
    said = messages.text("import-done", _facts(totals), console.language())
    return said[1]


def _facts(totals: Totals) -> dict[str, int]:
    return {
        "read": totals.read,
        "stored": totals.stored,
        "known": totals.known,
        "refused": totals.refused,
    }


def _say(kind: str, totals: Totals) -> None:
    title, detail = messages.text(kind, _facts(totals), console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)


def _explain(totals: Totals, rejects: Path) -> None:
    """Why records were refused, the commonest reason first, and where they are."""
    language = console.language()
    for (kind, field, reason), count in totals.reasons.most_common():
        title, _ = messages.text(kind, {}, language)
        if kind == "bad-field":
            title = messages.text("bad-value", {}, language)[0]
        said = messages.field_message(reason, {}, language) if reason and kind == "bad-field" else ""
        where = f" ({field})" if field else ""
        console.err.print(f"{count:>9,}  {title}{where} {said or ''}".rstrip(), soft_wrap=True)
    title, detail = messages.text("import-rejects", {"file": str(rejects)}, language)
    console.err.print(f"{title}: {detail}", soft_wrap=True)
