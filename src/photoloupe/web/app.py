"""The ASGI app: routes, and in front of them the guard and the clock.

Measured -> Guard -> CORS (if origins are named) -> routes -> Service
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from photoloupe.version import __version__
from photoloupe.web import errors as refusals
from photoloupe.web.metrics import Measured
from photoloupe.web.routes import library as routes_library
from photoloupe.web.routes import photos as routes_photos
from photoloupe.web.routes import service as routes_service
from photoloupe.web.security.guard import Guard
from photoloupe.web.service import Service
from photoloupe.web.settings import Settings

ABOUT = "How good does a photo look, is it a selfie, squished, or cut out of that other one?"


def make_app(settings: Settings) -> FastAPI:
    """Loading begins when the app starts; see Service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = service = Service(settings)
        yield
        service.close()

    app = FastAPI(
        title="photoloupe", version=__version__, description=ABOUT, lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json",
    )  # fmt: skip
    refusals.install(app)
    routers = [room.router for room in (routes_photos, routes_library, routes_service)]
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    routes_service.mount(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=["Authorization", "Content-Type"],
        )  # fmt: skip
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Measured)
    return app
