"""The description of a territory's API by OpenAPI 3.0: what validators of the OGC and many clients read. Complete by
itself, and for the asker: with the collections that they are offered."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from wangge.api.ogc.asking import FILTERING, FIXED, LANGUAGES, MOST, USUAL
from wangge.api.ogc.collection import Collection
from wangge.api.ogc.crs import CRS84
from wangge.api.ogc.drawing import MATRICES
from wangge.api.ogc.properties import Kind, Property, schema_of
from wangge.api.ogc.territory import Territory
from wangge.api.plumbing.accepting import GEOJSON, JSON

__all__ = ["CONFORMANCE", "OPENAPI", "describe"]

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
HTML, SCHEMA, PROBLEM = "text/html", "application/schema+json", "application/problem+json"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
EDITING = ("create-replace-delete", "update", "features", "optimistic-locking-etags")
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"{_FEATURES}1/1.0/conf/{one}" for one in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}2/1.0/conf/crs",
    *(
        f"{_FEATURES}3/1.0/conf/{one}"
        for one in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{one}"
        for one in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "array-functions",
            "property-property",
            "arithmetic",
        )
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{one}"
        for one in ("core", "tileset", "tilesets-list", "geodata-tilesets", "datetime", "mvt", "oas30")
    ),
    *(f"{_FEATURES}4/1.0/conf/{one}" for one in EDITING),
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    *(f"{_FEATURES}5/1.0/conf/{one}" for one in ("schemas", "core-roles-features", "queryables", "sortables")),
)

NUMBERS = {"type": "array", "items": {"type": "number"}}
TEXT = {"type": "string"}
BINARY = TEXT | {"format": "binary"}
WRITING = {
    "post": "make a feature",
    "put": "put another feature in its place",
    "patch": "change a feature",
    "delete": "take a feature away",
}
MERGE_PATCH = "application/merge-patch+json"
REFUSED = {"$ref": "#/components/responses/refused"}
MVT = "application/vnd.mapbox-vector-tile"


def describe(here: str, name: str, territory: Territory, collections: Sequence[Collection]) -> dict[str, Any]:
    """The description.

    Parameters
    ----------
    here : address of the territory's landing page.
    """
    paths: dict[str, Any] = {
        "/": _get("landing", "The landing page", JSON),
        "/conformance": _get("conformance", "Which parts of the standards are kept", JSON),
        "/api": _get("api", "This description", OPENAPI),
        "/collections": _get("collections", "The collections", JSON),
    }
    paths["/tileMatrixSets"] = _get("getTileMatrixSetsList", "Tile matrix sets", JSON)
    paths["/tileMatrixSets/{tileMatrixSetId}"] = _get(
        "getTileMatrixSet", "A tile matrix set", JSON, [_ref("tileMatrixSetId")]
    )
    for one in collections:
        paths |= _paths_of(one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": name,
            "version": version("wangge"),
            "description": territory.source,
            "license": {"name": territory.licence or "—"},
        },
        "servers": [{"url": here}],
        "paths": paths,
        "components": {
            "parameters": _parameters(territory),
            "schemas": {"problem": PROBLEM_SCHEMA},
            "responses": {
                "refused": {
                    "description": "Refused; the body says why (RFC 9457)",
                    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}},
                }
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT},
}


def _parameters(territory: Territory) -> dict[str, Any]:
    """Parameters that several operations take."""
    crs = {"type": "string", "format": "uri", "enum": list(territory.crs), "default": CRS84}
    listed = {"type": "array", "items": TEXT}
    return {
        "f": _query("f", {"type": "string", "enum": ["json", "html"]}, "The form of the answer; or ask by Accept"),
        "bbox": _query("bbox", NUMBERS | {"minItems": 4, "maxItems": 6}, "Features that meet this box", listed=True),
        "bbox-crs": _query("bbox-crs", crs, "The system of bbox"),
        "datetime": _query("datetime", TEXT, "A time, a day, or two of them with / between; .. for an open end"),
        "limit": _query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
            "Most features in this page",
        ),
        "crs": _query("crs", crs, "The system that features are given in"),
        "properties": _query("properties", listed, "Only these properties", listed=True),
        "sortby": _query("sortby", listed, "In the order of these, - for the other way", listed=True),
        "cursor": _query("cursor", TEXT, "From the next link of a page"),
        "filter": _query("filter", TEXT, "A filter by CQL2"),
        "filter-lang": _query(
            "filter-lang",
            {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
            "The language of filter",
        ),
        "filter-crs": _query("filter-crs", crs, "The system of the geometries in filter"),
        "featureId": _path("featureId", TEXT, "The id of a feature"),
        "ifMatch": _header("If-Match", TEXT, "The ETag of what was read, where others may change it too"),
        "contentCrs": _header("Content-Crs", crs, "The system of the coordinates that are sent"),
        "tileMatrixSetId": _path("tileMatrixSetId", TEXT | {"enum": list(MATRICES)}, "A tile matrix set"),
        "tileMatrix": _path("tileMatrix", TEXT, "A matrix of it: the zoom"),
        "tileRow": _path("tileRow", {"type": "integer", "minimum": 0}, "The row, from the top"),
        "tileCol": _path("tileCol", {"type": "integer", "minimum": 0}, "The column, from the left"),
    }


def _path(name: str, schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": dict(schema), "description": text}


def _header(name: str, schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": dict(schema), "description": text}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, schema: Mapping[str, Any], text: str, *, listed: bool = False) -> dict[str, Any]:
    told = {"name": name, "in": "query", "required": False, "description": text, "schema": dict(schema)}
    # Those of which the standard's tests ask for it.
    return told | ({"style": "form", "explode": False} if listed or name in ("datetime", "limit") else {})


def _get(
    name: str, summary: str, media: str, parameters: Sequence[Mapping[str, Any]] = (), tag: str = "about"
) -> dict[str, Any]:
    told = [{"$ref": "#/components/parameters/f"}, *parameters]
    content = {media: {"schema": {"type": "object"}}, HTML: {"schema": TEXT}}
    responses: dict[str, Any] = {"200": {"description": summary, "content": content}}
    responses |= dict.fromkeys(("400", "404", "default"), REFUSED)
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": [tag],
            "parameters": told,
            "responses": responses,
        }
    }


def _paths_of(one: Collection) -> dict[str, Any]:
    """The addresses of a collection."""
    at, tag = f"/collections/{one.id}", one.id
    named = [_ref(name) for name in (*FIXED, *FILTERING) if name != "f"]
    equal = [_equal(each) for each in one.queryables if each.kind is not Kind.TEXTS and each.name not in FIXED]
    single = [_ref(name) for name in ("featureId", "crs", "datetime")]
    listed = _get(f"{tag}.items", f"{one.title}: features", GEOJSON, [*named, *equal], tag=tag)
    item = _get(f"{tag}.item", f"{one.title}: one feature", GEOJSON, single, tag=tag)
    for method in one.writes:
        (listed if method == "post" else item).update(_write(tag, method, f"{one.title}: {WRITING[method]}"))
    return _tiles_of(one) | {
        at: _get(f"{tag}.collection", one.title, JSON, tag=tag),
        f"{at}/schema": _get(f"{tag}.schema", f"{one.title}: schema", SCHEMA, tag=tag),
        f"{at}/queryables": _get(f"{tag}.queryables", f"{one.title}: queryables", SCHEMA, tag=tag),
        f"{at}/sortables": _get(f"{tag}.sortables", f"{one.title}: sortables", SCHEMA, tag=tag),
        f"{at}/items": listed,
        f"{at}/items/{{featureId}}": item,
    }


def _write(tag: str, method: str, summary: str) -> dict[str, Any]:
    """An operation by which features are changed (Part 4)."""
    media = {"patch": MERGE_PATCH, "delete": None}.get(method, GEOJSON)
    parameters = [] if method == "post" else [_ref("featureId"), _ref("ifMatch")]
    parameters += [_ref("contentCrs")] if media else []
    responses: dict[str, Any] = {"201" if method == "post" else "204": {"description": summary}}
    responses |= dict.fromkeys(("400", "401", "403", "404", "409", "412", "422", "default"), REFUSED)
    told: dict[str, Any] = {"operationId": f"{tag}.{method}", "summary": summary, "tags": [tag]}
    told |= {"parameters": parameters, "responses": responses}
    if media:
        told["requestBody"] = {"required": True, "content": {media: {"schema": {"type": "object"}}}}
    return {method: told}


def _tiles_of(one: Collection) -> dict[str, Any]:
    """The addresses of a collection's tiles; the ends of the names are the standard's."""
    if not one.drawn:
        return {}
    at, tag, title = f"/collections/{one.id}/tiles", one.id, f"{one.title}: tiles"
    which = [_ref(name) for name in ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")]
    told = _get(f"{tag}.collection.vector.getTile", title, MVT, [*which, *map(_ref, ("datetime", *FILTERING))], tag=tag)
    told["get"]["parameters"] = told["get"]["parameters"][1:]
    told["get"]["responses"] |= {"200": {"description": title, "content": {MVT: {"schema": BINARY}}}}
    told["get"]["responses"] |= {"204": {"description": "Nothing is to be drawn there"}}
    return {
        at: _get(f"{tag}.collection.vector.getTileSetsList", title, JSON, tag=tag),
        f"{at}/{{tileMatrixSetId}}": _get(f"{tag}.collection.vector.getTileSet", title, JSON, which[:1], tag=tag),
        f"{at}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": told,
    }


def _equal(one: Property) -> dict[str, Any]:
    schema = schema_of(one)
    schema.pop("title")
    return _query(one.name, schema, "Only features of which this is so")
