"""Lists of the library's photos: GET /v1/index, /v1/photos, /v1/photos/{id} and /v1/counts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse

from photoloupe.web.errors import RequestError
from photoloupe.web.routes.admission import admit, service_of
from photoloupe.web.routes.paging import make_cursor, start_after
from photoloupe.web.routes.schemas import (
    CountsBody,
    PhotoBody,
    PhotoIdsBody,
    PhotoPageBody,
    error_responses,
)

router = APIRouter(prefix="/v1", tags=["library"])
MAX_PAGE = 200  # photos per response

Filter = Annotated[
    Literal[
        "all", "selfies", "squished", "unsure", "crops", "unrated", "errors", "keep", "reject"
    ],
    Query(alias="filter", description="Only photos of this kind."),
]  # fmt: skip
Sort = Annotated[
    Literal["path", "score", "selfie", "added", "taken"],
    Query(description="Order: by path, score, selfie probability or time of the scan."),
]
Descending = Annotated[bool, Query(description="Reverse the order.")]
PhotoId = Annotated[str, PathParameter(description="The id of a photo.")]
Where = Annotated[
    str | None,
    Query(
        max_length=1000,
        examples=["aesthetics.score > 7"],
        description="Only photos that match this expression, as in `photoloupe query`.",
    ),
]
Burst = Annotated[str | None, Query(max_length=64, description="Only photos of this burst.")]
Ids = Annotated[
    str | None,
    Query(
        max_length=8000,
        pattern="^[0-9A-Za-z,]*$",  # so that the longest is a URL that the server takes
        description="At most 200 ids, separated by commas.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Photos per page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]


@router.get(
    "/index",
    response_model=PhotoIdsBody,
    summary="List photo ids",
    responses=error_responses(404),
)
async def index(  # noqa: PLR0917 (FastAPI reads queries off the signature)
    request: Request,
    chosen: Filter = "all",
    sort: Sort = "path",
    descending: Descending = False,
    where: Where = None,
    burst: Burst = None,
) -> JSONResponse:
    """The ids of all matching photos, in order."""
    service = service_of(request)
    async with admit(request):
        photos = await service.photos()
        ids = await service.read(photos.find_ids, where, chosen, sort, descending)
        if burst is not None:
            members = await service.read(photos.burst_ids, burst)
            ids = [name for name in ids if name in members]
    return JSONResponse({"ids": ids, "total": len(ids)})


@router.get(
    "/photos",
    response_model=PhotoPageBody,
    summary="List photos",
    responses=error_responses(404),
)
async def list_photos(  # noqa: PLR0917 (FastAPI reads queries off the signature)
    request: Request,
    ids: Ids = None,
    chosen: Filter = "all",
    where: Where = None,
    sort: Sort = "path",
    descending: Descending = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JSONResponse:
    """Photos by id, or one page of the matching photos; `next` is the cursor of the next page."""
    service = service_of(request)
    async with admit(request):
        photos = await service.photos()
        if ids is not None:
            return JSONResponse({"photos": await service.read(photos.by_ids, split_ids(ids))})
        found = await service.read(photos.find_ids, where, chosen, sort, descending)
        start = start_after(cursor, found)
        page = found[start : start + limit]
        rows = await service.read(photos.by_ids, page)
    end = start + len(page)
    following = make_cursor(page[-1], end - 1) if page and end < len(found) else None
    return JSONResponse({"photos": rows, "next": following, "total": len(found)})


def split_ids(ids: str) -> list[str]:
    """Ids separated by commas. Raises RequestError `too_many`."""
    names = [name for name in ids.split(",") if name]
    if len(names) > MAX_PAGE:
        raise RequestError(422, "too_many", f"over the limit of {MAX_PAGE} ids per request")
    return names


@router.get(
    "/counts",
    response_model=CountsBody,
    summary="Count photos per filter",
    responses=error_responses(404),
)
async def counts(request: Request) -> JSONResponse:
    """How many photos match each filter; `crops` is null until crops have been searched for."""
    service = service_of(request)
    async with admit(request):
        photos = await service.photos()
        return JSONResponse(await service.read(photos.filter_counts))


@router.get(
    "/photos/{name}",
    response_model=PhotoBody,
    summary="Get a photo",
    responses=error_responses(404),
)
async def photo(request: Request, name: PhotoId) -> JSONResponse:
    """The report of one photo, with its rating, decision and burst."""
    service = service_of(request)
    async with admit(request):
        photos = await service.photos()
        return JSONResponse(await service.read(photos.photo, name))
