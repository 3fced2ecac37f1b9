"""What a request may cost, and how many there may be. All of it holds unless it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from photoloupe.media.photo import Limits
from photoloupe.web.errors import Refusal

MIB = 2**20


@dataclass(frozen=True)
class ServiceLimits:
    """upload_bytes: of one request's body; held_bytes: of all bodies that are held together.

    waiting: requests that are at work, wait for work, or are still being received;
    receive_seconds: for a whole body, silent_seconds: between two pieces of it; header_seconds:
    for the first request of a connection; request_seconds: from the last byte to the answer.
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
        """What an uploaded photo may cost."""
        return Limits(self.upload_bytes, self.pixels, seconds=self.decode_seconds)

    def to_dict(self) -> dict[str, int]:
        """Those that a client can keep to."""
        names = ("upload_bytes", "pixels", "files", "paths")
        return {name: getattr(self, name) for name in names}


class Gate:
    """So many requests, and so many bytes of theirs, at a time. Lives in the event loop."""

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self.taken, self.held_bytes = 0, 0

    @property
    def is_full(self) -> bool:
        return self.taken >= self._limits.waiting

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place for one request; the caller has seen that one is free."""
        place = Place(self)
        self.taken += 1
        try:
            yield place
        finally:
            self.taken -= 1
            self.held_bytes -= place.held_bytes

    def hold(self, count: int) -> None:
        """Raises Refusal `busy` if that many bytes more are too many."""
        if self.held_bytes + count > self._limits.held_bytes:
            raise busy("too many uploads are being received")
        self.held_bytes += count


class Place:
    """One request's share."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self.held_bytes = gate, 0

    def hold(self, count: int) -> None:
        self._gate.hold(count)
        self.held_bytes += count


def busy(why: str) -> Refusal:
    return Refusal(429, "busy", f"{why}; try again in a second", {"Retry-After": "1"})
