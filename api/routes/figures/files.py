"""Whole collections as files, in the forms that planners and warehouses open: cells, cells with figures, reports."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path as File
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from wangge.access.person import ANYONE, NotAllowed, NotSignedIn
from wangge.access.person import Scope as Seeing
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid
from wangge.api.plumbing.problems import DatabaseUnavailable, UnknownLevel
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.turns import FilesFull
from wangge.api.routes.cases.wanted import InClasses, Wanted
from wangge.api.routes.figures.indicators import Asked, chosen
from wangge.api.schemas.common import KIND, GridKind, Short
from wangge.geo.datum import Datum
from wangge.geo.files.layers import CannotWrite, Layer
from wangge.geo.grid import Grid
from wangge.reports.bulk.export.reports import report_layer
from wangge.reports.categories.classes import classes_of
from wangge.reports.figures.counting import By
from wangge.reports.figures.declared import UnknownIndicator, standing_declarations
from wangge.reports.figures.indicators import expanded
from wangge.reports.figures.layers import with_figures
from wangge.reports.figures.tabling import tabled
from wangge.store.engine import connect, snapshot
from wangge.store.grids.cell_layers import cell_layer, edition_of
from wangge.store.postgres.cluster import database_url

__all__ = ["FILE", "MEDIA", "Exported", "Form", "InDatum", "asked_in", "called", "pieces", "router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/files", tags=["files"])

Form = Literal["geojson", "geojsonseq", "gpkg", "fgb", "parquet", "arrow", "csv", "xlsx"]
MEDIA: Mapping[str, str] = {
    "geojson": "application/geo+json",
    "geojsonseq": "application/geo+json-seq",
    "gpkg": "application/geopackage+sqlite3",
    "fgb": "application/flatgeobuf",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILE: dict[str, Any] = {
    "content": {
        media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()
    },
    "description": "The file, whole",
}
PIECE = 1 << 18
AT_ONCE, MOST_WAITING = 2, 8
_MAKING = asyncio.Semaphore(AT_ONCE)
"""So many threads of a process make files; the others are for requests that are short."""
_waiting = 0

Ending = Annotated[Form, Path(description="Form of the file")]
InDatum = Annotated[Datum, Query(description="Datum of the shapes; no form of file has a code for gcj02 and bd09")]
Layers = Callable[[str], Any]


@refuses(NotSignedIn, NotAllowed)
async def _exported(asker: Asker, grid: CurrentGrid) -> Seeing:
    return asker.scope(grid.territory, Right.EXPORT)


Exported = Annotated[Seeing, Depends(_exported)]
"""Which cases the asker may take out of the house; whoever may take none is refused."""


@router.get("/cells.{form}", response_class=Response, responses={200: FILE})
@refuses(UnknownLevel, RateLimited, FilesFull, CannotWrite, DatabaseUnavailable)
async def get_cells_file(
    request: Request,
    grid: CurrentGrid,
    asker: Asker,
    form: Ending,
    level: Annotated[Short | None, Query(description="Key of a level; the base grids when left out")] = None,
    kind: Annotated[GridKind | None, Query(description=KIND)] = None,
    datum: InDatum = Datum.WGS84,
) -> Response:
    """All cells of a level of the current edition, with their attributes; base grids of a kind where one is named."""
    _count(request, asker is ANYONE)
    depth = _depth(grid, level)
    layers = partial(_cells, grid, depth, kinds=[kind] if kind else [])
    return await _made(request, grid, f"cells-{grid.levels[depth].key}", form, datum, layers)


@router.get("/figures.{form}", response_class=Response, responses={200: FILE})
@refuses(UnknownLevel, UnknownIndicator, FilesFull, CannotWrite, DatabaseUnavailable)
async def get_figures_file(
    request: Request,
    grid: CurrentGrid,
    question: Asked,
    form: Ending,
    indicator: Annotated[list[Short] | None, Query(description="Only these; all of them when left out")] = None,
    datum: InDatum = Datum.WGS84,
) -> Response:
    """The cells of a level with their figures, those of the base grids when no level is named.

    The question is that of the indicators, counted by cell. A rate has two columns more: how many of how many. A cell
    that the asker does not see has no figures.
    """
    depth = _depth(grid, request.query_params.get("level"))
    question = replace(question, by=(By.CELL,), level=grid.levels[depth].key)
    async with request.state.pool.connection() as connection, snapshot(connection):
        declared = await standing_declarations(connection, grid.territory)
        table = await tabled(connection, grid, question, chosen(expanded(declared, grid.levels), indicator))

    @contextmanager
    def layers(url: str) -> Iterator[Layer]:
        with _cells(grid, depth, url) as layer:
            yield with_figures(layer, table)

    return await _made(request, grid, f"figures-{grid.levels[depth].key}", form, datum, layers)


@router.get("/reports.{form}", response_class=Response, responses={200: FILE})
@refuses(FilesFull, CannotWrite, DatabaseUnavailable)
async def get_reports_file(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    where: Wanted,
    exported: Exported,
    form: Ending,
    datum: InDatum = Datum.WGS84,
    classes: InClasses = False,
) -> Response:
    """The reports in one's cells that a list with the same filters has, all of them, the oldest first; no contacts.

    Cases of campaigns are left out, as in every figure, unless a campaign or a category of one is asked for.
    """
    kept = await classes_of(connection, grid.territory) if classes else None

    @contextmanager
    def layers(url: str) -> Iterator[Layer]:
        with report_layer(url, grid, where, exported) as layer:
            if kept is None:
                yield layer
                return
            from wangge.reports.bulk.classes import in_classes  # only a download needs it

            yield in_classes(layer, kept)

    return _Later(partial(_made, request, grid, "reports", form, datum, layers))


class _Later(Response):
    """An answer that is made once the connection is given back by which its filter was read.

    Making takes seconds or minutes; whoever waits for it holds nothing.
    """

    def __init__(self, make: Callable[[], Awaitable[Response]]) -> None:
        super().__init__()
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make it, and send it."""
        answer = await self._make()
        await answer(scope, receive, send)


