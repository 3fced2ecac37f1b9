"""Why a request gets no answer: one JSON shape, a stable code, words for a person.

{"error": {"code": "too_large", "message": "over the limit of 67,108,864 bytes"}}
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from photoloupe.errors import CatalogError, PhotoError

#: HTTP status of each `PhotoError.code`; bytes are counted before, so `too_large` means pixels.
PHOTO_STATUS = {
    "not_found": 404,
    "not_a_file": 404,
    "not_permitted": 403,
    "unsupported": 415,
    "changed": 409,
}
CODES = {404: "not_found", 405: "not_allowed"}  # of what no route of ours said
LOG = logging.getLogger("photoloupe.web")


class Refusal(Exception):
    """A request that is not answered. code: stable across versions; message: for a person."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        content = {"error": {"code": self.code, "message": self.message}}
        return JSONResponse(content, self.status, self.headers)


def of_photo(error: PhotoError) -> Refusal:
    """A photo that cannot be used, where it is the only one that was asked about."""
    path = Path(error.path)
    name = path.name if path.is_absolute() else error.path  # clients know no whole paths
    return Refusal(PHOTO_STATUS.get(error.code, 422), error.code, f"{name}: {error.message}")


def install(app: FastAPI) -> None:
    """Every failure has the one shape."""

    @app.exception_handler(Refusal)
    def _refusal(_: Request, error: Any) -> JSONResponse:
        response: JSONResponse = error.response()
        return response

    @app.exception_handler(PhotoError)
    def _photo(_: Request, error: Any) -> JSONResponse:
        return of_photo(error).response()

    @app.exception_handler(CatalogError)
    def _catalog(_: Request, error: Any) -> JSONResponse:
        LOG.error("%s", error)
        return Refusal(503, "catalog", "the catalogue cannot be used just now").response()

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: Any) -> JSONResponse:
        return Refusal(422, "invalid", in_words(error.errors())).response()

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: Any) -> JSONResponse:
        code, headers = CODES.get(error.status_code, "refused"), dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(request)))
        return Refusal(error.status_code, code, str(error.detail), headers).response()

    @app.exception_handler(Exception)
    def _bug(_: Request, error: Any) -> JSONResponse:
        return Refusal(500, "internal", "a mistake in photoloupe; its log says more").response()


def _methods(request: Request) -> set[str]:
    """Of all routes that have this path; the first of them knows only its own."""
    routes = request.app.state.routes
    there = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    return {method for route in there for method in getattr(route, "methods", None) or ()}


def in_words(errors: Any) -> str:
    """What pydantic found: `query, limit: Input should be less than or equal to 200`."""
    said = [
        f"{', '.join(str(part) for part in error['loc'])}: {error['msg']}".removeprefix(": ")
        for error in errors
    ]
    return "; ".join(said)[:1000]
