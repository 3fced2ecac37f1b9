"""Open a photograph -> upright 8-bit sRGB pixels and facts, or PhotoError.

A source is a path, bytes, a binary file, a Pillow image or a uint8 array.

The content decides, never the extension. The header is checked against `Limits` before any pixel
is allocated, and a photo larger than what is asked for is shrunk as early as its decoder allows.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from photoloupe.arrays import Pixels
from photoloupe.errors import PhotoError, system_reason, wrong_type
from photoloupe.media.colour import is_transparent, to_srgb
from photoloupe.media.facts import Facts, read_facts
from photoloupe.media.formats import ANIMATED, open_header
from photoloupe.media.in_memory import picture_name, read_picture
from photoloupe.media.limits import (
    DEFAULT_LIMITS,
    DeadlineFile,
    Limits,
    check_pixels,
    too_many_bytes,
)
from photoloupe.media.raw import RawContent, open_raw
from photoloupe.media.raw_formats import RAW_FORMATS, raw_format

__all__ = [
    "DEFAULT_LIMITS", "NAMELESS", "Content", "Encoded", "Limits", "Photo", "Source", "open_photo",
    "open_stored", "raw_is_kept", "read_content", "source_name", "too_many_bytes",
]  # fmt: skip

Encoded = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
Source = Encoded | Image.Image | Pixels  # an array is (H, W, 3) sRGB or (H, W) grey

NAMELESS = "<bytes>"  # what data without a file name is called


@dataclass(frozen=True)
class Photo:
    """pixels: (H, W, 3) uint8 sRGB, upright; perhaps smaller than the size in `facts`."""

    pixels: Pixels
    facts: Facts


@dataclass(frozen=True)
class Content:
    """A file's bytes, for callers that need its hash or name before they decode it."""

    name: str
    data: bytes

    @cached_property
    def sha256(self) -> str:
        """64 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


def read_content(source: Encoded, limits: Limits = DEFAULT_LIMITS) -> Content:
    """All bytes of a source, none decoded. Raises PhotoError for what `open_photo` cannot read."""
    name = source_name(source)
    return Content(name, _read(source, name, limits))


def open_photo(
    source: Source | Content, *, min_pixels: int | None = None, limits: Limits = DEFAULT_LIMITS
) -> Photo:
    """Decode one photograph.

    min_pixels: enough for the caller; the result has at least that many pixels, if the file does,
    and is otherwise as small as the decoder gives cheaply. None asks for all.

    EXIF orientation is applied, ICC profiles are converted to sRGB, 16-bit samples are scaled,
    transparency is laid on white, and of an animation the first frame is taken. A RAW gives its
    camera's preview if that is full-sized, else half the sensor's sides: `facts.rendition`.

    Raises PhotoError, and nothing else, for whatever a file may hold.
    """
    if isinstance(source, (Image.Image, np.ndarray)):
        return _open_picture(source, min_pixels, limits)
    with _decoding(source, limits) as (image, turn, facts):
        factor = _draft(image, min_pixels)
        image.load()
        return _photo(image, turn, factor, facts)


def _open_picture(source: Image.Image | Pixels, min_pixels: int | None, limits: Limits) -> Photo:
    with _own_errors(source_name(source), limits, "picture"):
        image, facts = read_picture(source, limits)
        factor = max(1, int(_shrink(image.size, min_pixels)))
        return _photo(image, facts.orientation, factor, facts)


def _photo(image: Image.Image, turn: int, factor: int, facts: Facts) -> Photo:
    if is_transparent(image):
        facts = replace(facts, transparent=True)
    return Photo(np.asarray(to_srgb(_upright(image, turn), factor)), facts)


def open_stored(
    source: Encoded | Content, limits: Limits = DEFAULT_LIMITS
) -> tuple[ImageFile, Facts]:
    """Decode one photograph as its file stores it: own mode, own colours, not turned.

    For writing a copy of the file; use `open_photo` for everything else. Raises PhotoError alone:
    `unwritable` for a RAW.
    """
    with _decoding(source, limits) as (image, _, facts):
        if facts.format in RAW_FORMATS:
            raise raw_is_kept(facts.path, facts.format)
        assert isinstance(image, ImageFile)
        image.load()
        return image, facts


def raw_is_kept(path: str, kind: str) -> PhotoError:
    """The error of a RAW that somebody asks to write: nobody but its camera does."""
    what = f"a RAW ({kind}) is never rewritten: develop it to JPEG or TIFF, then repair that"
    return PhotoError("unwritable", path, what)


@contextmanager
def _decoding(
    source: Encoded | Content, limits: Limits
) -> Iterator[tuple[Image.Image, int, Facts]]:
    """A photo whose header is parsed and within limits; PhotoError for whatever happens inside.

    Second is what makes the picture upright, as in EXIF: a RAW's preview may be upright already.
    """
    content = source if isinstance(source, Content) else read_content(source, limits)
    name = content.name
    if not content.data:
        raise PhotoError("empty", name, "the file is empty")
    if len(content.data) > limits.file_bytes:
        raise too_many_bytes(name, limits.file_bytes)
    if kind := raw_format(content.data):
        with _own_errors(name, limits, f"RAW ({kind})"):
            yield open_raw(RawContent(name, kind, content.data, content.sha256), limits)
        return
    clock = DeadlineFile(content.data, time.monotonic() + limits.seconds)
    with _own_errors(name, limits):
        image = open_header(clock, name)
    with _own_errors(name, limits, image.format):
        _check_size(image, name, limits)
        facts = read_facts(image, name, content.sha256, len(content.data))
        yield image, facts.orientation, facts


@contextmanager
def _own_errors(name: str, limits: Limits, header_of: str | None = None) -> Iterator[None]:
    """header_of: the format, once the header could be read."""
    try:
        yield
    except PhotoError:
        raise
    except Exception as error:  # decoders raise whatever comes: see tests/test_photo.py
        raise _as_photo_error(error, name, limits, header_of) from error


def source_name(source: Source) -> str:
    """The name of a source in errors and reports; in angle brackets if it has none."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    if isinstance(source, (Image.Image, np.ndarray)):
        return picture_name(source)
    return str(getattr(source, "name", NAMELESS))


