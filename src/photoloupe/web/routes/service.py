"""The page, and what is asked about the service itself."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.staticfiles import StaticFiles

from photoloupe.version import __version__
from photoloupe.web.routes.admission import service_of
from photoloupe.web.routes.schemas import AboutBody, failures

router = APIRouter(tags=["service"])
STATIC = Path(str(files("photoloupe.web"))) / "static"
FRESH = {"Cache-Control": "no-cache"}  # asked again each time: an update is seen at once


def mount(app: FastAPI) -> None:
    app.mount("/static", Fresh(directory=STATIC), name="static")


class Fresh(StaticFiles):
    """Files with an ETag, which browsers ask about each time."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(FRESH)
        return response


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    return FileResponse(STATIC / "index.html", headers=FRESH)


@router.get("/v1/about", response_model=AboutBody, responses=failures())
async def about(request: Request) -> JSONResponse:
    """What is served, by which models, within which limits. Waits for nothing."""
    return JSONResponse(service_of(request).about(__version__))


@router.get("/healthz", response_class=PlainTextResponse)
async def healthz() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get(
    "/readyz", response_class=PlainTextResponse, responses={503: {"description": "still loading"}}
)
async def readyz(request: Request) -> PlainTextResponse:
    """Nets and catalogue are loaded."""
    ready = service_of(request).ready
    return PlainTextResponse("ready\n" if ready else "loading\n", 200 if ready else 503)


@router.get("/metrics", response_class=PlainTextResponse, responses=failures())
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(service_of(request).metrics.text(), media_type=CONTENT_TYPE_LATEST)
