"""POST /v1/source and GET /v1/crops: crop relations among the photos of the library."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from photoloupe.web.routes.admission import admit, one_uploaded_file, service_of
from photoloupe.web.routes.schemas import (
    CropFamiliesBody,
    PhotoIdRequest,
    RelationsBody,
    error_responses,
    request_body,
)
from photoloupe.web.routes.uploads import is_multipart, parse_json

router = APIRouter(prefix="/v1", tags=["library"])


@router.post(
    "/source",
    response_model=RelationsBody,
    summary="Find the source of a crop",
    responses=error_responses(404, 408, 409, 413, 415),
    openapi_extra=request_body(files=("file",), json_body=PhotoIdRequest),
)
async def source(request: Request) -> JSONResponse:
    """The photos of the library that this one was cropped or copied from, the likeliest first."""
    service = service_of(request)
    async with admit(request) as chunks:
        relations = (await service.library()).relations
        if is_multipart(request):
            content = await one_uploaded_file(request, chunks)
            found = await service.work(relations.sources_of_upload, content, service.limits.photo)
        else:
            wanted = PhotoIdRequest.read(parse_json(request, chunks))
            found = await service.work(relations.sources_of_photo, wanted.id)
    return JSONResponse({"relations": found})


@router.get(
    "/crops",
    response_model=CropFamiliesBody,
    summary="List crop families",
    responses=error_responses(404),
)
async def crops(request: Request) -> JSONResponse:
    """Photos with the crops and copies made from them; the first request starts the search."""
    service = service_of(request)
    async with admit(request):
        relations = (await service.library()).relations
        return JSONResponse(await service.read(relations.families_body))
