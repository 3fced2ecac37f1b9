"""EXIF blocks written byte by byte: Pillow writes no thumbnail, and nothing that is broken."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image

LONG = 4


def exif_block(
    *, size_wh: tuple[int, int] | None = None, thumbnail: bytes | None = None, orientation: int = 1,
    thumbnail_length: int | None = None,
) -> bytes:  # fmt: skip
    """A big-endian EXIF block with a declared size, a thumbnail and an orientation."""
    camera = [(0xA002, size_wh[0]), (0xA003, size_wh[1])] if size_wh else []
    main = [(0x0112, orientation), *([(0x8769, 0)] if camera else [])]
    start = 8 + _length(main)
    if camera:
        main[1] = (0x8769, start)
    second = start + (_length(camera) if camera else 0)
    shown = thumbnail or b""
    length = len(shown) if thumbnail_length is None else thumbnail_length
    tags = [(0x0201, second + _length([(0, 0)] * 2)), (0x0202, length)]
    block = b"MM\0*" + struct.pack(">I", 8) + _directory(main, second if thumbnail else 0)
    block += _directory(camera, 0) if camera else b""
    return b"Exif\0\0" + block + (_directory(tags, 0) + shown if thumbnail else b"")


def _length(tags: list[tuple[int, int]]) -> int:
    return 2 + 12 * len(tags) + 4


def _directory(tags: list[tuple[int, int]], following: int) -> bytes:
    rows = b"".join(struct.pack(">HHII", tag, LONG, 1, value) for tag, value in tags)
    return struct.pack(">H", len(tags)) + rows + struct.pack(">I", following)


def jpeg(width: int, height: int, level: int = 128, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (level,) * 3).save(file, "JPEG", **options)
    return file.getvalue()


def boxed_jpeg(outer_wh: tuple[int, int], inner_wh: tuple[int, int]) -> bytes:
    """A grey picture in the middle of black bars."""
    page = Image.new("RGB", outer_wh)
    corner = [(outer - inner) // 2 for outer, inner in zip(outer_wh, inner_wh, strict=True)]
    page.paste(Image.new("RGB", inner_wh, (128,) * 3), (corner[0], corner[1]))
    file = io.BytesIO()
    page.save(file, "JPEG")
    return file.getvalue()
