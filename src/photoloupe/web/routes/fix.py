"""POST /v1/fix: the un-squished copy of a squished photo."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from photoloupe.errors import PhotoError
from photoloupe.media.photo import Content, Limits, read_content
from photoloupe.report import PhotoReport
from photoloupe.uses.fix_files import repaired_copy
from photoloupe.uses.repair import check_size, repaired_size
from photoloupe.web.errors import RequestError
from photoloupe.web.routes.admission import admit, one_uploaded_file, service_of
from photoloupe.web.routes.schemas import PhotoIdRequest, error_responses, request_body
from photoloupe.web.routes.uploads import is_multipart, parse_json

router = APIRouter(prefix="/v1", tags=["photos"])
Shrink = Annotated[
    bool, Query(description="Shrink the other side instead of enlarging the squeezed one.")
]
MEDIA_TYPES = {"JPEG2000": "image/jp2", "HEIF": "image/heic"}  # others: image/ and the format
REASONS = {
    "unsure": "the model is not sure that it is squished; nothing was repaired",
    "not_squished": "it is not squished; nothing was repaired",
}


@router.post(
    "/fix",
    response_class=Response,
    summary="Repair a squished photo",
    responses={
        **error_responses(404, 408, 409, 413, 415),
        200: {"description": "The repaired copy.", "content": {"image/*": {}}},
    },
    openapi_extra=request_body(files=("file",), json_body=PhotoIdRequest),
)
async def fix(request: Request, shrink: Shrink = False) -> Response:
    """The un-squished copy of a squished photo, in its own format; 409 if it is not squished."""
    service = service_of(request)
    async with admit(request) as chunks:
        if is_multipart(request):
            content, limits = await one_uploaded_file(request, chunks), service.limits.photo
        else:
            wanted, limits = PhotoIdRequest.read(parse_json(request, chunks)), Limits()
            photos = await service.photos()
            content = await service.read(lambda: read_content(photos.file_of(wanted.id)))
        report = (await service.answer(content)).report
        data = await service.work(_repair, content, report, shrink, limits)
    name = PurePath(content.name)
    kind = MEDIA_TYPES.get(report.format or "", f"image/{(report.format or '').lower()}")
    return Response(data, 200, _attachment(f"{name.stem}-fixed{name.suffix}"), kind)


def _repair(content: Content, report: PhotoReport, shrink: bool, limits: Limits) -> bytes:
    if report.error is not None:
        raise report.error
    if report.note is not None:
        raise PhotoError("no_photograph", content.name, report.note)
    squish = report.squish
    assert squish is not None, "a shipped model answers squish"
    if not squish.squished:
        code = "unsure" if squish.unsure else "not_squished"
        raise RequestError(409, code, f"{PurePath(content.name).name}: {REASONS[code]}")
    size_wh = repaired_size((report.width or 1, report.height or 1), squish, shrink=shrink)
    check_size(size_wh, content.name, limits)
    return repaired_copy(content, size_wh, limits)


def _attachment(name: str) -> dict[str, Any]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
