"""The ASGI application: routes, with the guard and the metrics in front of them.

MetricsMiddleware -> RequestGuard -> CORS (if origins are allowed) -> routes -> Service
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from photoloupe.version import __version__
from photoloupe.web.errors import install_error_responses
from photoloupe.web.metrics import MetricsMiddleware
from photoloupe.web.routes import (
    crop,
    crop_families,
    decisions,
    fix,
    inspect,
    photos,
    pictures,
    service,
    similar,
)
from photoloupe.web.security.request_guard import RequestGuard
from photoloupe.web.service import Service
from photoloupe.web.settings import Settings

DESCRIPTION = (
    "Rates photos, recognises selfies, finds and repairs squished photos, and finds crops: "
    "for uploads and for the photos of a served folder."
)
ROUTE_MODULES = (
    inspect, crop, fix, photos, pictures, decisions, similar, crop_families, service,
)  # fmt: skip


def make_app(settings: Settings) -> FastAPI:
    """The application for these settings. Models and catalog are loaded once it is started."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = running = Service(settings)
        yield
        running.close()

    app = FastAPI(
        title="photoloupe", version=__version__, description=DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json",
    )  # fmt: skip
    install_error_responses(app)
    _add_routes(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=["Authorization", "Content-Type"],
        )  # fmt: skip
    app.add_middleware(RequestGuard, settings=settings)
    app.add_middleware(MetricsMiddleware)
    return app


def _add_routes(app: FastAPI) -> None:
    """Add every route module; app.state.routes lists the routes for the Allow header of a 405."""
    routers = [module.router for module in ROUTE_MODULES]
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    service.mount_static_files(app)
