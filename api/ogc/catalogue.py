"""What a territory offers to everybody, as open-data portals harvest it: DCAT-AP 3 in JSON-LD."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from wangge.access.person import ANYONE
from wangge.api.ogc import queries
from wangge.api.ogc.answering import here_of, tagged
from wangge.api.ogc.cells import CELLS
from wangge.api.ogc.collection import Collection
from wangge.api.ogc.collections import list_collections
from wangge.api.ogc.features import TAG
from wangge.api.ogc.territory import Described, Territory
from wangge.api.plumbing.accepting import GEOJSON
from wangge.api.plumbing.addresses import base_of
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid, Language
from wangge.api.routes.figures.files import MEDIA
from wangge.data import messages
from wangge.data.languages import LANGUAGES, spoken
from wangge.geo.grid import Grid
from wangge.store.engine import named_rows

__all__ = ["LINKED_DATA", "router"]

router = APIRouter(prefix="/ogc", tags=[TAG], include_in_schema=False)

LINKED_DATA = "application/ld+json"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
FEATURES = "http://www.opengis.net/def/interface/ogcapi-features"
TYPES = "http://www.iana.org/assignments/media-types/"


@router.get("/{territory}/dcat")
async def ogc_dcat(
    request: Request, territory: Described, connection: Connection, grid: CurrentGrid, language: Language
) -> Response:
    """The catalogue, the same for everybody: what is public, in every language."""
    told = {one: await list_collections(connection, grid, ANYONE, one) for one in LANGUAGES}
    editions = await named_rows(connection, queries.EDITIONS, {"territory": grid.territory})
    here = here_of(request, territory.code)
    first = next(iter(told.values()))
    datasets = [
        _dataset(request, territory, grid, {name: found[at] for name, found in told.items()}, editions)
        for at in range(len(first))
    ]
    [(released,)] = await named_rows(connection, queries.LAST_RELEASE, {"territory": grid.territory})
    for one in datasets:
        if released and one["dct:identifier"].endswith("/published-counts"):
            one["dct:modified"] = _moment(released)
    document = {
        "@context": CONTEXT,
        "@id": f"{here}/dcat",
        "@type": "dcat:Catalog",
        "dct:title": _spoken(territory.name),
        "dct:description": _spoken(_about(territory)),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": territory.source},
        "dct:license": territory.licence,
        "dct:spatial": _place(territory),
        "dcat:service": {
            "@id": here,
            "@type": "dcat:DataService",
            "dct:title": "OGC API",
            "dcat:endpointURL": {"@id": here},
            "dcat:endpointDescription": {"@id": f"{here}/api"},
            "dct:conformsTo": {"@id": FEATURES},
            "dcat:servesDataset": [{"@id": one["@id"]} for one in datasets],
        },
        "dcat:dataset": datasets,
    }
    return tagged(request, as_json(document), LINKED_DATA, language, {})


def _dataset(
    request: Request,
    territory: Territory,
    grid: Grid,
    told: Mapping[str, Collection],
    editions: Sequence[Any],
) -> dict[str, Any]:
    """One collection as a dataset, with the forms in which it can be had."""
    name = next(iter(told.values())).id
    here = here_of(request, territory.code, "collections", name)
    answer: dict[str, Any] = {
        "@id": here,
        "@type": "dcat:Dataset",
        "dct:identifier": f"{territory.code}/{name}",
        "dct:title": _spoken({language: one.title for language, one in told.items()}),
        "dct:description": _spoken({language: one.description for language, one in told.items()}),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": territory.source},
        "dct:spatial": _place(territory),
        "dcat:landingPage": {"@id": f"{here}?f=html"},
    }
    forms = [_distribution(territory, f"{here}/items?f=json&limit=10000", GEOJSON)]
    if name.startswith(CELLS):
        level = name.removeprefix(CELLS)
        files = f"{base_of(request)}/api/v1/territories/{territory.code}/files/cells"
        for form, media in MEDIA.items():
            address = f"{files}.{form}?level={level}"
            forms.append(_distribution(territory, address, media) | {"dcat:downloadURL": {"@id": address}})
        answer["dcat:version"] = grid.edition
        answer["dcat:hasVersion"] = [
            {
                "@id": f"{here}/items?datetime={one.valid_from}",
                "@type": "dcat:Dataset",
                "dcat:version": one.label,
                "dct:title": one.label,
                "dct:issued": _moment(one.published_at),
                "dct:temporal": _time(one.valid_from, one.valid_to),
            }
            for one in editions
        ]
    return answer | {"dcat:distribution": forms}


def _distribution(territory: Territory, address: str, media: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": address},
        "dcat:mediaType": {"@id": TYPES + media.partition(";")[0]},
        "dct:license": territory.licence,
    }


def _moment(at: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": at.isoformat()}


def _about(territory: Territory) -> dict[str, str]:
    facts = {"source": territory.source, "licence": territory.licence}
    return {
        one: messages.word("ogc", "landing", one, territory=spoken(territory.name, one, territory.code), **facts)
        for one in LANGUAGES
    }


def _spoken(names: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@language": language, "@value": name} for language, name in names.items()]


def _place(territory: Territory) -> dict[str, Any]:
    west, south, east, north = territory.bbox
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = ",".join(f"{lon} {lat}" for lon, lat in corners)
    return {
        "@type": "dct:Location",
        "dcat:bbox": {"@type": "geo:wktLiteral", "@value": f"POLYGON(({ring}))"},
    }


def _time(since: Any, until: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"@type": "dct:PeriodOfTime", "dcat:startDate": {"@type": "xsd:date", "@value": str(since)}}
    return told | ({"dcat:endDate": {"@type": "xsd:date", "@value": str(until)}} if until else {})