def _count(request: Request, anyone: bool) -> None:
    if anyone:
        request.state.rates.count("files", address_of(request))


def _depth(grid: Grid, level: str | None) -> int:
    keys = [one.key for one in grid.levels]
    if level is not None and level not in keys:
        raise UnknownLevel(level=level, known=keys)
    return keys.index(level or keys[-1])


@contextmanager
def _cells(grid: Grid, depth: int, url: str, kinds: Sequence[str] = ()) -> Iterator[Layer]:
    with connect(url) as connection:
        yield cell_layer(connection, edition_of(connection, grid.territory, grid.edition), depth, kinds)


async def _made(request: Request, grid: Grid, name: str, form: Form, datum: Datum, layers: Layers) -> Response:
    """A file as an answer. It is whole before its first byte leaves, and has no name on the disk by then."""
    global _waiting
    if _waiting >= MOST_WAITING:
        raise FilesFull(retry_after_s=10)
    file_name = called(grid, name, form, datum)
    _waiting += 1
    try:
        async with _MAKING:
            url = await asyncio.to_thread(database_url, request.state.settings)
            file, size = await asyncio.to_thread(_written, layers, url, form, datum, asked_in(request))
    except CannotWrite as error:
        raise CannotWrite(**error.facts | {"file": file_name}) from None
    finally:
        _waiting -= 1
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(pieces(file), headers=headers, media_type=MEDIA[form])


def called(grid: Grid, name: str, form: Form, datum: Datum) -> str:
    """What a file is called: by the territory, what it holds, and its datum where it is not WGS-84."""
    shift = "" if datum is Datum.WGS84 else f"-{datum.value}"
    return re.sub(r"[^\w.-]+", "_", f"{grid.territory}-{name}{shift}.{form}", flags=re.ASCII)


def asked_in(request: Request, but: Collection[str] = ()) -> str:
    """What was asked, to be said in the file; a search is not, for it may be a telephone number.

    Parameters
    ----------
    but : parameters that are left out, too.
    """
    asked = request.query_params.multi_items()
    return "&".join(f"{name}={value}" for name, value in asked if name != "q" and name not in but)


def _written(layers: Layers, url: str, form: Form, datum: Datum, asked: str) -> tuple[IO[bytes], int]:
    from wangge.geo.files.shifted import in_datum  # only a download needs them
    from wangge.geo.files.writing import write

    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        path = File(folder) / f"file.{form}"
        with layers(url) as layer:
            said = {**layer.metadata, "filter": asked} if asked else layer.metadata
            write(in_datum(replace(layer, metadata=said), datum), path, form)
        file = path.open("rb")
        return file, path.stat().st_size


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """An open file piece by piece, closed afterwards."""
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()