# --- bytes ---------------------------------------------------------------------------------------


def _read(source: Encoded, name: str, limits: Limits) -> bytes:
    try:
        data = _read_all(source, name, limits.file_bytes)
    except FileNotFoundError as error:
        raise PhotoError("not_found", name, "no such file") from error
    except PermissionError as error:
        raise PhotoError("not_permitted", name, "no permission to read it") from error
    except OSError as error:
        raise PhotoError("unreadable", name, f"cannot be read: {system_reason(error)}") from error
    except ValueError as error:  # a NUL in the name, a closed file
        raise PhotoError("unreadable", name, f"cannot be read: {error}") from error
    if len(data) > limits.file_bytes:
        raise too_many_bytes(name, limits.file_bytes)
    return data


def _read_all(source: Encoded, name: str, most: int) -> bytes:
    """The bytes, or one more than `most` of them."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if not isinstance(source, (str, os.PathLike)):
        return _read_stream(source, name, most + 1)
    status = Path(source).stat()
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise PhotoError("not_a_file", name, "not a regular file")
    if status.st_size > most:
        raise too_many_bytes(name, most)
    with Path(source).open("rb") as file:
        return file.read(most + 1)


def _read_stream(stream: BinaryIO, name: str, most: int) -> bytes:
    if not callable(getattr(stream, "read", None)):
        raise wrong_type(stream, name)
    data = bytearray()  # a raw stream may give less than it is asked for
    while len(data) < most and (piece := stream.read(most - len(data))):
        if isinstance(piece, str):
            raise PhotoError("wrong_type", name, "the file is open as text: open it as binary")
        data += piece
    return bytes(data)


# --- header --------------------------------------------------------------------------------------


def _check_size(image: Image.Image, name: str, limits: Limits) -> None:
    check_pixels(image.size, name, limits)
    frames = getattr(image, "n_frames", 1) if image.format in ANIMATED else 1
    if frames > limits.frames:
        raise PhotoError("too_large", name, f"over the limit of {limits.frames:,} frames")
    image.seek(0)


# --- pixels --------------------------------------------------------------------------------------


def _draft(image: Image.Image, min_pixels: int | None) -> int:
    """Ask the decoder for a smaller picture; return by what factor both sides may still shrink."""
    width, height = image.size
    shrink = _shrink(image.size, min_pixels)
    if shrink < 2:
        return 1
    if image.format in ("JPEG", "MPO"):  # scales of 1/2, 1/4, 1/8 inside the inverse DCT
        image.draft(None, (max(1, int(width / shrink)), max(1, int(height / shrink))))
        shrink *= (image.size[0] * image.size[1] / (width * height)) ** 0.5
    return max(1, int(shrink))


def _shrink(size_wh: tuple[int, int], min_pixels: int | None) -> float:
    """By what factor both sides may shrink."""
    return (size_wh[0] * size_wh[1] / min_pixels) ** 0.5 if min_pixels else 1.0


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)  # fmt: skip
    return image.transpose(method) if method is not None else image


UNSUPPORTED = "not available", "unsupported", "not supported", "unknown"  # as decoders word it


def _as_photo_error(
    error: Exception, name: str, limits: Limits, header_of: str | None
) -> PhotoError:
    """A decoder's error in our words: its own is for programmers, and stays as the cause.

    header_of: the format, once the header could be read.
    """
    message = str(error).lower()
    if isinstance(error, TimeoutError):
        return PhotoError("too_slow", name, f"over the limit of {limits.seconds:g} seconds")
    if isinstance(error, (MemoryError, Image.DecompressionBombError)):
        return PhotoError("too_large", name, "too large to decode in the memory there is")
    if isinstance(error, EOFError) or "truncated" in message:
        return PhotoError("truncated", name, "the file ends too early")
    if header_of is None:
        return PhotoError("unreadable", name, "the file header is damaged")
    if any(words in message for words in UNSUPPORTED):
        return PhotoError("unreadable", name, f"this variant of {header_of} is not supported")
    return PhotoError("unreadable", name, f"the {header_of} data is damaged")
