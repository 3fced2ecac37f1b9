"""Requests that no well-behaved client sends, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import struct
import zlib
from urllib.parse import urlsplit

BOUNDARY = "limit"
END = f"\r\n--{BOUNDARY}--\r\n".encode()


def form(name: str, data: bytes, field: str = "files") -> bytes:
    """A multipart body of one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"'
    return head.encode() + b"\r\n\r\n" + data + END


def head(length: int | None, path: str = "/v1/inspect", host: str = "localhost") -> bytes:
    """A request's head; length: of its body, None: in chunks."""
    size = f"Content-Length: {length}" if length is not None else "Transfer-Encoding: chunked"
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Type: {kind}", size, "", ""]
    return "\r\n".join(lines).encode()


def dial(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def answer(line: socket.socket) -> tuple[int, str]:
    """Status and the rest of what comes until the service closes; (0, "") for nothing."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(65536):
            said += piece
            _, _, body = said.partition(b"\r\n\r\n")
            if b"content-length: " in said.lower() and len(body) >= _length(said):
                break
    return (int(said.split()[1]), said.decode()) if said else (0, "")


def _length(said: bytes) -> int:
    return int(said.lower().partition(b"content-length: ")[2].split()[0])


def huge_png(width: int, height: int) -> bytes:
    """A few bytes whose header promises so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b""))
    )
