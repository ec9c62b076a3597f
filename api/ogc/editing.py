"""OGC API – Features, Part 4: the base grids of a draft, drawn, changed and taken away by any GIS that keeps to it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from wangge.api.ogc.answering import here_of
from wangge.api.ogc.cells import DRAFT
from wangge.api.ogc.collection import UnknownFeature
from wangge.api.ogc.collections import find_collection
from wangge.api.ogc.edited import SAYS_WHAT, crs_of_content, parse_changes
from wangge.api.ogc.features import TAG
from wangge.api.ogc.territory import Described
from wangge.api.plumbing.deps import Language, Writing
from wangge.api.plumbing.if_match import etag, version_of
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.query_names import BadQuery
from wangge.api.plumbing.reach import Planning
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.drafts import FeatureBody, FeaturePatch
from wangge.planning.drafts import cells
from wangge.planning.drafts.cells import CodeTaken, TooManyCells, UnknownDraftCell, UnknownParent
from wangge.planning.drafts.drafts import UnknownDraft, find_draft
from wangge.store.versions import Stale

__all__ = ["router"]

# Addresses of their own, so that OPTIONS says of a draft, and of nothing else, that it is written to.
router = APIRouter(prefix="/ogc/{territory}/collections/draft-{draft}", tags=[TAG], include_in_schema=False)

Label = Annotated[str, Path(alias="draft")]
Name = Annotated[str, Path(alias="feature")]


@router.post("/items", status_code=201, dependencies=SAYS_WHAT)
@refuses(UnknownDraft, BadQuery, BadField, CodeTaken, TooManyCells, UnknownParent)
async def ogc_create(
    request: Request, territory: Described, connection: Writing, reach: Planning,
    language: Language, draft: Label, body: FeatureBody,
) -> Response:  # fmt: skip
    """Draw a base grid."""
    crs = crs_of_content(request, territory.crs)
    into = await find_draft(connection, reach.grid.territory, draft)
    collection = await find_collection(connection, reach.grid, reach.person, language, DRAFT + into.label)
    number, version = await cells.add(connection, into, parse_changes(body, collection, crs), by=reach.person.name)
    here = here_of(request, territory.code, "collections", collection.id, "items", str(number))
    return Response(status_code=201, headers={"Location": here} | etag(version))


@router.put("/items/{feature}", status_code=204, dependencies=SAYS_WHAT)
@refuses(UnknownDraft, UnknownFeature, BadQuery, BadField, CodeTaken, UnknownParent, Stale)
async def ogc_replace(
    request: Request, territory: Described, connection: Writing, reach: Planning,
    language: Language, draft: Label, feature: Name, body: FeatureBody,
) -> Response:  # fmt: skip
    """Put another base grid in the place of one."""
    return await _change(request, territory, connection, reach, language, draft, feature, body)


@router.patch("/items/{feature}", status_code=204, dependencies=SAYS_WHAT)
@refuses(UnknownDraft, UnknownFeature, BadQuery, BadField, CodeTaken, UnknownParent, Stale)
async def ogc_update(
    request: Request, territory: Described, connection: Writing, reach: Planning,
    language: Language, draft: Label, feature: Name, body: FeaturePatch,
) -> Response:  # fmt: skip
    """Change something of a base grid, by JSON Merge Patch."""
    return await _change(request, territory, connection, reach, language, draft, feature, body)


@router.delete("/items/{feature}", status_code=204)
@refuses(UnknownDraft, UnknownFeature, Stale)
async def ogc_delete(request: Request, connection: Writing, reach: Planning, draft: Label, feature: Name) -> None:
    """Take a base grid out of a draft."""
    into = await find_draft(connection, reach.grid.territory, draft)
    try:
        await cells.remove(connection, into, _number(draft, feature), version=_version(request))
    except UnknownDraftCell:
        raise UnknownFeature(collection=DRAFT + draft[:64], feature=feature[:200]) from None


async def _change(
    request: Request, territory: Described, connection: Writing, reach: Planning, language: Language,
    draft: str, feature: str, body: FeatureBody | FeaturePatch,
) -> Response:  # fmt: skip
    crs = crs_of_content(request, territory.crs)
    into = await find_draft(connection, reach.grid.territory, draft)
    collection = await find_collection(connection, reach.grid, reach.person, language, DRAFT + into.label)
    number, changes = _number(draft, feature), parse_changes(body, collection, crs)
    try:
        changed = await cells.change(connection, into, number, changes, version=_version(request), by=reach.person.name)
    except UnknownDraftCell:
        raise UnknownFeature(collection=collection.id, feature=feature[:200]) from None
    return Response(status_code=204, headers=dict(etag(changed)))


def _version(request: Request) -> int | None:
    return version_of(request.headers.get("if-match"))


def _number(draft: str, feature: str) -> int:
    """The id of a base grid; raises UnknownFeature where nothing can be called so."""
    told: Any = feature if feature.isascii() and feature.isdecimal() and len(feature) < 19 else None
    if told is None:
        raise UnknownFeature(collection=DRAFT + draft[:64], feature=feature[:200])
    return int(told)
