"""Time limits of connections: uvicorn itself would keep silent or unread ones open for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from photoloupe.web.limits import ServiceLimits


def make_protocol(limits: ServiceLimits) -> type[H11Protocol]:
    """uvicorn's HTTP/1.1 protocol with these limits; a class, as uvicorn makes one a connection.

    It relies on uvicorn's H11Protocol: the attributes loop, transport and cycle (None until the
    first request head is complete), and the asyncio callbacks below. A test names them all.
    """

    class TimeoutProtocol(H11Protocol):
        """Aborts connections that send no complete request head, or read no response, in time."""

        _head_timer: asyncio.TimerHandle | None = None
        _read_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._head_timer = self.loop.call_later(limits.header_seconds, self._abort_if_silent)

        def _abort_if_silent(self) -> None:
            if self.cycle is None:
                self.transport.abort()

        def pause_writing(self) -> None:
            super().pause_writing()
            # close() would wait for the very bytes that the client does not read.
            self._read_timer = self.loop.call_later(limits.silent_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._read_timer is not None:
                self._read_timer.cancel()

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self._head_timer, self._read_timer):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

    return TimeoutProtocol
