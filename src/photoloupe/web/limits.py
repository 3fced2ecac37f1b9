"""What one request may cost, and how many requests there may be. Every limit has a default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from photoloupe.media.photo import Limits
from photoloupe.web.errors import RequestError

MIB = 2**20


@dataclass(frozen=True)
class ServiceLimits:
    """Limits of the service; sizes in bytes, times in seconds.

    upload_bytes: of one request's body; held_bytes: of the bodies of all requests in memory;
    json_bytes: of a JSON body; pixels: of one upload; files, paths: per request;
    waiting: requests that are received, queued or processed; connections: open at once.
    decode_seconds: per photo; request_seconds: from the last byte received to the response;
    receive_seconds: for a complete body; silent_seconds: between two chunks of it;
    header_seconds: until the first request of a connection.
    """

    upload_bytes: int = 64 * MIB
    held_bytes: int = 512 * MIB
    json_bytes: int = MIB
    pixels: int = 100_000_000
    files: int = 32
    paths: int = 200
    waiting: int = 64
    connections: int = 512
    decode_seconds: float = 20.0
    request_seconds: float = 60.0
    receive_seconds: float = 120.0
    silent_seconds: float = 15.0
    header_seconds: float = 10.0

    @property
    def photo(self) -> Limits:
        """The limits for decoding an uploaded photo."""
        return Limits(self.upload_bytes, self.pixels, seconds=self.decode_seconds)

    def to_dict(self) -> dict[str, int]:
        """The limits that a client can keep to."""
        names = ("upload_bytes", "pixels", "files", "paths")
        return {name: getattr(self, name) for name in names}


class RequestGate:
    """Counts admitted requests and the bytes they hold. Used from the event loop only."""

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self.admitted, self.held_bytes = 0, 0

    @property
    def is_full(self) -> bool:
        """Whether the next request has to be refused."""
        return self.admitted >= self._limits.waiting

    @contextmanager
    def admit(self) -> Iterator[AdmittedRequest]:
        """Admit a request for the length of the block; the caller checks `is_full` before."""
        request = AdmittedRequest(self)
        self.admitted += 1
        try:
            yield request
        finally:
            self.admitted -= 1
            self.held_bytes -= request.held_bytes

    def hold_bytes(self, count: int) -> None:
        """Count bytes as held. Raises RequestError `busy` if they are over the limit."""
        if self.held_bytes + count > self._limits.held_bytes:
            raise busy_error("too many uploads are being received")
        self.held_bytes += count


class AdmittedRequest:
    """One admitted request and the bytes it holds."""

    def __init__(self, gate: RequestGate) -> None:
        self._gate, self.held_bytes = gate, 0

    def hold_bytes(self, count: int) -> None:
        """Count bytes of this request as held until it ends. Raises RequestError `busy`."""
        self._gate.hold_bytes(count)
        self.held_bytes += count


def busy_error(reason: str) -> RequestError:
    """429 with a Retry-After of one second."""
    return RequestError(429, "busy", f"{reason}; try again in a second", {"Retry-After": "1"})
