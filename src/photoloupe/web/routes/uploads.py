"""What a client sends: counted while it streams in, held in memory, and only then parsed.

Nothing is written to disk. A file name that a client chose is a label in an answer, no more.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from photoloupe.media.photo import Content
from photoloupe.web.errors import Refusal
from photoloupe.web.limits import Place, ServiceLimits

DRAIN_SECONDS = 2.0
LONGEST_NAME = 200
MOST_HEADER = 8192  # bytes of one part's headers


async def read_body(request: Request, place: Place, limits: ServiceLimits) -> list[bytes]:
    """The whole body in pieces. Raises Refusal: `too_large`, `too_slow`, `busy`, `gone`."""
    most = limits.upload_bytes if is_multipart(request) else limits.json_bytes
    try:
        if int(request.headers.get("content-length") or 0) > most:
            raise _too_large(most)
        return await _pieces(request, place, limits, most)
    except Refusal as refusal:
        if refusal.status in (413, 429):
            await drain(request, most)
        refusal.headers["Connection"] = "close"
        raise


async def _pieces(request: Request, place: Place, limits: ServiceLimits, most: int) -> list[bytes]:
    clock = asyncio.get_running_loop().time
    pieces, size, end = list[bytes](), 0, clock() + limits.receive_seconds
    while True:
        patience = min(limits.silent_seconds, end - clock())
        try:
            message = await asyncio.wait_for(request.receive(), patience)
        except TimeoutError:
            raise Refusal(408, "too_slow", "the upload came too slowly") from None
        if message["type"] == "http.disconnect":
            raise Refusal(400, "gone", "the client went away")
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise _too_large(most)
        place.hold(len(piece))
        pieces.append(piece)
        if not message.get("more_body"):
            return pieces


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too_large", f"over the limit of {most:,} bytes a request")


async def drain(request: Request, most: int) -> None:
    """Throw away what the client still sends, for a while: else it never reads why it is refused.

    Up to twice what is allowed: of a body that is a little over, no byte may stay unread. A client
    that waits for `100 Continue` has sent nothing, and will not.
    """
    if "expect" in request.headers or request.method in ("GET", "HEAD"):
        return
    size, more = 0, True
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and size < 2 * most:
                message = await request.receive()
                size += len(message.get("body", b""))
                more = bool(message.get("more_body"))
    except TimeoutError:
        pass


def is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def parse_json(request: Request, pieces: list[bytes]) -> dict[str, Any]:
    """A JSON object. Raises Refusal `invalid` or `unsupported`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        what = "content type: multipart/form-data or application/json, please"
        raise Refusal(415, "unsupported", what)
    try:
        values = json.loads(b"".join(pieces))
    except (ValueError, RecursionError) as error:
        raise Refusal(422, "invalid", f"no JSON: {error}"[:200]) from error
    if not isinstance(values, dict):
        raise Refusal(422, "invalid", "a JSON object, please")
    return values


# --- multipart -----------------------------------------------------------------------------------


@dataclass
class Part:
    """key: the form's name for it; name: the file's, as the client says."""

    key: str = ""
    name: str = ""
    data: bytearray = field(default_factory=bytearray)

    @property
    def content(self) -> Content:
        return Content(self.name, bytes(self.data))


class _Parts:
    """Callbacks of the parser. Raises Refusal `invalid` or `too_many`."""

    def __init__(self, most: int) -> None:
        self.parts, self.complete, self._most = list[Part](), False, most
        self._header, self._value = bytearray(), bytearray()

    def on_part_begin(self) -> None:
        if len(self.parts) >= self._most:
            raise Refusal(422, "too_many", f"over the limit of {self._most} files a request")
        self.parts.append(Part())

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data += memoryview(data)[start:end]

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._header, data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._value, data[start:end])

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self.parts[-1].key = options.get(b"name", b"").decode(errors="replace")
            self.parts[-1].name = label(options.get(b"filename", b"").decode(errors="replace"))
        self._header, self._value = bytearray(), bytearray()

    def on_end(self) -> None:
        self.complete = True

    @staticmethod
    def _grow(text: bytearray, piece: bytes) -> None:
        if len(text) + len(piece) > MOST_HEADER:
            raise Refusal(422, "invalid", "a part's headers are too long")
        text += piece


def parse_multipart(content_type: str, pieces: list[bytes], most: int) -> list[Part]:
    """Empties `pieces` as it goes, so that no byte is held twice. Raises Refusal."""
    found = _Parts(most)
    names = [name for name in dir(found) if name.startswith("on_")]
    callbacks: Any = {name: getattr(found, name) for name in names}
    _, options = parse_options_header(content_type)
    pieces.reverse()
    try:
        parser = MultipartParser(options.get(b"boundary", b""), callbacks)
        while pieces:
            parser.write(pieces.pop())
        parser.finalize()
    except FormParserError as error:
        raise Refusal(422, "invalid", f"no multipart form: {error}"[:200]) from error
    if not found.complete:
        raise Refusal(422, "invalid", "the multipart form ends too early")
    return found.parts


def label(name: str) -> str:
    """What a client calls a file -> its last part, printable and of bearable length."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[-LONGEST_NAME:] or "upload"
