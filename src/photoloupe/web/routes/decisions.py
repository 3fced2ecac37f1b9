"""Ratings and keep/reject decisions: PATCH /v1/photos/{id} and POST /v1/undo."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from photoloupe.web.routes.admission import admit, service_of
from photoloupe.web.routes.photos import PhotoId
from photoloupe.web.routes.schemas import (
    DecisionRequest,
    PhotoBody,
    error_responses,
    request_body,
)
from photoloupe.web.routes.uploads import parse_json

router = APIRouter(prefix="/v1", tags=["library"])


@router.patch(
    "/photos/{name}",
    response_model=PhotoBody,
    summary="Rate a photo, keep or reject it",
    responses=error_responses(404, 408, 409, 413, 415),
    openapi_extra=request_body(json_body=DecisionRequest),
)
async def decide(request: Request, name: PhotoId) -> JSONResponse:
    """Set the rating or decision of a photo, or remove it with null.

    Files with the same content share it.
    """
    service = service_of(request)
    async with admit(request) as chunks:
        wanted = DecisionRequest.read(parse_json(request, chunks))
        library = await service.library()
        changes = wanted.model_dump(exclude_unset=True)
        return JSONResponse(await service.read(library.decisions.decide, name, changes))


@router.post(
    "/undo",
    response_model=PhotoBody,
    summary="Undo the latest decision",
    responses=error_responses(404, 408, 409, 413),
)
async def undo(request: Request) -> JSONResponse:
    """Undo the latest change of a rating or decision since the service started."""
    service = service_of(request)
    async with admit(request):
        library = await service.library()
        return JSONResponse(await service.read(library.decisions.undo))
