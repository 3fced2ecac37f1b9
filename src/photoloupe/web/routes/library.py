"""What is asked about the photos of the served folder."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from photoloupe.web.errors import Refusal
from photoloupe.web.library.pictures import tag_of
from photoloupe.web.routes.admission import service_of, turn
from photoloupe.web.routes.paging import make_cursor, start_after
from photoloupe.web.routes.photos import one_part
from photoloupe.web.routes.schemas import (
    AlikesBody,
    CountsBody,
    FamiliesBody,
    IdWish,
    IndexBody,
    PageBody,
    PhotoBody,
    RelationsBody,
    WordWish,
    body,
    failures,
)
from photoloupe.web.routes.uploads import is_multipart, parse_json

router = APIRouter(prefix="/v1", tags=["library"])

Chosen = Annotated[
    Literal[
        "all", "selfies", "squished", "unsure", "crops", "unrated", "errors", "keep", "reject"
    ],
    Query(alias="filter"),
]  # fmt: skip
Sort = Literal["path", "score", "selfie", "added"]
Where = Annotated[
    str | None, Query(max_length=1000, examples=["aesthetics.score > 7"], description="As in query")
]
ThumbnailSize = Literal["160", "320", "640"]
PictureSize = Literal["1024", "2048", "4096"]


@router.get("/index", response_model=IndexBody, responses=failures(404))
async def index(  # noqa: PLR0917 (FastAPI reads queries off the signature)
    request: Request,
    chosen: Chosen = "all",
    sort: Sort = "path",
    descending: bool = False,
    where: Where = None,
    burst: Annotated[str | None, Query(max_length=64, description="only this burst's")] = None,
) -> JSONResponse:
    """The ids of all photos asked for, in order."""
    service = service_of(request)
    async with turn(request):
        library = await service.library()
        ids = await service.read(library.ids, where, chosen, sort, descending)
        if burst is not None:
            members = await service.read(library.burst, burst)
            ids = [name for name in ids if name in members]
    return JSONResponse({"ids": ids, "total": len(ids)})


@router.get("/photos", response_model=PageBody, responses=failures(404))
async def photos(  # noqa: PLR0917 (FastAPI reads queries off the signature)
    request: Request,
    ids: Annotated[str | None, Query(max_length=8000, description="at most 200, by commas")] = None,
    chosen: Chosen = "all",
    where: Where = None,
    sort: Sort = "path",
    descending: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> JSONResponse:
    """Photos by id, or a page of those asked for; `next` is the cursor of the page after."""
    service = service_of(request)
    async with turn(request):
        library = await service.library()
        if ids is not None:
            names = [name for name in ids.split(",") if name]
            if len(names) > 200:
                raise Refusal(422, "too_many", "over the limit of 200 ids a request")
            return JSONResponse({"photos": await service.read(library.photos, names)})
        found = await service.read(library.ids, where, chosen, sort, descending)
        start = start_after(cursor, found)
        page = found[start : start + limit]
        rows = await service.read(library.photos, page)
    end = start + len(page)
    following = make_cursor(page[-1], end - 1) if page and end < len(found) else None
    return JSONResponse({"photos": rows, "next": following, "total": len(found)})


@router.get("/counts", response_model=CountsBody, responses=failures(404))
async def counts(request: Request) -> JSONResponse:
    """How many photos each filter finds; crops: null until they were looked for."""
    service = service_of(request)
    async with turn(request):
        library = await service.library()
        return JSONResponse(await service.read(library.counts))


@router.get("/photos/{name}", response_model=PhotoBody, responses=failures(404))
async def photo(request: Request, name: str) -> JSONResponse:
    """One photo."""
    service = service_of(request)
    async with turn(request):
        library = await service.library()
        return JSONResponse(await service.read(library.photo, name))


@router.patch(
    "/photos/{name}",
    response_model=PhotoBody,
    responses=failures(404, 408, 409, 413, 415),
    openapi_extra=body(wish=WordWish),
)
async def decide(request: Request, name: str) -> JSONResponse:
    """Rate it, keep or reject it, or take that back with null; files of equal content share it."""
    service = service_of(request)
    async with turn(request) as pieces:
        wish = WordWish.read(parse_json(request, pieces))
        shelf = await service.shelf()
        changes = wish.model_dump(exclude_unset=True)
        return JSONResponse(await service.read(shelf.decisions.decide, name, changes))


@router.post("/undo", response_model=PhotoBody, responses=failures(404, 408, 409, 413))
async def undo(request: Request) -> JSONResponse:
    """Take back the latest change of a rating or decision since the service began."""
    service = service_of(request)
    async with turn(request):
        shelf = await service.shelf()
        return JSONResponse(await service.read(shelf.decisions.undo))


PICTURE: Any = {
    200: {"description": "The whole picture, upright.", "content": {"image/jpeg": {}}},
    304: {"description": "As you have it."},
}


@router.get(
    "/photos/{name}/thumbnail",
    response_class=Response,
    responses={**failures(404, 409, 415), **PICTURE},
)
async def thumbnail(request: Request, name: str, size: ThumbnailSize = "320") -> Response:
    """A small JPEG of the file as it is."""
    return await _picture(request, name, int(size))


@router.get(
    "/photos/{name}/picture",
    response_class=Response,
    responses={**failures(404, 409, 415), **PICTURE},
)
async def picture(request: Request, name: str, size: PictureSize = "2048") -> Response:
    """A JPEG to look at closely."""
    return await _picture(request, name, int(size))


async def _picture(request: Request, name: str, size: int) -> Response:
    service = service_of(request)
    async with turn(request):
        library = await service.library()
        path = await service.read(library.file, name)
        tag = await service.read(tag_of, path, size)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data = await service.work(service.pictures.picture, path, size, tag)
    return Response(data, 200, headers, "image/jpeg")


# --- likeness and kinship ------------------------------------------------------------------------


@router.get("/similar", response_model=AlikesBody, responses=failures(404, 409))
async def similar(
    request: Request, id: str, count: Annotated[int, Query(ge=1, le=200)] = 50
) -> JSONResponse:
    """The photos that look most like this one, without it."""
    service = service_of(request)
    async with turn(request):
        library = await service.library()
        from photoloupe.web.library.similar import like_photo  # pyarrow, which there is then

        found = await service.read(like_photo, library, id, count)
    return JSONResponse({"photos": found})


@router.post(
    "/similar",
    response_model=AlikesBody,
    responses=failures(404, 408, 413, 415),
    openapi_extra=body(files=("file",)),
)
async def similar_to_upload(
    request: Request, count: Annotated[int, Query(ge=1, le=200)] = 50
) -> JSONResponse:
    """The photos that look most like an upload."""
    service = service_of(request)
    async with turn(request) as pieces:
        library = await service.library()
        answer = await service.answer(await one_part(request, pieces))
        from photoloupe.web.library.similar import like_answer

        found = await service.read(like_answer, library, answer, count)
    return JSONResponse({"photos": found})


@router.post(
    "/source",
    response_model=RelationsBody,
    responses=failures(404, 408, 409, 413, 415),
    openapi_extra=body(files=("file",), wish=IdWish),
)
async def source(request: Request) -> JSONResponse:
    """Which photos was this one cut from, or does it show the same as? The likeliest first."""
    service = service_of(request)
    async with turn(request) as pieces:
        relatives = (await service.shelf()).relatives
        if is_multipart(request):
            content = await one_part(request, pieces)
            found = await service.work(relatives.of_upload, content, service.limits.photo)
        else:
            wish = IdWish.read(parse_json(request, pieces))
            found = await service.work(relatives.of_photo, wish.id)
    return JSONResponse({"relations": found})


@router.get("/crops", response_model=FamiliesBody, responses=failures(404))
async def crops(request: Request) -> JSONResponse:
    """Photos with the crops and copies made from them; the first time, they are looked for."""
    service = service_of(request)
    async with turn(request):
        relatives = (await service.shelf()).relatives
        return JSONResponse(await service.read(relatives.families))
