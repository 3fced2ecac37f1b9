"""Photos that no file name leads to: in S3, or whatever else pyarrow or fsspec can open.

A photo there is called by its URI, in rows too; what tells that it has changed is the size and the
time in the listing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
from pyarrow import fs

from photoloupe.catalog.scan.file_source import ListedFile, each_once
from photoloupe.catalog.schema import path_to_text
from photoloupe.errors import PhotoError
from photoloupe.media.paths import EXTENSIONS
from photoloupe.media.photo import DEFAULT_LIMITS, Content, Limits, read_content, too_many_bytes

PIECE_BYTES = 4 * 2**20  # read at a time: Arrow sets aside at once whatever it is asked for


class StorageUnavailable(PhotoError):
    """The storage did not give it now; nothing is known of the photo itself."""


def is_stored(name: str) -> bool:
    """Is it a URI, not a file name?"""
    return "://" in name


class StoredFiles:
    """URIs of folders, which are walked, or of photos: a `FileSource`. Raises OSError.

    In a folder, what counts is the extension: to look at content costs a request a file.
    """

    def __init__(self, uris: Sequence[str]) -> None:
        self.uris = uris
        self.roots = [path_to_text(uri.rstrip("/") + "/") for uri in uris]
        self.closed, self.missing = list[str](), list[str]()
        self.failures = list[PhotoError]()

    def files(self) -> Iterator[ListedFile]:
        return each_once(file for uri in self.uris for file in self._under(uri))

    def _under(self, uri: str) -> Iterator[ListedFile]:
        box = _box_of(uri)
        info = box.system.get_file_info(box.path(uri).rstrip("/"))
        if info.type == fs.FileType.Directory:
            yield from _walk(box, info.path)
        elif info.type == fs.FileType.NotFound:
            self.missing.append(path_to_text(uri))
            self.failures.append(PhotoError("not_found", uri, "no such file"))
        else:
            yield _met(info, box)


def _walk(box: _Box, folder: str) -> Iterator[ListedFile]:
    """In the order of `paths.list_photos`; one folder's listing is in memory at a time."""
    infos = box.system.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    infos = sorted((i for i in infos if not i.base_name.startswith(".")), key=lambda i: i.base_name)
    for info in infos:
        suffix = PurePosixPath(info.base_name).suffix.lower()
        if info.type == fs.FileType.File and suffix in EXTENSIONS:
            yield _met(info, box)
    for info in infos:
        if info.type == fs.FileType.Directory:
            yield from _walk(box, info.path)


def _met(info: fs.FileInfo, box: _Box) -> ListedFile:
    return path_to_text(box.uri(info.path)), info.size, info.mtime_ns or 0


def read_stored(uri: str, limits: Limits = DEFAULT_LIMITS) -> Content:
    """As `photo.read_content`. Raises PhotoError; Unreachable if that may be over in an hour."""
    try:
        box = _box_of(uri)
        with box.system.open_input_file(box.path(uri)) as file:
            if file.size() > limits.file_bytes:
                raise too_many_bytes(uri, limits.file_bytes)
            return read_content(_Pieces(file, uri), limits)  # type: ignore[arg-type]
    except FileNotFoundError as error:
        raise PhotoError("not_found", uri, "no such file") from error
    except OSError as error:
        raise _unreachable(uri, error) from error


class _Pieces:
    """A file of Arrow as a binary stream that keeps trouble with the storage apart."""

    def __init__(self, file: Any, uri: str) -> None:
        self.file, self.name = file, uri

    def read(self, most: int) -> bytes:
        try:
            return bytes(self.file.read(min(most, PIECE_BYTES)))
        except OSError as error:
            raise _unreachable(self.name, error) from error


def _unreachable(uri: str, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        "unreadable", uri, f"storage fails: {str(error).partition(chr(10))[0]}"
    )


@dataclass(frozen=True)
class _Box:
    """What `scheme://host/` leads to. base: what paths there begin with, less the last slash."""

    begin: str
    system: fs.FileSystem
    base: str

    def path(self, uri: str) -> str:
        """What follows the host is taken as it is: a `#`, `?` or `%` is part of the name."""
        return f"{self.base}/{uri[len(self.begin) :]}"

    def uri(self, path: str) -> str:
        return self.begin + path[len(self.base) + 1 :]


def _box_of(uri: str) -> _Box:
    scheme, _, rest = uri.partition("://")
    return _box(f"{scheme}://{rest.partition('/')[0]}/")


@cache
def _box(begin: str) -> _Box:
    """Credentials and endpoints are what the storage's own environment variables and files say."""
    try:
        system, base = fs.FileSystem.from_uri(begin)
    except pa.ArrowInvalid:  # a scheme that Arrow does not know itself
        from fsspec.core import url_to_fs

        foreign, base = url_to_fs(begin)
        system = fs.PyFileSystem(fs.FSSpecHandler(foreign))
    return _Box(begin, system, str(base).rstrip("/"))


class ByteBudget:
    """Bytes that threads may hold together; a file larger than that is read alone."""

    def __init__(self, most: int) -> None:
        self.most, self.held, self._freed = most, 0, threading.Condition()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Wait until so many bytes are free, and hold them in the block."""
        with self._freed:
            self._freed.wait_for(lambda: not self.held or self.held + size <= self.most)
            self.held += size
        try:
            yield
        finally:
            with self._freed:
                self.held -= size
                self._freed.notify_all()
