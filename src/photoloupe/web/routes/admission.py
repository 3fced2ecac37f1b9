"""Admits requests: one of the limited slots, body and files within limits, a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from photoloupe.media.photo import Content
from photoloupe.web.errors import RequestError
from photoloupe.web.limits import busy_error
from photoloupe.web.routes.uploads import (
    UploadedFile,
    drain_body,
    parse_multipart,
    read_body,
)
from photoloupe.web.service import Service


def service_of(request: Request) -> Service:
    """The service that answers this request."""
    found: Service = request.app.state.service
    return found


@asynccontextmanager
async def admit(request: Request) -> AsyncIterator[list[bytes]]:
    """Yield the request's body in chunks; empty for a GET.

    Raises RequestError: `busy`, what `read_body` raises, or `timeout` if the block takes too long.
    A worker thread cannot be stopped, but after the time limit nobody waits for it any longer.
    """
    service = service_of(request)
    limits = service.limits
    if service.gate.is_full:
        # Clients send the complete body first: without reading it they never see the response.
        await drain_body(request, limits.upload_bytes)
        raise busy_error(f"{service.gate.admitted} requests are already waiting")
    with service.gate.admit() as admitted:
        chunks = [] if request.method == "GET" else await read_body(request, admitted, limits)
        try:
            async with asyncio.timeout(limits.request_seconds):
                yield chunks
        except TimeoutError:
            message = f"over the limit of {limits.request_seconds:g} seconds"
            raise RequestError(503, "timeout", message, {"Retry-After": "5"}) from None


async def uploaded_files(request: Request, chunks: list[bytes]) -> list[UploadedFile]:
    """The files of the request's form, in order. Raises RequestError `invalid` or `too_many`."""
    service = service_of(request)
    kind = request.headers.get("content-type", "")
    return await service.work(parse_multipart, kind, chunks, service.limits.files)


async def one_uploaded_file(request: Request, chunks: list[bytes], field: str = "file") -> Content:
    """The only file of the request's form, in this field. Raises RequestError."""
    found = await uploaded_files(request, chunks)
    if [file.form_field for file in found] != [field]:
        raise RequestError(422, "invalid", f"expected one file named {field!r}")
    return found[0].content
