"""POST /v1/crop: is one of two uploads a crop of the other?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from photoloupe.crops.crop import NO_RELATION
from photoloupe.errors import PhotoError
from photoloupe.media.photo import Content, Limits, Photo, open_photo
from photoloupe.web.errors import RequestError
from photoloupe.web.routes.admission import admit, service_of, uploaded_files
from photoloupe.web.routes.schemas import ComparisonBody, error_responses, request_body
from photoloupe.web.routes.uploads import UploadedFile

router = APIRouter(prefix="/v1", tags=["photos"])


@router.post(
    "/crop",
    response_model=ComparisonBody,
    summary="Compare two photos",
    responses=error_responses(408, 413, 415),
    openapi_extra=request_body(files=("a", "b")),
)
async def crop(request: Request) -> JSONResponse:
    """Is one of two photos a crop of the other? `crop` and `source` are `a` or `b`."""
    service = service_of(request)
    async with admit(request) as chunks:
        files = sorted(await uploaded_files(request, chunks), key=lambda file: file.form_field)
        if [file.form_field for file in files] != ["a", "b"]:
            raise RequestError(422, "invalid", "expected two files named 'a' and 'b'")
        return JSONResponse(await service.work(_compare, files, service.limits.photo))


def _compare(files: list[UploadedFile], limits: Limits) -> dict[str, Any]:
    from photoloupe.crops.compare import compare

    photos = [_open(file, limits) for file in files]
    found = compare(*photos, limits=limits)
    if found is None:
        return {**NO_RELATION, "words": None, "source_wh": None, "crop_wh": None}
    size_wh = {photo.facts.path: [photo.facts.width, photo.facts.height] for photo in photos}
    names = {file.form_field: file.name for file in files}
    named = replace(found, crop=names[found.crop], source=names[found.source])
    sizes = {"source_wh": size_wh[found.source], "crop_wh": size_wh[found.crop]}
    return {**found.to_dict(), "words": named.in_words(), **sizes}


def _open(file: UploadedFile, limits: Limits) -> Photo:
    """The photo, called `a` or `b`: two uploads may have one name. Errors call it by its name."""
    from photoloupe.crops.picture import LONG_SIDE

    content = Content(file.form_field, bytes(file.data))
    try:
        return open_photo(content, min_pixels=LONG_SIDE * LONG_SIDE, limits=limits)
    except PhotoError as error:
        raise PhotoError(error.code, file.name, error.message) from error
