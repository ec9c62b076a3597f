"""The application: routes and middleware."""

from importlib.metadata import version

import structlog
from fastapi import FastAPI

from wangge.api.lifespan import lifespan_of
from wangge.api.ogc import catalogue, editing, features, filing
from wangge.api.ogc import tiles as ogc_tiles
from wangge.api.ogc.slashes import Slashes
from wangge.api.open311 import routes as open311
from wangge.api.plumbing import problems
from wangge.api.plumbing.bodies import Bodies
from wangge.api.plumbing.content_encoding import ContentEncoding
from wangge.api.plumbing.cross_origin import CrossOrigin
from wangge.api.plumbing.description import ABOUT, TAGS, describe, operation_id
from wangge.api.plumbing.guard import Guard
from wangge.api.plumbing.kept_answers import KeptAnswers
from wangge.api.plumbing.methods import Heads
from wangge.api.plumbing.observe import Observe
from wangge.api.plumbing.proxies import Proxies
from wangge.api.plumbing.query_names import Known
from wangge.api.plumbing.tracing import Traced, provider_of
from wangge.api.plumbing.under import Under
from wangge.api.routes import description, health
from wangge.api.routes.access import accounts, changes, keys, oidc, peers, savedlists, sessions, tokens, webhooks
from wangge.api.routes.cases import (
    areas,
    atom,
    batch,
    campaigns,
    categories,
    challenges,
    classes,
    contacts,
    events,
    followed,
    lists,
    moves,
    notices,
    photos,
    public,
    queues,
    reports,
    supports,
    templates,
    words,
)
from wangge.api.routes.duty import desks, meetings, officers, organisations, policy, rosterfile, rules
from wangge.api.routes.figures import (
    attributes,
    audits,
    bulletin,
    cell_statistics,
    comparison,
    counts,
    emerging,
    exports,
    files,
    findings,
    indicators,
    integrity,
)
from wangge.api.routes.grids import (
    assetkinds,
    assets,
    bundle,
    drafts,
    locate,
    outcomes,
    overlays,
    places,
    territories,
    tiles,
)
from wangge.api.routes.viewer import mount_viewer
from wangge.data import messages
from wangge.data.languages import NEAREST
from wangge.geo.cover import kernel
from wangge.patterns.columns.kernel import kernel as scan
from wangge.store.settings import Settings

__all__ = ["create_app"]

log = structlog.get_logger(__name__)

OGC = (features, ogc_tiles, editing, filing, catalogue)
# The busiest first.
ROUTES = (
    lists,
    reports,
    moves,
    queues,
    events,
    followed,
    supports,
    challenges,
    batch,
    photos,
    locate,
    outcomes,
    overlays,
    drafts,
    places,
    assetkinds,
    assets,
    territories,
    categories,
    classes,
    campaigns,
    templates,
    public,
    atom,
    words,
    bundle,
    tiles,
    counts,
    desks,
    officers,
    rosterfile,
    organisations,
    rules,
    meetings,
    sessions,
    savedlists,
    tokens,
    oidc,
    contacts,
    notices,
    areas,
    accounts,
    keys,
    webhooks,
    peers,
    changes,
    policy,
    indicators,
    attributes,
    integrity,
    audits,
    findings,
    bulletin,
    comparison,
    cell_statistics,
    emerging,
    files,
    exports,
    open311,
    health,
    description,
)


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application for these settings; nothing of ours is read from the environment.

    Raises
    ------
    KernelMissing, MissingExtra
    """
    kernel()
    scan()
    tracing = provider_of(settings)
    app = FastAPI(
        title="Wangge",
        version=version("wangge"),
        servers=[{"url": "/"}],
        **ABOUT,
        lifespan=lifespan_of(settings, tracing),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # given out by a route of our own
        openapi_tags=[{"name": name, "description": messages.word("tags", name, NEAREST)} for name in TAGS],
        generate_unique_id_function=operation_id,
    )
    app.include_router(Under(*(module.router for module in OGC)), dependencies=[Known])
    for module in ROUTES:
        app.include_router(Under(module.router), dependencies=[Known])
    mount_viewer(app, settings)
    problems.install(app)
    describe(app)
    # The last added is the outermost.
    app.add_middleware(Bodies, settings=settings)
    app.add_middleware(ContentEncoding)
    app.add_middleware(KeptAnswers, paths=tiles.CELL_TILES, most_bytes=settings.tile_cache_mb << 20)
    app.add_middleware(Heads)
    app.add_middleware(Slashes)
    app.add_middleware(CrossOrigin, settings=settings)
    app.add_middleware(Guard)
    if tracing:
        app.add_middleware(Traced, provider=tracing)
    app.add_middleware(Observe)
    app.add_middleware(Proxies, trusted=settings.trusted_proxies)
    return app
