"""What is asked about uploads: inspect, crop, fix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from photoloupe.crops.crop import NO_RELATION
from photoloupe.errors import PhotoError
from photoloupe.media.photo import Content, Limits, open_photo, read_content
from photoloupe.report import PhotoReport
from photoloupe.uses.fix_files import repaired_copy
from photoloupe.uses.repair import check_size, repaired_size
from photoloupe.web.errors import Refusal, of_photo
from photoloupe.web.library.pictures import make_jpeg
from photoloupe.web.routes.admission import service_of, turn
from photoloupe.web.routes.schemas import (
    IdWish,
    PairBody,
    PathsWish,
    ReportsBody,
    body,
    failures,
)
from photoloupe.web.routes.uploads import Part, is_multipart, parse_json, parse_multipart
from photoloupe.web.service import Service, renamed

router = APIRouter(prefix="/v1", tags=["photos"])
KINDS = {"JPEG2000": "image/jp2", "HEIF": "image/heic"}


async def parts_of(request: Request, pieces: list[bytes]) -> list[Part]:
    """The files of a form. Raises Refusal."""
    service = service_of(request)
    kind = request.headers.get("content-type", "")
    return await service.work(parse_multipart, kind, pieces, service.limits.files)


async def one_part(request: Request, pieces: list[bytes], field: str = "file") -> Content:
    """The one file of that name, and no other. Raises Refusal."""
    found = await parts_of(request, pieces)
    if [part.key for part in found] != [field]:
        raise Refusal(422, "invalid", f"one file named {field!r}, please")
    return found[0].content


@router.post(
    "/inspect",
    response_model=ReportsBody,
    responses=failures(404, 408, 413, 415),
    openapi_extra=body(files=("files",), many=True, wish=PathsWish),
)
async def inspect(request: Request) -> JSONResponse:
    """Every question about every photo: uploads, or files inside the served folder.

    If one photo is asked about and it cannot be used, that is the answer's status. Of several, each
    has its own `error`.
    """
    service = service_of(request)
    async with turn(request) as pieces:
        if is_multipart(request):
            parts = await parts_of(request, pieces)
            if not parts or any(part.key != "files" for part in parts):
                raise Refusal(422, "invalid", "one file or several named 'files', please")
            reports = await service.inspect([part.content for part in parts])
        else:
            wish = PathsWish.read(parse_json(request, pieces))
            reports = await _inspect_paths(service, wish.paths)
    if len(reports) == 1 and reports[0].error is not None:
        raise of_photo(reports[0].error)
    return JSONResponse({"photos": [report.to_dict() for report in reports]})


async def _inspect_paths(service: Service, names: list[str]) -> list[PhotoReport]:
    if len(names) > service.limits.paths:
        raise Refusal(422, "too_many", f"over the limit of {service.limits.paths} paths a request")
    files = [await service.file(name) for name in names]
    reports = await service.inspect(files)
    return [
        renamed(report, name) if report.error is None else _named_error(report.error, name)
        for report, name in zip(reports, names, strict=True)
    ]


def _named_error(error: PhotoError, name: str) -> PhotoReport:
    return PhotoReport(path=name, error=PhotoError(error.code, name, error.message))


@router.post(
    "/crop",
    response_model=PairBody,
    responses=failures(408, 413, 415),
    openapi_extra=body(files=("a", "b")),
)
async def crop(request: Request) -> JSONResponse:
    """Is one of two photos cut out of the other? `crop` and `source` are `a` or `b`."""
    service = service_of(request)
    async with turn(request) as pieces:
        parts = sorted(await parts_of(request, pieces), key=lambda part: part.key)
        if [part.key for part in parts] != ["a", "b"]:
            raise Refusal(422, "invalid", "two files named 'a' and 'b', please")
        return JSONResponse(await service.work(_compare, parts, service.limits.photo))


def _compare(parts: list[Part], limits: Limits) -> dict[str, Any]:
    from photoloupe.crops.compare import compare
    from photoloupe.crops.picture import LONG_SIDE

    contents = [Content(part.key, bytes(part.data)) for part in parts]
    least = LONG_SIDE * LONG_SIDE
    photos = [open_photo(content, min_pixels=least, limits=limits) for content in contents]
    found = compare(*photos, limits=limits)
    if found is None:
        return {**NO_RELATION, "words": None, "source_wh": None, "crop_wh": None}
    size_wh = {photo.facts.path: [photo.facts.width, photo.facts.height] for photo in photos}
    names = {part.key: part.name for part in parts}
    told = replace(found, crop=names[found.crop], source=names[found.source])
    sizes = {"source_wh": size_wh[found.source], "crop_wh": size_wh[found.crop]}
    return {**found.to_dict(), "words": told.in_words(), **sizes}


@router.post(
    "/preview",
    response_class=Response,
    responses={
        **failures(408, 413, 415),
        200: {"description": "The picture, upright.", "content": {"image/jpeg": {}}},
    },
    openapi_extra=body(files=("file",)),
)
async def preview(request: Request, size: Literal["320", "1024", "2048"] = "1024") -> Response:
    """An upload as a JPEG: browsers show no HEIC, TIFF or JPEG 2000."""
    service = service_of(request)
    async with turn(request) as pieces:
        content = await one_part(request, pieces)
        data = await service.work(make_jpeg, content, int(size), service.limits.photo)
    return Response(data, media_type="image/jpeg")


@router.post(
    "/fix",
    response_class=Response,
    responses={
        **failures(404, 408, 409, 413, 415),
        200: {"description": "The repaired copy.", "content": {"image/*": {}}},
    },
    openapi_extra=body(files=("file",), wish=IdWish),
)
async def fix(request: Request, shrink: bool = False) -> Response:
    """The un-squished copy of a squished photo, in its own format; 409 if there is none to make.

    shrink: shrink the other side instead of enlarging the squeezed one.
    """
    service = service_of(request)
    async with turn(request) as pieces:
        if is_multipart(request):
            content, limits = await one_part(request, pieces), service.limits.photo
        else:
            wish, limits = IdWish.read(parse_json(request, pieces)), Limits()
            library = await service.library()
            content = await service.read(lambda: read_content(library.file(wish.id)))
        report = (await service.answer(content)).report
        data = await service.work(_repair, content, report, shrink, limits)
    name = PurePath(content.name)
    kind = KINDS.get(report.format or "", f"image/{(report.format or '').lower()}")
    return Response(data, 200, _attached(f"{name.stem}-fixed{name.suffix}"), kind)


def _repair(content: Content, report: PhotoReport, shrink: bool, limits: Limits) -> bytes:
    if report.error is not None:
        raise report.error
    squish = report.squish
    assert squish is not None, "a shipped model answers squish"
    if not squish.squished:
        code = "unsure" if squish.unsure else "not_squished"
        raise Refusal(409, code, f"{content.name}: {code.replace('_', ' ')}, so it is left alone")
    size_wh = repaired_size((report.width or 1, report.height or 1), squish, shrink=shrink)
    check_size(size_wh, content.name, limits)
    return repaired_copy(content, size_wh, limits)


def _attached(name: str) -> dict[str, Any]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
