"""`wangge regrid`: stored reports are assigned to another edition, each to the base grid that covers it there."""

import asyncio
import json
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.progress import shown
from wangge.data import messages
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.wkb import wkb_points
from wangge.geo.files.writing import Layer, format_of, write
from wangge.geo.grid import Grid
from wangge.reports.bulk.regrid.moves import Moves
from wangge.reports.bulk.regrid.regridding import JOBS, Regrid
from wangge.reports.number import format_number
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["regrid"]

DONE_IN_PART = 3
INTERRUPTED = 130
MOST_FLOWS = 20
OUTSIDE = pa.schema(
    [
        ("number", pa.string()),
        ("received_at", pa.timestamp("us", "UTC")),
        ("cell", pa.string()),
        (GEOMETRY, pa.binary()),
    ]
)


def regrid(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    edition: Annotated[
        str | None, typer.Option("--edition", "-e", help="Label of the edition; by default the published one.")
    ] = None,
    rehearsal: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing.")
    ] = False,
    outside: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Where reports outside the edition go; by default TERRITORY.outside.csv."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole account as JSON.")] = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Database connections that share the work.")] = JOBS,
) -> None:
    """Assign stored reports to another edition. Their earlier cells are kept. Safe to interrupt and to run again.

    Exit code 0 when every report stands under the edition, 3 when some lie outside it or changed meanwhile.
    """
    path = outside or Path(f"{territory}.outside.csv")
    format_of(path)  # refused before anything is done
    url = ready_database(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory, edition)
    with shown(f"{territory} {grid.edition}") as advance:
        run = Regrid(grid, jobs=jobs, advance=lambda moves: advance(moves.seen / (moves.reports or 1), _counts(moves)))
        try:
            moves = asyncio.run(run.run(url, rehearsal=rehearsal))
        except KeyboardInterrupt:
            _say("regrid-interrupted", run.moves, grid)
            raise typer.Exit(INTERRUPTED) from None
        except Exception:
            if run.moves.moved:
                _say("regrid-stopped", run.moves, grid)
            raise
    if as_json:
        print(json.dumps(_account(moves, grid, rehearsal), ensure_ascii=False, indent=2))
    elif moves.flows:
        _show_flows(moves)
    _tell(moves, grid, rehearsal, path)
    if moves.outside or moves.left:
        raise typer.Exit(DONE_IN_PART)


def _tell(moves: Moves, grid: Grid, rehearsal: bool, path: Path) -> None:
    """Say how it ended, and write the reports that lie outside to their file."""
    if moves.reports or moves.left:
        _say("regrid-rehearsed" if rehearsal else "regrid-done", moves, grid)
    else:
        _say("regrid-nothing", moves, grid)
    if moves.handed_on:
        _say("regrid-handed-on", moves, grid)
    if moves.left:
        _say("regrid-left", moves, grid)
    if moves.outside:
        write(_outside(moves, grid), path)
        title, detail = messages.text("regrid-outside", {"file": str(path)}, console.language())
        console.err.print(f"{title}: {detail}", soft_wrap=True, markup=False)


def _say(kind: str, moves: Moves, grid: Grid) -> None:
    facts = _facts(moves) | {"territory": grid.territory, "edition": grid.edition}
    title, detail = messages.text(kind, facts, console.language())
    console.err.print(title, style="bold", end="", markup=False)
    console.err.print(f": {detail}", soft_wrap=True, markup=False)


def _counts(moves: Moves) -> str:
    return messages.text("regrid-progress", _facts(moves), console.language())[1]


def _facts(moves: Moves) -> dict[str, int]:
    names = ("reports", "seen", "moved", "renamed", "outside", "left", "handed_on")
    return {name: getattr(moves, name) for name in names}


def _account(moves: Moves, grid: Grid, rehearsal: bool) -> dict[str, Any]:
    flows = [{"from": old, "to": new, "reports": count} for (old, new), count in _ordered(moves)]
    about = {"territory": grid.territory, "edition": grid.edition, "dry_run": rehearsal}
    return about | _facts(moves) | {"flows": flows}


def _ordered(moves: Moves) -> list[tuple[tuple[str, str], int]]:
    """The flows from a code into another, the largest first."""
    changed = ((pair, count) for pair, count in moves.flows.items() if pair[0] != pair[1])
    return sorted(changed, key=lambda flow: (-flow[1], flow[0]))


def _show_flows(moves: Moves) -> None:
    """The largest flows between base grids, as a table."""
    flows, language = _ordered(moves), console.language()
    if not flows:
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for place, heading in enumerate(messages.words("headings", "regrid-flow", language)):
        table.add_column(heading, justify="right" if place == 2 else "left", overflow="fold")
    for (old, new), count in flows[:MOST_FLOWS]:
        table.add_row(old, new, f"{count:,}")
    console.out.print(table)
    if (more := len(flows) - MOST_FLOWS) > 0:
        console.out.print(messages.text("regrid-more-flows", {"count": more}, language)[1])


def _outside(moves: Moves, grid: Grid) -> Layer:
    """The reports outside, the oldest first, each with the cell that it keeps."""
    ids, received_at, lon, lat = (
        np.concatenate([getattr(stray, name) for stray in moves.strays]) for name in ("id", "received_at", "lon", "lat")
    )
    cells = np.array([code for stray in moves.strays for code in stray.cell], dtype=object)
    order = np.lexsort([ids, received_at])
    numbers = [
        format_number(at.replace(tzinfo=UTC), number)
        for at, number in zip(received_at[order].tolist(), ids[order].tolist(), strict=True)
    ]
    columns = [
        pa.array(numbers),
        pa.array(received_at[order]).cast(OUTSIDE.field("received_at").type),
        pa.array(cells[order], pa.string()),
        wkb_points(lon[order], lat[order]),
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=OUTSIDE)
    about = {"territory": grid.territory, "edition": grid.edition}
    return Layer(f"{grid.territory}_outside", OUTSIDE, [batch], "Point", about, id="number")
