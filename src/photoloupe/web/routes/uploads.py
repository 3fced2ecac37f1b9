"""Request bodies: counted while they stream in, kept in memory, and parsed once complete.

Nothing is written to disk. A file name that a client sends is only a label in the response.
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
from photoloupe.web.errors import RequestError
from photoloupe.web.limits import AdmittedRequest, ServiceLimits

DRAIN_SECONDS = 2.0
MAX_NAME_CHARS = 200
MAX_HEADER_BYTES = 8192  # of one header of a file in a form


async def read_body(
    request: Request, admitted: AdmittedRequest, limits: ServiceLimits
) -> list[bytes]:
    """The complete body in chunks.

    Raises RequestError: `too_large`, `too_slow`, `busy` (too many bytes of all requests), `gone`.
    """
    limit_bytes = limits.upload_bytes if is_multipart(request) else limits.json_bytes
    try:
        if int(request.headers.get("content-length") or 0) > limit_bytes:
            raise _too_large(limit_bytes)
        return await _read_chunks(request, admitted, limits, limit_bytes)
    except RequestError as error:
        if error.status in (413, 429):
            await drain_body(request, limit_bytes)
        error.headers["Connection"] = "close"
        raise


async def _read_chunks(
    request: Request, admitted: AdmittedRequest, limits: ServiceLimits, limit_bytes: int
) -> list[bytes]:
    clock = asyncio.get_running_loop().time
    chunks, size, end = list[bytes](), 0, clock() + limits.receive_seconds
    while True:
        patience = min(limits.silent_seconds, end - clock())
        try:
            message = await asyncio.wait_for(request.receive(), patience)
        except TimeoutError:
            raise RequestError(408, "too_slow", "the upload is too slow") from None
        if message["type"] == "http.disconnect":
            raise RequestError(400, "gone", "the client closed the connection")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        admitted.hold_bytes(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks


def _too_large(limit_bytes: int) -> RequestError:
    return RequestError(413, "too_large", f"over the limit of {limit_bytes:,} bytes per request")


async def drain_body(request: Request, limit_bytes: int) -> None:
    """Read and drop what the client still sends, so that it gets to read the error response.

    Stops after twice the limit or DRAIN_SECONDS. A client that waits for `100 Continue` has sent
    nothing and will not.
    """
    if "expect" in request.headers or request.method in ("GET", "HEAD"):
        return
    size, more = 0, True
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and size < 2 * limit_bytes:
                message = await request.receive()
                size += len(message.get("body", b""))
                more = bool(message.get("more_body"))
    except TimeoutError:
        pass


def is_multipart(request: Request) -> bool:
    """Whether the request says that its body is a multipart form."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def parse_json(request: Request, chunks: list[bytes]) -> dict[str, Any]:
    """The body as a JSON object. Raises RequestError `invalid` or `unsupported`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = "content type must be multipart/form-data or application/json"
        raise RequestError(415, "unsupported", message)
    try:
        values = json.loads(b"".join(chunks))
    except json.JSONDecodeError as error:
        message = f"invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise RequestError(422, "invalid", message) from error
    except (ValueError, RecursionError) as error:
        raise RequestError(
            422, "invalid", "invalid JSON: not UTF-8, or nested too deeply"
        ) from error
    if not isinstance(values, dict):
        raise RequestError(422, "invalid", "invalid JSON: expected an object")
    return values


# --- multipart forms -----------------------------------------------------------------------------


@dataclass
class UploadedFile:
    """One file of a form. form_field: its field; name: the file's name, safe to display."""

    form_field: str = ""
    name: str = ""
    data: bytearray = field(default_factory=bytearray)

    @property
    def content(self) -> Content:
        """The bytes under the file's name."""
        return Content(self.name, bytes(self.data))


class _MultipartCallbacks:
    """Callbacks of the parser. They raise RequestError `invalid` or `too_many`."""

    def __init__(self, max_files: int) -> None:
        self.files, self.complete, self._max_files = list[UploadedFile](), False, max_files
        self._header, self._value = bytearray(), bytearray()

    def on_part_begin(self) -> None:
        if len(self.files) >= self._max_files:
            message = f"over the limit of {self._max_files} files per request"
            raise RequestError(422, "too_many", message)
        self.files.append(UploadedFile())

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.files[-1].data += memoryview(data)[start:end]

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._header, data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._value, data[start:end])

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            file_name = options.get(b"filename", b"").decode(errors="replace")
            self.files[-1].form_field = options.get(b"name", b"").decode(errors="replace")
            self.files[-1].name = display_name(file_name)
        self._header, self._value = bytearray(), bytearray()

    def on_end(self) -> None:
        self.complete = True

    @staticmethod
    def _grow(text: bytearray, piece: bytes) -> None:
        if len(text) + len(piece) > MAX_HEADER_BYTES:
            raise RequestError(422, "invalid", "invalid multipart form: a header is too long")
        text += piece


def parse_multipart(content_type: str, chunks: list[bytes], max_files: int) -> list[UploadedFile]:
    """The files of a form. Raises RequestError `invalid` or `too_many`.

    Empties `chunks` as it goes, so that no byte is held twice.
    """
    found = _MultipartCallbacks(max_files)
    names = [name for name in dir(found) if name.startswith("on_")]
    callbacks: Any = {name: getattr(found, name) for name in names}
    _, options = parse_options_header(content_type)
    chunks.reverse()
    try:
        parser = MultipartParser(options.get(b"boundary", b""), callbacks)
        while chunks:
            parser.write(chunks.pop())
        parser.finalize()
    except FormParserError as error:
        raise RequestError(422, "invalid", "invalid multipart form") from error
    if not found.complete:
        raise RequestError(422, "invalid", "invalid multipart form: it ends too early")
    return found.files


def display_name(name: str) -> str:
    """A client's file name -> its last component, printable, at most MAX_NAME_CHARS long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[-MAX_NAME_CHARS:] or "upload"
