"""Photos: sent before the report or the move that they belong to, and shown by links that expire."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from wangge.access.links import Links
from wangge.access.person import ANYONE, NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right, Role
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Language, require
from wangge.api.plumbing.idempotency import REPLAYED, IdempotencyKey
from wangge.api.plumbing.photos import LASTING, Photos, shown
from wangge.api.plumbing.problems import BadField, DatabaseUnavailable
from wangge.api.plumbing.rate_limits import RateLimited, address_of
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.photos import CoverBody, CoveredPhoto, Photo, PhotoErasures
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.reports.errors import IdempotencyConflict
from wangge.reports.evidence import photos
from wangge.reports.evidence.darkroom import BadPhoto, TooManyPhotos
from wangge.reports.evidence.photos import UnknownPhoto
from wangge.reports.evidence.pictures import PicturesUnavailable, Size

__all__ = ["photo_answers", "photo_links", "router", "take_photo"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["cases"])

BYTES = {"schema": {"type": "string", "format": "binary"}}
IMAGES = ("image/jpeg", "image/png", "image/webp", "image/heic")
BODY = dict.fromkeys((*IMAGES, "application/octet-stream"), BYTES)
JPEG = "image/jpeg"
COVERING = frozenset({Role.OFFICER, Role.COMMUNITY_DESK, Role.STREET_DESK, Role.CENTRE})


@router.post(
    "/photos",
    status_code=201,
    response_model=Photo,
    openapi_extra={"requestBody": {"required": True, "content": BODY}},
)
@refuses(BadPhoto, BadField, IdempotencyConflict, PicturesUnavailable, RateLimited, TooManyPhotos, UnknownPhoto)
async def send_photo(
    request: Request, grid: CurrentGrid, asker: Asker, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send a photo, then its `id` with the report or the move that it belongs to, within a day.

    The body is the file itself: JPEG, PNG, WebP or HEIC. It is drawn anew, without what the camera wrote into it; place
    and time of the camera are told here once, to be offered to whoever reports. An `Idempotency-Key` counts for whoever
    is signed in.
    """
    taken, before = await take_photo(request, grid, asker, await request.body(), idempotency_key)
    answer: dict[str, Any] = {
        "id": str(taken.id),
        "width": taken.width,
        "height": taken.height,
        "taken_at": taken.taken_at,
        "place": {"lon": taken.place[0], "lat": taken.place[1]} if taken.place else None,
        "expires_at": taken.expires_at,
    }
    answer |= photo_links(await request.state.photos.links(request.state.pool), request, grid, taken.id)
    headers = {"Cache-Control": "no-store"} | (REPLAYED if before else {})
    return Response(as_json(answer), 201, headers, media_type="application/json")


async def take_photo(
    request: Request, grid: Grid, asker: Person, data: bytes, key: str | None = None
) -> tuple[photos.Taken, bool]:
    """Develop and keep a photo for whoever sends it; and whether it was taken before under the same key.

    Raises
    ------
    BadField, BadPhoto, IdempotencyConflict, PicturesUnavailable, RateLimited, TooManyPhotos
    """
    if asker is ANYONE:
        request.state.rates.count("photo", address_of(request))
    if not data:
        raise BadField(field="body", reason="missing")
    kept: Photos = request.state.photos
    pool, owner = request.state.pool, asker.sender(grid.territory)
    key = key if owner else None
    if key is not None:
        async with pool.connection() as connection:
            before = await photos.taken_before(connection, grid.territory, owner, key, data)
        if before is not None:
            return before, True
    developed = await kept.darkroom.develop(data, known=asker is not ANYONE)
    taken = await photos.keep(pool, kept.pictures, grid.territory, grid.timezone, owner, data, developed, key)
    return taken, False


