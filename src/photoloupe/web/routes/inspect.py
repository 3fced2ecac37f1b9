"""POST /v1/inspect: every question about uploads or files of the served folder."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from photoloupe.errors import PhotoError
from photoloupe.report import PhotoReport
from photoloupe.web.errors import RequestError, photo_request_error
from photoloupe.web.routes.admission import admit, service_of, uploaded_files
from photoloupe.web.routes.schemas import PathsRequest, ReportsBody, error_responses, request_body
from photoloupe.web.routes.uploads import is_multipart, parse_json
from photoloupe.web.service import Service, with_path

router = APIRouter(prefix="/v1", tags=["photos"])


@router.post(
    "/inspect",
    response_model=ReportsBody,
    summary="Inspect photos",
    responses=error_responses(404, 408, 413, 415),
    openapi_extra=request_body(files=("files",), many=True, json_body=PathsRequest),
)
async def inspect(request: Request) -> JSONResponse:
    """Answer every question about each photo: uploads, or files inside the served folder.

    For a single photo that cannot be used, its error is the status of the response. Of several
    photos, each has its own `error`.
    """
    service = service_of(request)
    async with admit(request) as chunks:
        if is_multipart(request):
            files = await uploaded_files(request, chunks)
            if not files or any(file.form_field != "files" for file in files):
                raise RequestError(422, "invalid", "expected one or more files named 'files'")
            reports = await service.inspect([file.content for file in files])
        else:
            wanted = PathsRequest.read(parse_json(request, chunks))
            reports = await _inspect_paths(service, wanted.paths)
    if len(reports) == 1 and reports[0].error is not None:
        raise photo_request_error(reports[0].error)
    return JSONResponse({"photos": [report.to_dict() for report in reports]})


async def _inspect_paths(service: Service, names: list[str]) -> list[PhotoReport]:
    if len(names) > service.limits.paths:
        message = f"over the limit of {service.limits.paths} paths per request"
        raise RequestError(422, "too_many", message)
    files = [await service.file(name) for name in names]
    reports = await service.inspect(files)
    return [
        with_path(report, name) if report.error is None else _error_report(report.error, name)
        for report, name in zip(reports, names, strict=True)
    ]


def _error_report(error: PhotoError, name: str) -> PhotoReport:
    return PhotoReport(path=name, error=PhotoError(error.code, name, error.message))
