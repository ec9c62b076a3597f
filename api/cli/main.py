"""`wangge`: every command, and the one place where refusals become exit codes."""

import gc
import sys
from importlib import import_module
from typing import Annotated

import typer

__all__ = ["build", "main"]

# Only the module of the command that is asked for is imported: some bring a second of libraries with them.
COMMANDS = {
    "demo": ("wangge.api.cli.demo", "demo", "Load example cities with reports, and serve the map."),
    "serve": ("wangge.api.cli.serve", "serve", "Serve the viewer, the API and the tiles."),
    "db": ("wangge.api.cli.db", "app", "The database: start, stop, look at, migrate."),
    "backup": ("wangge.api.cli.backup", "backup", "Write everything into a folder, while the service runs."),
    "restore": ("wangge.api.cli.backup", "restore", "Bring a backup back, proven and migrated to this version."),
    "grid": ("wangge.api.cli.grid", "app", "Boundaries and editions: check, import, list, show, export."),
    "draft": ("wangge.api.cli.draft", "app", "Editions to be: begin, list, check, store, discard."),
    "reports": ("wangge.api.cli.reports", "app", "Reports in bulk: import and export."),
    "regrid": ("wangge.api.cli.regrid", "regrid", "Assign stored reports to another edition."),
    "indicators": ("wangge.api.cli.indicators", "app", "The figures: show, declare, and prove from the events."),
    "audit": ("wangge.api.cli.audit", "app", "Whether closed means fixed: draw closed cases, show the rate."),
    "findings": ("wangge.api.cli.findings", "app", "Where problems cluster: show what was found, look now."),
    "compare": ("wangge.api.cli.compare", "compare", "Two periods or kinds beside each other, cell by cell."),
    "categories": ("wangge.api.cli.categories", "app", "The kinds of matter that a territory takes."),
    "categorise": (
        "wangge.api.cli.categorise",
        "app",
        "Learn categories from the words of closed cases; how good it is.",
    ),
    "templates": ("wangge.api.cli.templates", "app", "Texts that moves are made with, by category and move."),
    "roster": ("wangge.api.cli.roster", "app", "Officers, their base grids and their leave: import and export."),
    "organisations": ("wangge.api.cli.organisations", "app", "Bodies that handle cases: import, export, templates."),
    "rules": ("wangge.api.cli.rules", "app", "Routing rules: import, export, versions, and a dry run."),
    "policy": ("wangge.api.cli.policy", "app", "By when: limits of each step, working time, rising along the grid."),
    "sweep": ("wangge.api.cli.sweep", "sweep", "Settle what is nearly due, overdue or rising, once."),
    "release": ("wangge.api.cli.release", "app", "What the public sees of the counts: publish, list."),
    "feed": ("wangge.api.cli.feed", "app", "What happened, in order: follow it, and see who follows."),
    "archive": ("wangge.api.cli.archive", "app", "Reports as GeoParquet by month: show, build, prove."),
    "patterns": ("wangge.api.cli.patterns", "app", "The columns by which reports are counted: show, build, prove."),
    "members": ("wangge.api.cli.members", "app", "Members of the joint meeting: import and export."),
    "user": ("wangge.api.cli.users", "app", "Accounts of staff: who may sign in, as what, where."),
    "contacts": ("wangge.api.cli.contacts", "app", "Contacts of reporters: erased when their time is over."),
    "notices": ("wangge.api.cli.notices", "app", "Messages to reporters and staff: list, try again."),
    "webhooks": ("wangge.api.cli.webhooks", "app", "Other systems that are told of events: list, add, replay."),
    "open311": (
        "wangge.api.cli.open311",
        "app",
        "Another Open311 server: pull its requests, push cases.",
    ),
    "campaign": ("wangge.api.cli.campaign", "app", "A flood, a fair: started, listed, ended; its board."),
    "key": ("wangge.api.cli.keys", "app", "Keys of other programs."),
    "locate": ("wangge.api.cli.locate", "locate", "Add the base grid to every record of a file."),
    "bulletin": ("wangge.api.cli.bulletin", "bulletin", "The bulletin of a month as PDF."),
    "tiles": ("wangge.api.cli.tiles", "app", "Tiles as one PMTiles file, for static storage."),
    "backdrop": ("wangge.api.cli.backdrop", "app", "Streets, water and so on under the grid: import, list, remove."),
    "places": ("wangge.api.cli.places", "app", "Addresses and names to be found: import, show, remove."),
    "assets": ("wangge.api.cli.assets", "app", "Lamps, hydrants, manholes: declare, import, list, export, remove."),
    "attributes": ("wangge.api.cli.attributes", "app", "Figures of places over time: declare, import, show."),
    "overlay": ("wangge.api.cli.overlay", "app", "Areas of other departments: import, list, and what they cut."),
    "sheet": ("wangge.api.cli.sheet", "sheet", "A planner's map as one HTML file."),
    "doctor": ("wangge.api.cli.doctor", "doctor", "Examine this installation."),
}


def build(wanted: str | None) -> typer.Typer:
    """The command line, with one command loaded and the others only named."""
    app = typer.Typer(
        name="wangge",
        help="网格 · A spatial grid service for cities. Settings come from WANGGE_* variables: docs/operations.md.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name, (module, attribute, says) in COMMANDS.items():
        if name != wanted:
            app.command(name, help=says)(_not_loaded)
            continue
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, help=says)
        else:
            app.command(name)(command)
    return app


def _loaded(wanted: str | None) -> typer.Typer:
    """The command line; while modules load nothing becomes garbage, and looking for it is a quarter of a start."""
    gc.disable()
    try:
        return build(wanted)
    finally:
        gc.freeze()
        gc.enable()


def _not_loaded() -> None:
    """A name in the list of commands."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("wangge"))
        raise typer.Exit


def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 wrong usage, 3 done in part, 130 interrupted."""
    try:
        _loaded(next((word for word in sys.argv[1:] if not word.startswith("-")), None))()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from wangge.api.cli.endings import exit_code  # brings the driver, of which a list of commands has no need

        code = exit_code(error)
        if code is None:
            raise
        sys.exit(code)
