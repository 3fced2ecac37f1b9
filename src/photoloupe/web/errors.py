"""Why a request fails: one JSON shape with a stable code and a message for people.

{"error": {"code": "too_large", "message": "over the limit of 67,108,864 bytes per request"}}
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from photoloupe.errors import CatalogError, PhotoError

#: HTTP status of each `PhotoError.code`, else 422. Here `too_large` means pixels.
PHOTO_STATUS = {
    "not_found": 404,
    "not_a_file": 404,
    "not_permitted": 403,
    "unsupported": 415,
    "changed": 409,
}
HTTP_CODES = {404: "not_found", 405: "not_allowed"}  # for errors that the framework raises
ERRNO = re.compile(r"\[Errno \d+\] ")
QUOTED_PATH = re.compile(r": '[^']*'(?: -> '[^']*')?$")
LOG = logging.getLogger("photoloupe.web")


class RequestError(Exception):
    """A request that fails: HTTP status, a code that is stable across versions, a message."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """The JSON response that clients get."""
        content = {"error": {"code": self.code, "message": self.message}}
        return JSONResponse(content, self.status, self.headers)


def photo_request_error(error: PhotoError) -> RequestError:
    """The error of a request about this one photo. Paths are cut to the file's name."""
    path = Path(error.path)
    name = path.name if path.is_absolute() else error.path
    return RequestError(PHOTO_STATUS.get(error.code, 422), error.code, f"{name}: {error.message}")


def reason_without_path(text: str) -> str:
    """The reason in an error's text for people, without paths and error numbers.

    "[Errno 28] No space left on device: '/data/a'" -> "No space left on device"
    """
    reason = QUOTED_PATH.sub("", ERRNO.sub("", text))
    return reason.rpartition(": ")[2] or "see the log of the service"


def install_error_responses(app: FastAPI) -> None:
    """Give every failure of the app the one JSON shape."""

    @app.exception_handler(RequestError)
    def _request(_: Request, error: Any) -> JSONResponse:
        response: JSONResponse = error.response()
        return response

    @app.exception_handler(PhotoError)
    def _photo(_: Request, error: Any) -> JSONResponse:
        return photo_request_error(error).response()

    @app.exception_handler(CatalogError)
    def _catalog(_: Request, error: Any) -> JSONResponse:
        LOG.error("%s", error)
        return RequestError(503, "catalog", "the catalog cannot be used right now").response()

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: Any) -> JSONResponse:
        return RequestError(422, "invalid", validation_message(error.errors())).response()

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: Any) -> JSONResponse:
        code, headers = HTTP_CODES.get(error.status_code, "refused"), dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(request)))
        return RequestError(error.status_code, code, str(error.detail), headers).response()

    @app.exception_handler(Exception)
    def _bug(_: Request, error: Any) -> JSONResponse:
        message = "internal error; the log of the service has the details"
        return RequestError(500, "internal", message).response()


def _methods(request: Request) -> set[str]:
    """Methods of all routes of this path: the framework's own Allow names only the first's."""
    routes = request.app.state.routes
    matching = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    return {method for route in matching for method in getattr(route, "methods", None) or ()}


def validation_message(errors: Any) -> str:
    """pydantic's errors as text: `query, limit: Input should be less than or equal to 200`."""
    messages = [
        f"{', '.join(str(step) for step in error['loc'])}: {error['msg']}".removeprefix(": ")
        for error in errors
    ]
    return "; ".join(messages)[:1000]
