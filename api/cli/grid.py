"""`wangge grid`: prove a territory's boundaries, store them as an edition, list, show and export editions."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.findings import defect_table, edition_record, repair_table, write_geojson
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.duty.desks import publish
from wangge.geo.boundaries import Boundaries, edition_hash, read_boundaries, read_outline
from wangge.geo.bundle import write_bundle
from wangge.geo.coverage import DEFAULT_TOLERANCE_M, Defect, Repair, check, repair
from wangge.geo.errors import WanggeError
from wangge.geo.files.writing import WRITABLE, CannotWrite, format_of, write, write_to
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.policy.policies import give_policy
from wangge.store.engine import Connection, connect
from wangge.store.grids.cell_layers import cell_layer, edition_of
from wangge.store.grids.editions import import_edition, list_editions
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["Findings", "OpenDefects", "UnknownLevelKey", "app", "stored", "tell"]

app = typer.Typer(no_args_is_help=True)


class OpenDefects(WanggeError):
    """Boundaries with defects are not stored unless someone says why they are accepted."""

    kind = "open-defects"


class UnknownLevelKey(WanggeError):
    """The edition has no level with this key; `expected` lists those it has."""

    kind = "unknown-level-key"


Folder = Annotated[Path, typer.Argument(help="The territory's folder, with its manifest.toml.", file_okay=False)]
Reference = Annotated[
    Path | None, typer.Option(help="A file with the territory's true outline: it must be filled, in the right datum.")
]
Tolerance = Annotated[
    float, typer.Option(min=0.001, max=100.0, metavar="METRES", help="Width up to which a fault is a sliver.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Territory = Annotated[str, typer.Argument(help="Code of the territory.")]
Edition = Annotated[str | None, typer.Option(help="Label of the edition; by default the published one.")]


@dataclass(frozen=True)
class Findings:
    """What was found in a folder: its boundaries, after the repairs if any, and what is wrong with them."""

    boundaries: Boundaries
    defects: list[Defect]
    repairs: list[Repair]


@app.command("check")
def check_folder(
    folder: Folder,
    reference: Reference = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE_M,
    repaired: Annotated[
        bool, typer.Option("--repair", help="Repair what is safe first, list it, and tell what remains.")
    ] = False,
    as_json: AsJson = False,
    defects: Annotated[Path | None, typer.Option(help="Also write the defects to this GeoJSON file.")] = None,
) -> None:
    """Prove that a territory's cells make a grid. Exit code 0 when they do, 1 when there are defects."""
    found = _findings(folder, reference, tolerance, repaired)
    if defects:
        write_geojson(defects, found.defects, console.language())
    if as_json:
        _print_json(_report(found, tolerance))
    else:
        tell(found)
    if found.defects:
        raise typer.Exit(1)


@app.command("import")
def import_folder(
    folder: Folder,
    reference: Reference = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE_M,
    repaired: Annotated[bool, typer.Option("--repair", help="Repair what is safe first.")] = False,
    publish_it: Annotated[bool, typer.Option("--publish", help="Make it the edition that reports go into.")] = False,
    accept_defects: Annotated[
        str | None, typer.Option(metavar="WHY", help="Store it with its defects, and keep why that is right.")
    ] = None,
) -> None:
    """Store a territory's boundaries as an edition that never changes. Safe to interrupt and to run again."""
    url = ready_database(Settings())  # said before a check that may take long
    found = _findings(folder, reference, tolerance, repaired)
    with stored(url, found, accept_defects, publish_it=publish_it) as connection:
        code = found.boundaries.manifest.code
        put_categories(connection, code, categories_for(folder))
        give_policy(connection, code, folder)


@contextmanager
def stored(url: str, found: Findings, accept_defects: str | None, *, publish_it: bool) -> Iterator[Connection]:
    """Store boundaries as an edition and tell so; what is done within comes before it is published.

    Raises
    ------
    OpenDefects : there are defects, and nobody says why they are accepted.
    """
    why = (accept_defects or "").strip() or None
    if found.repairs or found.defects:
        tell(found)
    if found.defects and why is None:
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(d.kind for d in found.defects).most_common())
        raise OpenDefects(count=len(found.defects), kinds=kinds)
    manifest = found.boundaries.manifest
    with connect(url) as connection, _progress(found.boundaries) as advance:
        made = import_edition(
            connection,
            found.boundaries,
            defects=[edition_record(defect) for defect in found.defects],
            accepted_defects=why if found.defects else None,
            repairs=[edition_record(change) for change in found.repairs],
            progress=advance,
        )
        yield connection
        if publish_it:
            publish(connection, manifest.code, manifest.edition)
    facts = {"territory": manifest.code, "edition": manifest.edition, "cells": made.cells, "hash": made.hash[:12]}
    console.out.print(_line("grid-stored" if made.created else "grid-stored-before", facts))
    if publish_it:
        console.out.print(_line("grid-published", facts))


@app.command("list")
def list_stored(
    territory: Annotated[str | None, typer.Argument(help="Only this territory.")] = None, as_json: AsJson = False
) -> None:
    """The stored editions, the newest first."""
    with connect(ready_database(Settings())) as connection:
        editions = list_editions(connection, territory)
    if as_json:
        _print_json({"editions": [_summary(edition) for edition in editions]})
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", "grid-list", console.language()):
        table.add_column(heading)
    for edition in editions:
        until = edition["valid_to"].isoformat() if edition["valid_to"] else ""
        current = "●" if edition["current"] else ""
        valid = f"{edition['valid_from']} – {until}"
        name = spoken(edition["name"], console.language())
        table.add_row(edition["territory"], name, edition["label"], current, valid, f"{edition['cells']:,}")
    console.out.print(table)


