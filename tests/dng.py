"""RAW files written byte by byte: TIFF directories with a mosaic, a linear picture, previews."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from photoloupe.arrays import Pixels
from tests.conftest import encode

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
WIDTHS = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, SRATIONAL: 8}
FORMS = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i"}
CFA, LINEAR_RAW, RGB, YCBCR = 32803, 34892, 2, 6
WHITE = 16383  # of a sensor of 14 bits
# XYZ -> linear sRGB, in ten-thousandths: the camera's own colours are sRGB's.
MATRIX = [32406, -15372, -4986, -9689, 18758, 415, 557, -2040, 10570]

Entry = tuple[int, Sequence[int]]  # type, values; rationals as numerators and denominators


@dataclass
class Directory:
    """One TIFF directory, the picture that it describes, and directories below it."""

    tags: dict[int, Entry]
    picture: bytes = b""
    below: list[Directory] = field(default_factory=list)


def tiff(first: Directory, *, order: str = "<", mark: bytes = b"") -> bytes:
    """The bytes of a TIFF file; mark: what stands at byte 8, between header and directory."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(mark)) + mark
    return head + _bytes(first, len(head), order)


def _bytes(directory: Directory, at: int, order: str) -> bytes:
    """A directory at this offset, then its values, its picture, and those below."""
    tags = dict(directory.tags)
    if directory.picture:
        tags |= {0x0111: (LONG, [0]), 0x0117: (LONG, [len(directory.picture)])}
    if directory.below:
        tags[0x014A] = (LONG, [0] * len(directory.below))
    values = at + 2 + 12 * len(tags) + 4
    placed, end = {}, values
    for tag, (kind, numbers) in tags.items():
        length = len(numbers) * struct.calcsize(FORMS[kind])
        placed[tag] = end if length > 4 else None
        end += length + length % 2 if length > 4 else 0
    if directory.picture:
        tags[0x0111] = (LONG, [end])
    rest = directory.picture + b"\0" * (len(directory.picture) % 2)
    offsets = []
    for other in directory.below:
        offsets.append(end + len(rest))
        rest += _bytes(other, offsets[-1], order)
    if offsets:
        tags[0x014A] = (LONG, offsets)
    return _entries(tags, placed, order) + rest


def _entries(tags: dict[int, Entry], placed: dict[int, int | None], order: str) -> bytes:
    rows, data = struct.pack(order + "H", len(tags)), b""
    for tag in sorted(tags):
        kind, numbers = tags[tag]
        count = len(numbers) // 2 if kind in (RATIONAL, SRATIONAL) else len(numbers)
        packed = struct.pack(f"{order}{len(numbers)}{FORMS[kind]}", *numbers)
        where = placed[tag]
        inline = packed.ljust(4, b"\0") if where is None else struct.pack(order + "I", where)
        rows += struct.pack(order + "HHI", tag, kind, count) + inline
    for tag, where in placed.items():  # in the order that offsets were given
        if where is not None:
            kind, numbers = tags[tag]
            packed = struct.pack(f"{order}{len(numbers)}{FORMS[kind]}", *numbers)
            data += packed + b"\0" * (len(packed) % 2)
    return rows + struct.pack(order + "I", 0) + data


def text(value: str) -> Entry:
    return ASCII, [*value.encode(), 0]


def sensor(pixels: Pixels) -> Any:
    """sRGB (H, W, 3) uint8 -> linear values of a sensor, uint16."""
    share = pixels.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.rint(linear * WHITE).astype(np.uint16)


def mosaic(pixels: Pixels) -> Any:
    """The (H, W) values behind a Bayer pattern RGGB; both sides even."""
    values = sensor(pixels)
    plane = values[..., 1].copy()
    plane[::2, ::2] = values[::2, ::2, 0]
    plane[1::2, 1::2] = values[1::2, 1::2, 2]
    return plane


def _shape(height: int, width: int, photometric: int, samples: int, kind: int) -> dict[int, Entry]:
    return {
        0x00FE: (LONG, [kind]), 0x0100: (LONG, [width]), 0x0101: (LONG, [height]),
        0x0106: (SHORT, [photometric]), 0x0115: (SHORT, [samples]), 0x0116: (LONG, [height]),
        0x011C: (SHORT, [1]),
    }  # fmt: skip


def _calibration() -> dict[int, Entry]:
    ratios = [number for value in MATRIX for number in (value, 10000)]
    return {
        0xC612: (BYTE, [1, 4, 0, 0]), 0xC614: text("Loupe One"), 0xC621: (SRATIONAL, ratios),
        0xC628: (RATIONAL, [1, 1] * 3), 0xC65A: (SHORT, [21]), 0xC61D: (LONG, [WHITE]),
    }  # fmt: skip


def raw_directory(pixels: Pixels, *, linear: bool = False, full: int = 0) -> Directory:
    """The directory of the sensor's values. full: its subfile type."""
    height, width = pixels.shape[:2]
    if linear:
        tags = _shape(height, width, LINEAR_RAW, 3, full) | {0x0102: (SHORT, [16] * 3)}
        values = sensor(pixels)
    else:
        tags = _shape(height, width, CFA, 1, full) | {0x0102: (SHORT, [16])}
        tags |= {0x828D: (SHORT, [2, 2]), 0x828E: (BYTE, [0, 1, 1, 2])}
        values = mosaic(pixels)
    tags |= {0x0103: (SHORT, [1]), 0xC61D: (LONG, [WHITE] * (3 if linear else 1))}
    return Directory(tags, values.tobytes())


def jpeg_directory(picture: Pixels) -> Directory:
    """A preview, as JPEG."""
    height, width = picture.shape[:2]
    tags = _shape(height, width, YCBCR, 3, 1)
    tags |= {0x0102: (SHORT, [8] * 3), 0x0103: (SHORT, [7])}
    return Directory(tags, encode(picture, "JPEG", quality=92))


def thumbnail_directory(picture: Pixels) -> Directory:
    """What a RAW's first directory is: a small picture, uncompressed."""
    height, width = picture.shape[:2]
    tags = _shape(height, width, RGB, 3, 1) | {0x0102: (SHORT, [8] * 3), 0x0103: (SHORT, [1])}
    return Directory(tags, np.ascontiguousarray(picture).tobytes())


def dng(
    pixels: Pixels, *, linear: bool = False, preview: Pixels | None = None,
    thumbnail: Pixels | None = None, orientation: int = 1, more: dict[int, Entry] | None = None,
) -> bytes:  # fmt: skip
    """A DNG of these sRGB pixels, as the sensor lies; preview: a JPEG, which is not turned."""
    raw = raw_directory(pixels, linear=linear)
    first = thumbnail_directory(thumbnail) if thumbnail is not None else raw
    below = [raw] if thumbnail is not None else []
    first.below = below + ([jpeg_directory(preview)] if preview is not None else [])
    about = {0x0112: (SHORT, [orientation]), 0x010F: text("Loupe"), 0x0110: text("One")}
    first.tags = {**first.tags, **about, **_calibration(), **(more or {})}
    if linear:
        first.tags[0xC61D] = raw.tags[0xC61D]
    return tiff(first)


def nef_like(pixels: Pixels, *, maker: str = "NIKON CORPORATION") -> bytes:
    """A TIFF-like RAW that is no DNG: a reduced first directory, the mosaic below it."""
    first = thumbnail_directory(pixels[::8, ::8])
    first.tags |= {0x010F: text(maker), 0x0110: text("NIKON D70")}
    first.below = [raw_directory(pixels)]
    return tiff(first)
