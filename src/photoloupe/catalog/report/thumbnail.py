"""A row -> the picture a contact sheet shows, and whether the file is still that photo."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from photoloupe.catalog.schema import text_to_path
from photoloupe.errors import PhotoError
from photoloupe.media.photo import Photo, open_photo

SIDE = 320  # px, the longer one
QUALITY = 72  # of WebP: 320 px of a detailed photo take about 15 kB
MOST_BYTES = 70_000  # 93 kB as base64, so that no photo takes 100 kB of the page
STATES = {
    "there": "the file is the one that was scanned",
    "changed": "the file holds other content than was scanned",
    "vanished": "no file has this name any more",
    "unreadable": "the file was read when it was scanned, and now it cannot be",
    "failed": "it could not be read when it was scanned",
}


@dataclass(frozen=True)
class Thumbnail:
    """webp: bytes of a WebP, of size_wh pixels; None unless state is `there` or `changed`.

    A squished photo has its repaired shape here: the page can squeeze it back, not the reverse.
    """

    state: str
    webp: bytes | None = None
    size_wh: tuple[int, int] | None = None


def make_thumbnail(row: dict[str, Any]) -> Thumbnail:
    """row: path, sha256, squish and error of a catalog's row. Raises nothing for any file."""
    if row["error"]:
        return Thumbnail("failed")
    try:
        photo = open_photo(text_to_path(row["path"]), min_pixels=SIDE * SIDE)
    except PhotoError as error:
        return Thumbnail("vanished" if error.code == "not_found" else "unreadable")
    same = photo.facts.sha256 == row["sha256"]
    size = thumbnail_size((photo.facts.width, photo.facts.height), row["squish"] if same else None)
    return Thumbnail("there" if same else "changed", _encode(photo, size), size)


def thumbnail_size(size_wh: tuple[int, int], squish: dict[str, Any] | None) -> tuple[int, int]:
    """(width, height) in pixels: repaired if squished, the longer side at most 320, at least 1."""
    width, height = map(float, size_wh)
    if squish and squish["squished"]:
        width, height = width / squish["width_ratio"], height / squish["height_ratio"]
    scale = min(1.0, SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _encode(photo: Photo, size_wh: tuple[int, int]) -> bytes:
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    small = image.resize(size_wh, Image.Resampling.LANCZOS)
    for quality in (QUALITY, 40, 10):  # noise, of 320 px, is all that ever needs the second
        file = io.BytesIO()
        small.save(file, "WEBP", quality=quality, method=3)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()
