"""GET and POST /v1/similar: photos of the library that look like a photo."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from photoloupe.web.routes.admission import admit, one_uploaded_file, service_of
from photoloupe.web.routes.schemas import SimilarPhotosBody, error_responses, request_body

router = APIRouter(prefix="/v1", tags=["library"])
Id = Annotated[str, Query(description="The id of a photo.")]
Count = Annotated[int, Query(ge=1, le=200, description="How many photos at most.")]


@router.get(
    "/similar",
    response_model=SimilarPhotosBody,
    summary="Find photos similar to one of the library",
    responses=error_responses(404, 409),
)
async def similar(request: Request, id: Id, count: Count = 50) -> JSONResponse:
    """The photos most similar to this one, the most similar first, without the photo itself."""
    service = service_of(request)
    async with admit(request):
        photos = await service.photos()
        from photoloupe.web.library.similar import similar_to_photo  # PyArrow is loaded by now

        found = await service.read(similar_to_photo, photos, id, count)
    return JSONResponse({"photos": found})


@router.post(
    "/similar",
    response_model=SimilarPhotosBody,
    summary="Find photos similar to an upload",
    responses=error_responses(404, 408, 413, 415),
    openapi_extra=request_body(files=("file",)),
)
async def similar_to_upload(request: Request, count: Count = 50) -> JSONResponse:
    """The photos of the library most similar to an upload, the most similar first."""
    service = service_of(request)
    async with admit(request) as chunks:
        photos = await service.photos()
        answer = await service.answer(await one_uploaded_file(request, chunks))
        from photoloupe.web.library.similar import similar_to_answer

        found = await service.read(similar_to_answer, photos, answer, count)
    return JSONResponse({"photos": found})
