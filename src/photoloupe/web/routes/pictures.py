"""JPEGs for browsers: thumbnails and pictures of the library's photos, previews of uploads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from photoloupe.web.library.thumbnails import make_jpeg, picture_etag
from photoloupe.web.routes.admission import admit, one_uploaded_file, service_of
from photoloupe.web.routes.photos import PhotoId
from photoloupe.web.routes.schemas import error_responses, request_body

router = APIRouter(prefix="/v1")
LONGER_SIDE = Query(description="The longer side in pixels, at most.")
ThumbnailSize = Annotated[Literal["160", "320", "640"], LONGER_SIDE]
PictureSize = Annotated[Literal["1024", "2048", "4096"], LONGER_SIDE]
PreviewSize = Annotated[Literal["320", "1024", "2048"], LONGER_SIDE]
JPEG: Any = {200: {"description": "The upright picture.", "content": {"image/jpeg": {}}}}
CACHED_JPEG: Any = {**JPEG, 304: {"description": "Not modified."}}


@router.get(
    "/photos/{name}/thumbnail",
    tags=["library"],
    response_class=Response,
    summary="Get a thumbnail",
    responses={**error_responses(404, 409, 415), **CACHED_JPEG},
)
async def thumbnail(request: Request, name: PhotoId, size: ThumbnailSize = "320") -> Response:
    """A small JPEG of a photo's file."""
    return await _cached_picture(request, name, int(size))


@router.get(
    "/photos/{name}/picture",
    tags=["library"],
    response_class=Response,
    summary="Get a large picture",
    responses={**error_responses(404, 409, 415), **CACHED_JPEG},
)
async def picture(request: Request, name: PhotoId, size: PictureSize = "2048") -> Response:
    """A large JPEG of a photo's file, never enlarged."""
    return await _cached_picture(request, name, int(size))


async def _cached_picture(request: Request, name: str, size: int) -> Response:
    service = service_of(request)
    async with admit(request):
        photos = await service.photos()
        path = await service.read(photos.file_of, name)
        etag = await service.read(picture_etag, path, size)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data = await service.work(service.pictures.picture, path, size, etag)
    return Response(data, 200, headers, "image/jpeg")


@router.post(
    "/preview",
    tags=["photos"],
    response_class=Response,
    summary="Convert an upload to JPEG",
    responses={**error_responses(408, 413, 415), **JPEG},
    openapi_extra=request_body(files=("file",)),
)
async def preview(request: Request, size: PreviewSize = "1024") -> Response:
    """An upload as a JPEG: browsers do not show HEIC, TIFF or JPEG 2000."""
    service = service_of(request)
    async with admit(request) as chunks:
        content = await one_uploaded_file(request, chunks)
        data = await service.work(make_jpeg, content, int(size), service.limits.photo)
    return Response(data, media_type="image/jpeg")
