"""JPEGs for browsers from photo files: upright, sRGB, no larger than asked for."""

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

QUALITY = {160: 78, 320: 80, 640: 82}  # JPEG quality by size
LARGE_QUALITY = 88  # of larger pictures, which people zoom into
CACHE_BYTES = 64 * 2**20


def picture_etag(path: str, size: int) -> str:
    """ETag of a file's picture, from the file's size and time. Raises PhotoError `not_found`."""
    try:
        status = os.stat(path)  # noqa: PTH116 (half the time of Path's)
    except (OSError, ValueError) as error:
        raise PhotoError("not_found", path, "no such file") from error
    text = f"{__version__}\0{path}\0{status.st_size}\0{status.st_mtime_ns}\0{size}"
    return f'"{hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]}"'


def make_jpeg(source: str | Content, size: int, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """A JPEG of the photo, its longer side at most `size` pixels. Raises PhotoError."""
    photo = open_photo(source, min_pixels=size * size, limits=limits)
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, size / max(width, height))
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    if size_wh != image.size:
        image = image.resize(size_wh, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    quality = QUALITY.get(size, LARGE_QUALITY)
    image.save(file, "JPEG", quality=quality, progressive=size >= 1024)
    return file.getvalue()


class PictureCache:
    """The pictures used last, by ETag, up to max_bytes. Threads may share it."""

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._max_bytes, self._size, self._lock = max_bytes, 0, threading.Lock()
        self._pictures: OrderedDict[str, bytes] = OrderedDict()

    def picture(self, path: str, size: int, etag: str) -> bytes:
        """The JPEG of a file, from the cache or new. Raises PhotoError."""
        with self._lock:
            if etag in self._pictures:
                self._pictures.move_to_end(etag)
                return self._pictures[etag]
        data = make_jpeg(path, size)
        with self._lock:
            if etag not in self._pictures:
                self._pictures[etag] = data
                self._size += len(data)
            while self._size > self._max_bytes:
                self._size -= len(self._pictures.popitem(last=False)[1])
        return data
