"""Undo a squish: give a picture its old shape back.

answer = photoloupe.squish("a.jpg")
pixels = photoloupe.repair("a.jpg", answer)

`fix_files.py` does the same to files.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.errors import PhotoError
from photoloupe.media.photo import DEFAULT_LIMITS, Limits, Photo, Source, open_photo
from photoloupe.questions.squish import Squish

PREVIEW_SIDE, PREVIEW_GAP = 320, 16  # px: the longest side of a picture, the space between two


def repair(
    source: Source | Photo,
    squish: Squish,
    *,
    shrink: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Pixels:
    """The picture in its old shape: (H, W, 3) uint8 sRGB, upright; an array, as `Photo.pixels`.

    The squeezed side is enlarged, or with `shrink` the other one shrunk, by Lanczos. The ratios
    are used whether `squish.squished` is true or not; with both 1, the pixels come back
    unchanged. Raises PhotoError: `too_large` if the result would be over `limits.pixels`.
    """
    photo = source if isinstance(source, Photo) else open_photo(source, limits=limits)
    height, width = photo.pixels.shape[:2]
    size_wh = repaired_size((width, height), squish, shrink=shrink)
    check_size(size_wh, photo.facts.path, limits)
    if size_wh == (width, height):
        return photo.pixels.copy()
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    return np.asarray(image.resize(size_wh, Image.Resampling.LANCZOS))


def repaired_size(size_wh: tuple[int, int], squish: Squish, *, shrink: bool) -> tuple[int, int]:
    """(width, height) in pixels, upright, of the picture in its old shape; at least 1 x 1."""
    width, height = size_wh
    if shrink:
        return max(1, round(width * squish.height_ratio)), max(
            1, round(height * squish.width_ratio)
        )
    return max(1, round(width / squish.width_ratio)), max(1, round(height / squish.height_ratio))


def check_size(size_wh: tuple[int, int], path: str, limits: Limits) -> None:
    """Raises PhotoError `too_large` if a repaired picture would be over `limits.pixels`."""
    width, height = size_wh
    if width * height > limits.pixels:
        what = f"would be {width} x {height}, over the limit of {limits.pixels:,} pixels"
        raise PhotoError("too_large", path, what)


def preview(photo: Photo, squish: Squish) -> bytes:
    """A PNG: the photo, and right of it the repaired copy if it is squished."""
    height, width = photo.pixels.shape[:2]
    sizes = [(width, height)]
    if squish.squished:
        sizes.append(repaired_size((width, height), squish, shrink=False))
    scale = PREVIEW_SIDE / max(max(size) for size in sizes)
    image = Image.fromarray(np.ascontiguousarray(photo.pixels))
    shown = [image.resize((max(1, round(w * scale)), max(1, round(h * scale)))) for w, h in sizes]
    page_wh = (
        sum(part.width + PREVIEW_GAP for part in shown) - PREVIEW_GAP,
        max(part.height for part in shown),
    )
    page = Image.new("RGBA", page_wh)  # transparent: notebooks are light or dark
    x = 0
    for part in shown:
        page.paste(part, (x, 0))
        x += part.width + PREVIEW_GAP
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