@router.get(
    "/photos/{photo}/{size}",
    response_class=Response,
    responses={200: {"content": {JPEG: BYTES}, "description": "The picture"}},
)
@refuses(UnknownPhoto, PicturesUnavailable, NotSignedIn, NotAllowed, DatabaseUnavailable)
async def get_photo(
    request: Request,
    grid: CurrentGrid,
    asker: Asker,
    photo: UUID,
    size: Size,
    expires: Annotated[int | None, Query(ge=0, lt=1 << 40, description="Of a link that was signed")] = None,
    signature: Annotated[str | None, Query(max_length=64, description="Of a link that was signed")] = None,
) -> Response:
    """A photo, as the links of a case show it; without a signature, to those who see the case."""
    kept: Photos = request.state.photos
    left = 0
    if expires is not None and signature is not None:
        links = await kept.links(request.state.pool)
        left = links.left_s(shown(grid.territory, photo, size), expires, signature)
    scope = None if left else asker.scope(grid.territory, Right.READ)
    async with request.state.pool.connection() as connection:
        seen = await photos.is_seen(connection, grid.territory, photo, scope)
    picture = await kept.pictures.get(grid.territory, photo, size) if seen else None
    if picture is None:
        raise UnknownPhoto(known=[])
    headers = {
        "Cache-Control": f"private, max-age={left}, immutable" if left else "private, no-store",
        "Content-Disposition": f'inline; filename="{photo.hex[:8]}.jpg"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(picture, headers=headers, media_type=JPEG)


@refuses(NotSignedIn, NotAllowed)
async def _covering(asker: Asker, grid: CurrentGrid) -> Scope:
    """Whose cases somebody covers photos of: officers and desks, in their cells."""
    seen = asker.scope(grid.territory, Right.READ)
    if not asker.roles_in(grid.territory) & COVERING:
        raise asker.refusal(Right.MOVE, grid.territory)
    return seen


@router.put("/photos/{photo}/public", response_model=CoveredPhoto)
@refuses(UnknownPhoto, PicturesUnavailable, BadPhoto, TooManyPhotos, DatabaseUnavailable)
async def cover_photo(
    request: Request,
    grid: CurrentGrid,
    asker: Asker,
    seen: Annotated[Scope, Depends(_covering)],
    photo: UUID,
    body: CoverBody,
) -> Response:
    """Let the public see a photo of a case, with faces and plates covered: squares, touching ones as one patch.

    The service draws it anew; nothing of what is covered is in it. The photo itself stays with those who see the case.
    """
    kept: Photos = request.state.photos
    pool = request.state.pool
    async with pool.connection() as connection:
        known = await photos.is_seen(connection, grid.territory, photo, seen)
    picture = await kept.pictures.get(grid.territory, photo, "large") if known else None
    if picture is None:
        raise UnknownPhoto(known=[])
    made = await kept.darkroom.cover(picture, body.cells)
    await photos.put_covered(pool, kept.pictures, grid.territory, photo, made, asker.name)
    answer = {"id": str(photo)} | photo_links(await kept.links(pool), request, grid, photo, public=True)
    return Response(as_json(answer), headers={"Cache-Control": "no-store"}, media_type="application/json")


@router.get("/audit/photo-erasures", response_model=PhotoErasures, dependencies=[require(Right.READ_AUDIT)])
async def list_photo_erasures(
    connection: Connection, grid: CurrentGrid, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """Photos of cases that were erased because their time was over; the last first."""
    return {"erasures": await photos.erasures(connection, grid.territory, limit)}


async def photo_answers(request: Request, grid: Grid, rows: Iterable[Any], language: Language) -> list[dict[str, Any]]:
    """The photos of a case as its answer tells them, with links that show them for a while."""
    found = list(rows)
    if not found:
        return []
    links = await request.state.photos.links(request.state.pool)
    return [
        {
            "id": str(row.id),
            "version": row.version,
            "move": row.move,
            "title": messages.word("moves", row.move, language) if row.move else "",
            "at": row.at or row.sent_at,
            "actor": row.actor,
            "taken_at": row.taken_at,
            "width": row.width,
            "height": row.height,
            "covered_at": row.covered_at,
        }
        | photo_links(links, request, grid, row.id)
        for row in found
    ]


def photo_links(
    links: Links, request: Request, grid: Grid, photo: UUID, lasting: timedelta = LASTING, *, public: bool = False
) -> dict[str, str]:
    """Addresses that show a photo for a while, large and small; `public`: with what was covered."""
    base = f"{request.scope.get('root_path', '')}/api/v1/territories/{grid.territory}/photos/{photo}"

    def link(size: Size) -> str:
        return f"{base}/{size}?{urlencode(links.sign(shown(grid.territory, photo, size), lasting))}"

    if public:
        return {"large": link("public-large"), "small": link("public-small")}
    return {"large": link("large"), "small": link("small")}
