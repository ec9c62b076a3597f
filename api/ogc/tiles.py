"""OGC API – Tiles: vector tiles of a collection, in tile matrix sets as the OGC registered them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from wangge.api.ogc import pages
from wangge.api.ogc.answering import HTML, Form, Link, answer, here_of, in_both_forms, page_answer, tagged
from wangge.api.ogc.asking import FILTERING, bad, parse_time, parse_wanted
from wangge.api.ogc.collection import Collection, UnknownCollection
from wangge.api.ogc.collections import find_collection
from wangge.api.ogc.drawing import MATRICES, MAXZOOM, UnknownMatrices, draw, limits_of, matrices_of
from wangge.api.ogc.features import TAG, crumbs, way_to
from wangge.api.ogc.territory import Described, Territory
from wangge.api.plumbing.accepting import JSON
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Language
from wangge.api.plumbing.query_names import BadQuery, takes_any_query
from wangge.api.plumbing.refusals import refuses
from wangge.data import messages
from wangge.tilesets import UnknownTile

__all__ = ["router"]

router = APIRouter(prefix="/ogc/{territory}", tags=[TAG], include_in_schema=False)
MVT = "application/vnd.mapbox-vector-tile"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TAKEN = ("f", "datetime", *FILTERING)
Name = Annotated[str, Path()]


def _scheme(request: Request, territory: Territory, name: str) -> str:
    return here_of(request, territory.code, "tileMatrixSets", name)


@router.get("/tileMatrixSets")
async def ogc_matrix_sets(request: Request, territory: Described, form: Form, language: Language) -> Response:
    """The tile matrix sets in which there are tiles."""
    here = here_of(request, territory.code, "tileMatrixSets")
    links = in_both_forms(request, here, form)
    title = messages.word("ogc", "rel-tiling-schemes", language)
    if form == HTML:
        body = pages.collections_page([(_scheme(request, territory, name), name, "") for name in MATRICES])
        way = crumbs(request, territory, language, (("tileMatrixSets",), title))
        return page_answer(request, pages.page(base_of(request), title, body, language, way, links), language)
    told = [
        {
            "id": name,
            "title": matrices_of(name)["title"],
            "uri": matrices_of(name)["uri"],
            "links": [Link("self", _scheme(request, territory, name), JSON).as_answer()],
        }
        for name in MATRICES
    ]
    return answer(request, {"tileMatrixSets": told, "links": [link.as_answer() for link in links]}, language)


@router.get("/tileMatrixSets/{matrices}")
@refuses(UnknownMatrices)
async def ogc_matrix_set(
    request: Request, territory: Described, form: Form, language: Language, matrices: Name
) -> Response:
    """A tile matrix set as it is registered."""
    document = matrices_of(matrices)
    links = in_both_forms(request, _scheme(request, territory, matrices), form)
    if form == HTML:
        title = messages.word("ogc", "rel-tiling-schemes", language)
        way = crumbs(request, territory, language, (("tileMatrixSets",), title))
        body = pages.document_page(document, "")
        return page_answer(request, pages.page(base_of(request), matrices, body, language, way, links), language)
    return answer(request, document, language, links=links)


@router.get("/collections/{collection}/tiles")
@refuses(UnknownCollection)
async def ogc_tilesets(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name,
) -> Response:  # fmt: skip
    """The tilesets of a collection."""
    found = _tiled(await find_collection(connection, grid, asker, language, collection))
    here = here_of(request, territory.code, "collections", found.id, "tiles")
    links = in_both_forms(request, here, form)
    title = f"{found.title}: {messages.word('ogc', 'rel-tiles', language)}"
    if form == HTML:
        body = pages.collections_page([(f"{here}/{name}", name, "") for name in MATRICES])
        way = way_to(request, territory, found, language)
        return page_answer(request, pages.page(base_of(request), title, body, language, way, links), language)
    told = [_tileset(request, found, territory, name) for name in MATRICES]
    return answer(request, {"tilesets": told, "links": [link.as_answer() for link in links]}, language)


@router.get("/collections/{collection}/tiles/{matrices}")
@refuses(UnknownCollection, UnknownMatrices)
async def ogc_tileset(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name, matrices: Name,
) -> Response:  # fmt: skip
    """One tileset: where its tiles are, and what is in them."""
    found = _tiled(await find_collection(connection, grid, asker, language, collection))
    document = _tileset(request, found, territory, matrices)
    here = here_of(request, territory.code, "collections", found.id, "tiles", matrices)
    links = in_both_forms(request, here, form)
    if form == HTML:
        way = way_to(request, territory, found, language)
        body = pages.document_page(document, "")
        title = f"{found.title}: {matrices}"
        return page_answer(request, pages.page(base_of(request), title, body, language, way, links), language)
    west, south, east, north = territory.bbox
    document |= {
        "title": found.title,
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": territory.crs[0]},
        "layers": [{"id": found.id, "dataType": "vector", "geometryDimension": _dimension(found)}],
    }
    document["links"] = [*document["links"], links[1].as_answer()]
    return answer(request, document, language)


@router.get("/collections/{collection}/tiles/{matrices}/{matrix}/{row}/{column}")
@takes_any_query
@refuses(UnknownCollection, UnknownMatrices, UnknownTile, BadQuery)
async def ogc_tile(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker,
    language: Language, collection: Name, matrices: Name, matrix: Name, row: Name, column: Name,
) -> Response:  # fmt: skip
    """One tile: the features of the collection that lie in it, as a Mapbox Vector Tile."""
    time = parse_time(request, grid.timezone)
    found = _tiled(await find_collection(connection, grid, asker, language, collection, time.until if time else None))
    if request.query_params.get("f", "mvt") != "mvt":
        bad("f", "literal_error", expected="mvt")
    wanted = parse_wanted(request, found, grid, territory.crs, TAKEN)
    tile = await draw(connection, found, wanted, matrices, (_whole(matrix), _whole(column), _whole(row)))
    if not tile:
        return Response(status_code=204, headers={"Cache-Control": "private, no-cache"})
    return tagged(request, tile, MVT, language, {})


def _tiled(found: Collection) -> Collection:
    """A collection that is drawn; raises UnknownCollection of others."""
    if not found.drawn:
        raise UnknownCollection(collection=found.id, known=[])
    return found


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _dimension(found: Collection) -> int:
    return {"point": 0, "polygon": 2}.get(found.shape, 1)


def _tileset(request: Request, found: Collection, territory: Territory, name: str) -> dict[str, Any]:
    """A tileset as it stands in a list."""
    here = here_of(request, territory.code, "collections", found.id, "tiles", name)
    known = matrices_of(name)
    template = f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    links = [
        Link("self", here, JSON).as_answer(),
        Link(SCHEME, _scheme(request, territory, name), JSON).as_answer(),
        Link("item", template, MVT).as_answer() | {"templated": True},
    ]
    return {
        "title": f"{found.title}: {name}",
        "dataType": "vector",
        "crs": known["crs"],
        "tileMatrixSetURI": known["uri"],
        "tileMatrixSetLimits": [limits_of(name, zoom, territory.bbox) for zoom in range(MAXZOOM + 1)],
        "links": links,
    }
