"""`wangge demo`: example cities with reports, served."""

import socket
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from api.cli import console
from api.cli.reports import import_reports
from api.cli.serve import run
from api.observe import configure_logging
from duty.desks import publish
from geo.boundaries import read_boundaries
from reports.categories import categories_for, put_categories
from reports.policies import give_policy
from store.cluster import database_url
from store.editions import import_edition
from store.engine import connect
from store.grids import published
from store.migrate import upgrade
from store.settings import Settings

__all__ = ["demo"]

DATA = Path(__file__).parent.parent.parent / "data"
TERRITORIES = ("xinhua", "washington", "taipei", "hejian")
REPORTS = {
    "xinhua": ("xinhua_2025.csv.gz", [], []),
    "washington": (
        "washington_2015_2016.csv.gz",
        [
            "lon=LONGITUDE",
            "lat=LATITUDE",
            "category=SERVICECODE",
            "description=SERVICECODEDESCRIPTION",
            "occurred_at=ADDDATE",
            "external_id=SERVICEREQUESTID",
            "due_at=SERVICEDUEDATE",
            "closed_at=RESOLUTIONDATE",
            "outcome=SERVICEORDERSTATUS",
        ],
        [
            "CLOSED - INCOMPLETE INFORMATION=closed",
            "DUPLICATE (OPENED)=refused",
            "DUPLICATE (CLOSED)=refused",
        ],
    ),
}


def demo(
    open_browser: Annotated[bool, typer.Option("--open", help="Open the map in a browser.")] = False,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the examples and leave.")] = False,
) -> None:
    """Load Xinhua (synthetic lines and reports), Washington (real), Taipei and Hejian, and serve the map.

    What is loaded already is left as it is, so the second time is quick.
    """
    settings = Settings().model_copy(update={"log_level": "warning"})
    configure_logging(settings)
    url = database_url(settings)
    upgrade(url)
    for territory in TERRITORIES:
        _load(url, territory)
    if load_only:
        return
    port = _free_port(settings.host, settings.port)
    address = f"http://{settings.host}:{port}/"
    console.out.print(f"\n  Wangge 网格  [bold]{address}[/bold]   (Ctrl-C ends it; the database stays up: make stop)\n")
    if open_browser:
        webbrowser.open(address)
    run(settings.model_copy(update={"port": port}))


def _load(url: str, territory: str) -> None:
    """Publish a territory and import its reports, unless they are there."""
    with connect(url) as connection:
        if territory not in published(connection):
            console.out.print(f"loading {territory}")
            folder = DATA / "boundaries" / territory
            edition = import_edition(connection, read_boundaries(folder))
            put_categories(connection, territory, categories_for(folder))
            give_policy(connection, territory, folder)
            publish(connection, territory, edition.label)
        wanted = territory in REPORTS
        row = connection.execute("SELECT FROM report WHERE territory_code = %s LIMIT 1", (territory,)).fetchone()
    if wanted and row is None:
        name, mapping, outcomes = REPORTS[territory]
        import_reports(
            DATA / "reports" / name, territory, mapping, outcomes, rejects=Path(f".wangge/{name}.rejects.csv")
        )


def _free_port(host: str, wanted: int) -> int:
    """The port that is wanted, or any free one when another program has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a port just left is free
            with suppress(OSError):
                probe.bind((host, port))
                return int(probe.getsockname()[1])
    return wanted
