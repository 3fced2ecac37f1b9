"""One request's turn: a place in the queue, its body within limits, an answer within the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from photoloupe.web.errors import Refusal
from photoloupe.web.limits import busy
from photoloupe.web.routes.uploads import drain, read_body
from photoloupe.web.service import Service


def service_of(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


@asynccontextmanager
async def turn(request: Request) -> AsyncIterator[list[bytes]]:
    """-> the body, in pieces. Raises Refusal.

    A thread at work cannot be stopped, but after the time nobody waits for it any longer.
    """
    service = service_of(request)
    limits = service.limits
    if service.gate.is_full:
        # The client sends its body first, or else it would never read the answer.
        await drain(request, limits.upload_bytes)
        raise busy(f"{service.gate.taken} requests are waiting already")
    with service.gate.place() as place:
        pieces = [] if request.method == "GET" else await read_body(request, place, limits)
        try:
            async with asyncio.timeout(limits.request_seconds):
                yield pieces
        except TimeoutError:
            what = f"over the limit of {limits.request_seconds:g} seconds"
            raise Refusal(503, "timeout", what, {"Retry-After": "5"}) from None
