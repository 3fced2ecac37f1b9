"""A photo's file -> the JPEG that a browser shows: upright, sRGB, no larger than asked for."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections import OrderedDict

import numpy as np
from PIL import Image

from photoloupe.errors import PhotoError
from photoloupe.media.photo import DEFAULT_LIMITS, Content, Limits, open_photo
from photoloupe.version import __version__

THUMBNAIL_SIZES, PICTURE_SIZES = (160, 320, 640), (1024, 2048, 4096)
QUALITY = {160: 78, 320: 80, 640: 82}  # of larger ones 88: somebody looks closely
CACHE_BYTES = 64 * 2**20


def tag_of(path: str, size: int) -> str:
    """ETag of a file's picture, from what the file system says. Raises PhotoError."""
    try:
        said = os.stat(path)  # noqa: PTH116 (half the time of Path's)
    except (OSError, ValueError) as error:
        raise PhotoError("not_found", path, "no such file") from error
    text = f"{__version__}\0{path}\0{said.st_size}\0{said.st_mtime_ns}\0{size}"
    return f'"{hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]}"'


def make_jpeg(source: str | Content, size: int, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The whole picture, its longer side at most `size` pixels. Raises PhotoError."""
    photo = open_photo(source, min_pixels=size * size, limits=limits)
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, size / max(width, height))
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    if size_wh != image.size:
        image = image.resize(size_wh, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY.get(size, 88), progressive=size >= 1024)
    return file.getvalue()


class PictureCache:
    """The pictures asked for last, by their tag. Threads may share it."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self._most, self._size, self._lock = most_bytes, 0, threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def picture(self, path: str, size: int, tag: str) -> bytes:
        """Raises PhotoError."""
        with self._lock:
            if tag in self._kept:
                self._kept.move_to_end(tag)
                return self._kept[tag]
        data = make_jpeg(path, size)
        with self._lock:
            if tag not in self._kept:
                self._kept[tag] = data
                self._size += len(data)
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1])
        return data
