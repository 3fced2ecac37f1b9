"""Which format is this content, and what does its header say? Never decodes a pixel."""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile

from photoloupe.errors import PhotoError
from photoloupe.media.raw_formats import has_raw_signature

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "HEIF")
ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")  # further frames of a TIFF or MPO are other pictures

PREFIX_BYTES = 16
# What Pillow's own Image.open takes for "not this format after all".
HEADER_ERRORS = (SyntaxError, IndexError, TypeError, KeyError, EOFError, struct.error)


def is_photo(path: str) -> bool:
    """Does the content begin as one of FORMATS or a RAW does? False for what cannot be read."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return False
        with Path(path).open("rb") as file:
            prefix = file.read(PREFIX_BYTES)
    except OSError:
        return False
    if has_raw_signature(prefix):
        return True
    # Two letters make a BMP for Pillow; the four bytes that follow the size are zero in real ones.
    return bool(_factories(prefix)) and not (prefix[:2] == b"BM" and prefix[6:10] != bytes(4))


def open_header(file: io.BytesIO, name: str) -> ImageFile.ImageFile:
    """The first of FORMATS that claims the content and can parse its header.

    `Image.open` would do nearly this, but it calls a broken JPEG "unidentified", and it holds
    every photo against a process-wide pixel limit instead of the caller's own.

    Raises PhotoError `unsupported` if none claims it, else whatever the claimant raised.
    """
    failure: Exception | None = None
    for factory in _factories(file.read(PREFIX_BYTES)):
        file.seek(0)
        try:
            return factory(file, "")  # by its name, Pillow would map the file on disk instead
        except HEADER_ERRORS as error:
            failure = error
    if failure is None:
        raise PhotoError("unsupported", name, f"content is none of {', '.join(FORMATS)}, RAW")
    raise failure


def _factories(prefix: bytes) -> list[Callable[[BinaryIO, str], ImageFile.ImageFile]]:
    if not Image.OPEN.keys() >= {"TIFF", "AVIF", "WEBP", "JPEG2000"}:
        Image.init()
    if prefix[4:8] == b"ftyp" and "HEIF" not in Image.OPEN:
        import pillow_heif  # here, because few photos need its large library

        pillow_heif.register_heif_opener()
    entries = (Image.OPEN[name] for name in FORMATS if name in Image.OPEN)
    return [make for make, accepts in entries if accepts is None or accepts(prefix) is True]
