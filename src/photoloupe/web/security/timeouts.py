"""Connections whose other end neither asks nor reads: uvicorn would keep them for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from photoloupe.web.limits import ServiceLimits


def make_protocol(limits: ServiceLimits) -> type[H11Protocol]:
    """A class, because uvicorn makes one of it for each connection."""

    class Impatient(H11Protocol):
        """Ends a connection that has sent no whole request head, or reads nothing, in time."""

        _unasked: asyncio.TimerHandle | None = None
        _unread: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._unasked = self.loop.call_later(limits.header_seconds, self._end_if_unasked)

        def _end_if_unasked(self) -> None:
            if self.cycle is None:
                self.transport.abort()

        def pause_writing(self) -> None:
            super().pause_writing()
            # Closing would wait for the very bytes that nobody reads.
            self._unread = self.loop.call_later(limits.silent_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._unread is not None:
                self._unread.cancel()

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self._unasked, self._unread):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

    return Impatient
