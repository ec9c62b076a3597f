"""OGC API – Features: what a territory has, a page at a time, for GIS that know the standard and not us."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response

from wangge.api.ogc import pages
from wangge.api.ogc.answering import HTML, Form, Link, answer, here_of, in_both_forms, page_answer
from wangge.api.ogc.asking import SINGLE, asked_names, parse_crs, parse_time, parse_wanted
from wangge.api.ogc.collection import Collection, UnknownCollection, UnknownFeature
from wangge.api.ogc.collections import find_collection, list_collections
from wangge.api.ogc.crs import CRS84, Crs
from wangge.api.ogc.cursors import cursor_of
from wangge.api.ogc.description import CONFORMANCE, OPENAPI, describe
from wangge.api.ogc.properties import Property, schema_of
from wangge.api.ogc.reading import FEW, count_features, read_one, read_page
from wangge.api.ogc.territory import Described, Territory
from wangge.api.plumbing.accepting import GEOJSON, JSON
from wangge.api.plumbing.addresses import base_of, with_query
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Grids, Language
from wangge.api.plumbing.if_match import etag
from wangge.api.plumbing.problems import DatabaseUnavailable
from wangge.api.plumbing.query_names import BadQuery, takes_any_query
from wangge.api.plumbing.refusals import refuses
from wangge.data import messages
from wangge.data.languages import Language as Tongue
from wangge.data.languages import spoken

__all__ = ["TAG", "crumbs", "router", "way_to"]

TAG = "ogc"
router = APIRouter(prefix="/ogc", tags=[TAG], include_in_schema=False)
SCHEMA = "application/schema+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
Name = Annotated[str, Path()]


def _word(name: str, language: Tongue, **facts: Any) -> str:
    return messages.word("ogc", name, language, **facts)


def crumbs(
    request: Request, territory: Territory, language: Tongue, *further: tuple[Sequence[str], str]
) -> pages.Crumbs:
    """The way to a page: territories, the territory, what lies below it."""
    return [
        (f"{base_of(request)}/ogc", _word("territories", language)),
        (here_of(request, territory.code), spoken(territory.name, language, territory.code)),
        *((here_of(request, territory.code, *parts), name) for parts, name in further),
    ]


def _page(
    request: Request, title: str, body: str, language: Tongue, crumbs: pages.Crumbs, links: Sequence[Link]
) -> Response:
    return page_answer(request, pages.page(base_of(request), title, body, language, crumbs, links), language)


@router.get("")
async def ogc_territories(request: Request, grids: Grids, form: Form, language: Language) -> Response:
    """The territories, each of which is an API of its own."""
    root = f"{base_of(request)}/ogc"
    links = in_both_forms(request, root, form)
    title = _word("territories", language)
    codes = sorted(grids.territories())
    if form == HTML:
        body = pages.collections_page([(f"{root}/{code}", code, grids[code].edition) for code in codes])
        return _page(request, title, body, language, [(root, title)], links)
    links += [Link("child", f"{root}/{code}", JSON, code) for code in codes]
    return answer(request, {"title": title, "links": [link.as_answer() for link in links]}, language)


@router.get("/{territory}")
async def ogc_landing(request: Request, territory: Described, form: Form, language: Language) -> Response:
    """What a territory offers, and where."""
    here = here_of(request, territory.code)
    name = spoken(territory.name, language, territory.code)
    links = in_both_forms(request, here, form)
    links += [
        Link("service-desc", f"{here}/api", OPENAPI, _word("rel-service-desc", language)),
        Link("service-doc", f"{here}/api?f=html", HTML, _word("rel-service-doc", language)),
        Link("conformance", f"{here}/conformance", JSON, _word("rel-conformance", language)),
        Link("data", f"{here}/collections", JSON, _word("rel-data", language)),
        Link("describedby", f"{here}/dcat", "application/ld+json", _word("rel-catalogue", language)),
        Link(SCHEMES, f"{here}/tileMatrixSets", JSON, _word("rel-tiling-schemes", language)),
    ]
    about = _word("landing", language, territory=name, source=territory.source, licence=territory.licence)
    if form == HTML:
        rows = [(link.href, link.title, "") for link in links if link.rel in {"data", "service-doc", "conformance"}]
        body = f"<p>{escape(about)}</p>{pages.collections_page(rows)}"
        return _page(request, name, body, language, crumbs(request, territory, language), links)
    told = {"title": name, "description": about, "attribution": territory.source, "extent": _extent(territory)}
    return answer(request, told | {"links": [link.as_answer() for link in links]}, language)


@router.get("/{territory}/conformance")
async def ogc_conformance(request: Request, territory: Described, form: Form, language: Language) -> Response:
    """Which parts of the standards are kept."""
    here = here_of(request, territory.code, "conformance")
    links, document = in_both_forms(request, here, form), {"conformsTo": list(CONFORMANCE)}
    if form == HTML:
        title = _word("rel-conformance", language)
        way = crumbs(request, territory, language, (("conformance",), title))
        body = pages.document_page(document, _word("conformance", language))
        return _page(request, title, body, language, way, links)
    return answer(request, document | {"links": [link.as_answer() for link in links]}, language)


@router.get("/{territory}/api")
async def ogc_api(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language,
) -> Response:  # fmt: skip
    """The description of all this by OpenAPI 3.0, for the collections that the asker is offered."""
    found = await list_collections(connection, grid, asker, language)
    here = here_of(request, territory.code)
    name = spoken(territory.name, language, territory.code)
    document = describe(here, name, territory, found)
    if form == HTML:
        title = _word("rel-service-doc", language)
        way = crumbs(request, territory, language, (("api",), title))
        body = pages.document_page(document, _word("api", language))
        return _page(request, title, body, language, way, in_both_forms(request, f"{here}/api", form, OPENAPI))
    return answer(request, document, language, media=OPENAPI)


@router.get("/{territory}/collections")
async def ogc_collections(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language,
) -> Response:  # fmt: skip
    """The collections that the asker is offered."""
    found = await list_collections(connection, grid, asker, language)
    here = here_of(request, territory.code, "collections")
    links = in_both_forms(request, here, form)
    if form == HTML:
        title = _word("rel-data", language)
        body = pages.collections_page([(f"{here}/{one.id}", one.title, one.description) for one in found])
        return _page(
            request, title, body, language, crumbs(request, territory, language, (("collections",), title)), links
        )
    told = [_as_answer(request, one, territory, language) for one in found]
    return answer(
        request,
        {"links": [link.as_answer() for link in links], "crs": list(territory.crs), "collections": told},
        language,
    )


@router.get("/{territory}/collections/{collection}")
@refuses(UnknownCollection)
async def ogc_collection(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name,
) -> Response:  # fmt: skip
    """One collection: what it holds, where and when, in which systems it can be had."""
    found = await find_collection(connection, grid, asker, language, collection)
    told = _as_answer(request, found, territory, language)
    here = here_of(request, territory.code, "collections", found.id)
    links = in_both_forms(request, here, form)
    told["links"] = [link.as_answer() for link in links] + [one for one in told["links"] if one["rel"] != "self"]
    if form == HTML:
        parts = ["items", "queryables", "schema", *(["tiles"] if found.drawn else [])]
        rows = [(f"{here}/{part}", _word(f"rel-{part}", language), "") for part in parts]
        body = f"<p>{escape(found.description)}</p>{pages.collections_page(rows)}{pages.document_page(told, '')}"
        return _page(request, found.title, body, language, way_to(request, territory, found, language), links)
    return answer(request, told, language)


@router.get("/{territory}/collections/{collection}/schema")
@refuses(UnknownCollection)
async def ogc_schema(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name,
) -> Response:  # fmt: skip
    """What the features of a collection are made of, as JSON Schema."""
    found = await find_collection(connection, grid, asker, language, collection)
    told = [one for one in found.properties if one.told]
    return _schema(request, territory, found, "schema", told, form, language, geometry=True)


@router.get("/{territory}/collections/{collection}/queryables")
@refuses(UnknownCollection)
async def ogc_queryables(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name,
) -> Response:  # fmt: skip
    """What a collection can be filtered by, as JSON Schema."""
    found = await find_collection(connection, grid, asker, language, collection)
    return _schema(request, territory, found, "queryables", found.queryables, form, language, geometry=True)


@router.get("/{territory}/collections/{collection}/sortables")
@refuses(UnknownCollection)
async def ogc_sortables(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name,
) -> Response:  # fmt: skip
    """What the features of a collection can be put in order by, as JSON Schema."""
    found = await find_collection(connection, grid, asker, language, collection)
    return _schema(request, territory, found, "sortables", found.sortables, form, language, geometry=False)


@router.get("/{territory}/collections/{collection}/items")
@takes_any_query
@refuses(UnknownCollection, BadQuery, DatabaseUnavailable)
async def ogc_items(
    request: Request, territory: Described, grid: CurrentGrid, asker: Asker, form: Form, language: Language,
    collection: Name,
) -> Response:  # fmt: skip
    """The features of a collection, a page at a time; follow the `next` link."""
    time = parse_time(request, grid.timezone)
    # Writing thousands of features takes a while, for which no connection is held.
    async with request.state.pool.connection() as connection:
        found = await find_collection(connection, grid, asker, language, collection, time.until if time else None)
        wanted = parse_wanted(request, found, grid, territory.crs)
        if form == HTML:
            wanted = replace(wanted, limit=min(wanted.limit, pages.MOST_SHOWN))
        read = await read_page(connection, found, wanted)
        matched = await count_features(connection, found, wanted)
    here = here_of(request, territory.code, "collections", found.id, "items")
    links = in_both_forms(request, here, form, GEOJSON)
    if read.next is not None:
        media = HTML if form == HTML else GEOJSON
        links.append(Link("next", with_query(request, here, cursor=cursor_of(read.next)), media))
    links.append(Link("collection", here.removesuffix("/items"), JSON, found.title))
    numbers = {"numberReturned": len(read.features)} | ({} if matched is None else {"numberMatched": matched})
    if form == HTML:
        note = _word("shown", language, shown=len(read.features), all="…" if matched is None else matched)
        drawn = not wanted.crs.swapped
        body = await asyncio.to_thread(pages.features_page, read.features, here, note, drawn=drawn)
        way = way_to(request, territory, found, language)
        return _page(request, found.title, body, language, way, links)
    document = {"type": "FeatureCollection", "features": read.features, **numbers}
    document["links"] = [link.as_answer() for link in links]
    write = partial(answer, request, document, language, media=GEOJSON, headers=_in(wanted.crs), links=links)
    return await asyncio.to_thread(write) if len(read.features) > FEW else write()


@router.get("/{territory}/collections/{collection}/items/{feature:path}")
@takes_any_query
@refuses(UnknownCollection, UnknownFeature, BadQuery)
async def ogc_item(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, asker: Asker, form: Form,
    language: Language, collection: Name, feature: Name,
) -> Response:  # fmt: skip
    """One feature by its id."""
    asked_names(request, SINGLE)
    time = parse_time(request, grid.timezone)
    crs = parse_crs(request, "crs", territory.crs)
    found = await find_collection(connection, grid, asker, language, collection, time.until if time else None)
    one = await read_one(connection, found, feature, crs)
    if one is None:
        raise UnknownFeature(collection=collection, feature=feature[:200])
    here = here_of(request, territory.code, "collections", found.id)
    links = in_both_forms(request, f"{here}/items/{quote(feature, safe=':')}", form, GEOJSON)
    links.append(Link("collection", here, JSON, found.title))
    if form == HTML:
        items = (("collections", found.id, "items"), _word("rel-items", language))
        way = [*way_to(request, territory, found, language), (here_of(request, territory.code, *items[0]), items[1])]
        body = pages.feature_page(one, drawn=not crs.swapped)
        return _page(request, f"{found.title}: {one['id']}", body, language, way, links)
    return answer(
        request,
        one | {"links": [link.as_answer() for link in links]},
        language,
        media=GEOJSON,
        headers=_in(crs),
        links=links,
        tag=etag(one["properties"]["version"])["ETag"] if "put" in found.writes else None,
    )


def _in(crs: Crs) -> dict[str, str]:
    return {"Content-Crs": f"<{crs.uri}>"}


def way_to(request: Request, territory: Territory, of: Collection, language: Tongue) -> pages.Crumbs:
    """The way to what lies below a collection."""
    data = (("collections",), _word("rel-data", language))
    return crumbs(request, territory, language, data, (("collections", of.id), of.title))


def _extent(territory: Territory) -> dict[str, Any]:
    return {"spatial": {"bbox": [list(territory.bbox)], "crs": CRS84}}


def _as_answer(request: Request, of: Collection, territory: Territory, language: Tongue) -> dict[str, Any]:
    """A collection as it stands in an answer."""
    here = here_of(request, territory.code, "collections", of.id)
    links = [Link("self", here, JSON), Link("items", f"{here}/items", GEOJSON, of.title)]
    links.append(Link("items", f"{here}/items?f=html", HTML, of.title))
    for rel, part in ((SCHEMA_REL, "schema"), (QUERYABLES, "queryables"), (SORTABLES, "sortables")):
        links.append(Link(rel, f"{here}/{part}", SCHEMA, _word(f"rel-{part}", language)))
    if of.drawn:
        links.append(Link(TILESETS, f"{here}/tiles", JSON, _word("rel-tiles", language)))
    extent = _extent(territory)
    if of.during is not None:
        since = f"{territory.first.isoformat()}T00:00:00Z" if of.id.startswith("cells-") else None
        extent["temporal"] = {
            "interval": [[since, None]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return {
        "id": of.id,
        "title": of.title,
        "description": of.description,
        "itemType": "feature",
        "attribution": territory.source,
        "extent": extent,
        "crs": list(territory.crs),
        "storageCrs": CRS84,
        "links": [link.as_answer() for link in links],
    }


def _schema(
    request: Request,
    territory: Territory,
    of: Collection,
    part: str,
    told: Sequence[Property],
    form: str,
    language: Tongue,
    *,
    geometry: bool,
) -> Response:
    """Properties of a collection as a JSON Schema, or as a page."""
    here = here_of(request, territory.code, "collections", of.id, part)
    properties: dict[str, Mapping[str, Any]] = {}
    if geometry:
        kind = "any" if of.shape == "any" else of.shape if of.shape == "point" else "multipolygon"
        properties["geometry"] = {"x-ogc-role": "primary-geometry", "format": f"geometry-{kind}"}
    properties |= {one.name: schema_of(one) for one in told}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "type": "object",
        "title": of.title,
        "description": of.description,
        "properties": properties,
        "additionalProperties": False,
    }
    links = in_both_forms(request, here, form, SCHEMA)
    if form == HTML:
        title = f"{of.title}: {_word(f'rel-{part}', language)}"
        body = pages.document_page(document, _word(part, language))
        return _page(request, title, body, language, way_to(request, territory, of, language), links)
    return answer(request, document, language, media=SCHEMA, links=links)
