"""`wangge`: every command, and the one place where refusals become exit codes."""

import sys
from importlib.metadata import version
from typing import Annotated

import psycopg
import typer
from pydantic import ValidationError

from api.cli import categories, console, db, demo, doctor, reports, serve, sheet
from geo.errors import WanggeError

__all__ = ["main"]

app = typer.Typer(
    name="wangge",
    help="网格 · A spatial grid service for cities. Settings come from WANGGE_* variables; see docs/operations.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(db.app, name="db", help="The database: start, stop, look at, migrate.")
app.add_typer(reports.app, name="reports", help="Reports in bulk: import and export.")
app.add_typer(categories.app, name="categories", help="The kinds of matter a territory takes.")
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(sheet.sheet)
app.command()(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(version("wangge"))
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 wrong usage, 3 done in part, 130 interrupted."""
    try:
        app()
    except WanggeError as error:
        console.say(error)
        sys.exit(1)
    except psycopg.OperationalError as error:
        console.err.print(f"[red]database:[/red] {str(error).strip()}", soft_wrap=True)
        sys.exit(1)
    except ValidationError as error:
        for entry in error.errors():
            name = "WANGGE_" + "_".join(str(part) for part in entry["loc"]).upper()
            console.err.print(f"[red]{name}[/red]: {entry['msg']}", soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
