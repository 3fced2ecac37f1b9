"""The page and the service itself: /, /static, /v1/about, /healthz, /readyz, /metrics."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.staticfiles import StaticFiles

from photoloupe.version import __version__
from photoloupe.web.routes.admission import service_of
from photoloupe.web.routes.schemas import AboutBody, error_responses

router = APIRouter(tags=["service"])
STATIC = Path(str(files("photoloupe.web"))) / "static"
REVALIDATE = {"Cache-Control": "no-cache"}  # browsers ask each time: an update shows at once


def mount_static_files(app: FastAPI) -> None:
    """Serve the page's scripts, styles and icons under /static."""
    app.mount("/static", RevalidatedFiles(directory=STATIC), name="static")


class RevalidatedFiles(StaticFiles):
    """Static files with an ETag that browsers check on each use."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The response of the base class, with a Cache-Control header."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(REVALIDATE)
        return response


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """The page."""
    return FileResponse(STATIC / "index.html", headers=REVALIDATE)


@router.get(
    "/v1/about",
    response_model=AboutBody,
    summary="Describe the service",
    responses=error_responses(),
)
async def about(request: Request) -> JSONResponse:
    """Version, served folder, models and limits. Answers at once, also while loading."""
    return JSONResponse(service_of(request).about(__version__))


@router.get("/healthz", response_class=PlainTextResponse, summary="Check that the process runs")
async def healthz() -> PlainTextResponse:
    """Always `ok`."""
    return PlainTextResponse("ok\n")


@router.get(
    "/readyz",
    response_class=PlainTextResponse,
    summary="Check that the service is ready",
    responses={503: {"description": "Still loading."}},
)
async def readyz(request: Request) -> PlainTextResponse:
    """`ready` once models and catalog are loaded."""
    ready = service_of(request).ready
    return PlainTextResponse("ready\n" if ready else "loading\n", 200 if ready else 503)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    summary="Get metrics",
    responses=error_responses(),
)
async def metrics(request: Request) -> Response:
    """Metrics in the Prometheus text format."""
    return Response(service_of(request).metrics.text(), media_type=CONTENT_TYPE_LATEST)