@app.command("show")
def show(territory: Territory, edition: Edition = None, as_json: AsJson = False) -> None:
    """One edition: its levels, dates, source, licence and hash, and the defects and repairs it was stored with."""
    with connect(ready_database(Settings())) as connection:
        found = edition_of(connection, territory, edition)
        layers = [cell_layer(connection, found, depth) for depth in range(len(found["levels"]))]
        counts = {layer.name: sum(batch.num_rows for batch in layer) for layer in layers}
    told = _summary(found) | {"cells": counts, "defects": found["defects"], "repairs": found["repairs"]}
    if as_json:
        _print_json(told)
        return
    told |= {key: len(told[key]) for key in ("defects", "repairs")}
    told |= {"name": " · ".join(dict.fromkeys(found["name"].values()))}
    told |= {"cells": ", ".join(f"{count:,} {key}" for key, count in counts.items())}
    for key, value in told.items():
        if value is not None:
            console.out.print(f"{key:<17} {value}", soft_wrap=True, markup=False)


@app.command("export")
def export(
    territory: Territory,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file; - is standard output.")],
    level: Annotated[str | None, typer.Option(help="Key of the level; by default the base grids.")] = None,
    edition: Edition = None,
    form: Annotated[str | None, typer.Option("--format", metavar="|".join(WRITABLE), help="Else FILE's name.")] = None,
) -> None:
    """Write an edition's cells to a file. A GeoPackage takes every level, each as a layer, unless one is named."""
    with connect(ready_database(Settings())) as connection:
        found = edition_of(connection, territory, edition)
        keys = [entry["key"] for entry in found["levels"]]
        if level is not None and level not in keys:
            raise UnknownLevelKey(level=level, expected=", ".join(keys))
        if str(output) == "-":
            write_to(cell_layer(connection, found, keys.index(level or keys[-1])), sys.stdout.buffer, form or "geojson")
            return
        every = level is None and (form or format_of(output)) == "gpkg"
        wanted = range(len(keys)) if every else [keys.index(level or keys[-1])]
        written = write([cell_layer(connection, found, depth) for depth in wanted], output, form)
    console.out.print(_line("grid-exported", {"cells": written, "file": str(output)}))


@app.command("bundle")
def bundle(
    territory: Territory,
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="The file.")],
    edition: Edition = None,
) -> None:
    """Write an edition to one file for `wangge locate --bundle`, which needs neither a database nor a network."""
    with connect(ready_database(Settings())) as connection:
        grid = load_grid(connection, territory, edition)
    try:
        write_bundle(grid, output)
    except OSError as error:
        raise CannotWrite(file=str(output), reason=str(error)) from error
    facts = {"territory": territory, "edition": grid.edition, "cells": len(grid.leaves), "file": str(output)}
    console.out.print(_line("grid-bundled", facts | {"size_kb": f"{output.stat().st_size / 1000:,.0f}"}))


def _findings(folder: Path, reference: Path | None, tolerance: float, repaired: bool) -> Findings:
    boundaries = read_boundaries(folder)
    outline = read_outline(reference) if reference else None
    repairs: list[Repair] = []
    if repaired:
        boundaries, repairs = repair(boundaries, tolerance_m=tolerance)
    return Findings(boundaries, check(boundaries, reference=outline, tolerance_m=tolerance), repairs)


def tell(found: Findings) -> None:
    """Print what is wrong with boundaries, and what was repaired."""
    language = console.language()
    if found.repairs:
        console.out.print(_line("grid-repairs", {"count": len(found.repairs)}))
        console.out.print(repair_table(found.repairs, language))
    if found.defects:
        console.out.print(_line("grid-defects", {"count": len(found.defects)}))
        console.out.print(defect_table(found.defects, language))
    else:
        cells = ", ".join(f"{len(level.codes):,} {level.spec.key}" for level in found.boundaries.levels)
        console.out.print(_line("grid-clean", {"territory": found.boundaries.manifest.code, "cells": cells}))


def _report(found: Findings, tolerance: float) -> dict[str, Any]:
    manifest = found.boundaries.manifest
    return {
        "territory": manifest.code,
        "edition": manifest.edition,
        "hash": edition_hash(found.boundaries),
        "cells": {level.spec.key: len(level.codes) for level in found.boundaries.levels},
        "tolerance_m": tolerance,
        "clean": not found.defects,
        "repairs": [edition_record(change) for change in found.repairs],
        "defects": [edition_record(defect) for defect in found.defects],
    }


def _summary(edition: dict[str, Any]) -> dict[str, Any]:
    keys = "territory name label current valid_from valid_to source licence synthetic hash cells accepted_defects"
    return {key: edition[key] for key in [*keys.split(), "imported_at", "published_at"]}


def _line(kind: str, facts: dict[str, Any]) -> str:
    return messages.text(kind, facts, console.language())[1]


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def _progress(boundaries: Boundaries) -> Iterator[Callable[[str, int], None]]:
    """A bar on a terminal, a line for each level elsewhere, both on standard error."""
    total = sum(len(level.codes) for level in boundaries.levels)
    if not console.err.is_terminal:
        yield lambda key, count: console.err.print(f"{boundaries.manifest.code}: {count:,} {key}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.err, transient=True) as bar:
        task = bar.add_task(boundaries.manifest.code, total=total)
        yield lambda key, count: bar.update(task, advance=count, description=f"{boundaries.manifest.code} {key}")
