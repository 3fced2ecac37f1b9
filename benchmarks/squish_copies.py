"""Squished copies of any photos, as encoded files with known answers; same seed, same bytes.

Every copy has a random stream of its own. The frame's aspect is drawn first, from one distribution
whatever the squish; the crop that is squeezed into it has the aspect that this takes. (Crops of 1:3
to 3:1 cannot do that: squeezed to a fifth, even a 3:1 one ends upright, and its shape says so.)
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.questions.squish import ratios
from photoloupe.training.engine import augment

UNTOUCHED, STRONGEST = 0.2, 0.2  # share of copies that is left alone; the least ratio
FRAME = 1.5  # frames have aspects of 2:3 to 3:2, so crops have 2:15 to 15:2
CROP = 3.0  # crops as published: 1:3 to 3:1, whatever frame comes of it
LEAST_SIDE = 16  # px

# By name, OpenCV's filter and Pillow's: the first lets detail alias, the second does not.
RESAMPLERS = {
    "nearest": (cv2.INTER_NEAREST, Image.Resampling.NEAREST),
    "bilinear": (cv2.INTER_LINEAR, Image.Resampling.BILINEAR),
    "bicubic": (cv2.INTER_CUBIC, Image.Resampling.BICUBIC),
    "lanczos": (cv2.INTER_LANCZOS4, Image.Resampling.LANCZOS),
    "area": (cv2.INTER_AREA, Image.Resampling.BOX),
}
FORMATS = {"JPEG": 0.6, "PNG": 0.2, "WEBP": 0.2}

Rng = np.random.Generator
Change = Callable[[Pixels, Rng], Pixels]


@dataclass(frozen=True)
class Copy:
    """data: the file; photo: the number of the photo it is of; log_ratio: t, 0 if untouched.

    quality: of a lossy file, 40 to 95, else None; size_wh: of the frame, in pixels.
    """

    data: bytes
    photo: int
    log_ratio: float
    resampler: str
    format: str
    quality: int | None
    size_wh: tuple[int, int]


def make_copies(
    photos: list[Pixels], copies: int, seed: int, change: Change | None = None, *, published: bool
) -> Iterator[Copy]:
    """change: what becomes of a squished picture before it is rescaled and saved."""
    for index, photo in enumerate(photos):
        for number in range(copies):
            rng = np.random.default_rng([seed, index, number])
            yield make_copy(photo, index, rng, change, published=published)


def make_copy(
    photo: Pixels, index: int, rng: Rng, change: Change | None, *, published: bool
) -> Copy:
    t = 0.0
    if rng.random() >= UNTOUCHED:
        t = float(rng.uniform(np.log(STRONGEST), 0) * rng.choice([-1, 1]))
    if published:
        aspect = augment.log_uniform(1 / CROP, CROP, rng)
    else:
        aspect = augment.log_uniform(1 / FRAME, FRAME, rng) * float(np.exp(-t))
    crop = augment.crop_to_aspect(photo, aspect, rng.uniform(0.7, 1), rng)
    resampler = str(rng.choice(list(RESAMPLERS)))
    picture = squeeze(crop, t, resampler, aliased=bool(rng.random() < 0.5))
    scale = float(rng.uniform(0.4, 1)) if rng.random() < 0.5 else 1.0
    kind = str(rng.choice(list(FORMATS), p=list(FORMATS.values())))
    quality = None if kind == "PNG" else int(rng.integers(40, 96))
    if change is not None:
        picture = change(picture, np.random.default_rng(rng.integers(2**32)))
    size_wh = _scaled(picture, (scale, scale))
    picture = np.asarray(cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    return Copy(_encode(picture, kind, quality), index, t, resampler, kind, quality, size_wh)


def squeeze(pixels: Pixels, t: float, resampler: str, *, aliased: bool) -> Pixels:
    if t == 0:
        return pixels
    size_wh = _scaled(pixels, ratios(t))
    opencv, pillow = RESAMPLERS[resampler]
    if aliased:
        return np.asarray(cv2.resize(pixels, size_wh, interpolation=opencv), np.uint8)
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size_wh, pillow))


def _scaled(pixels: Pixels, by_xy: tuple[float, float]) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    return max(LEAST_SIDE, round(width * by_xy[0])), max(LEAST_SIDE, round(height * by_xy[1]))


def _encode(pixels: Pixels, kind: str, quality: int | None) -> bytes:
    file = io.BytesIO()
    options = {} if quality is None else {"quality": quality}
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **options)
    return file.getvalue()


# --- what may hide or give away a squish ---------------------------------------------------------


def letterboxed(pixels: Pixels, rng: Rng) -> Pixels:
    """Black bars, above and below or left and right, of a tenth to a quarter of the side each."""
    return _framed(pixels, rng.uniform(0.1, 0.25), bool(rng.integers(2)), (0, 0, 0))


def screenshot(pixels: Pixels, rng: Rng) -> Pixels:
    """As in a window: a margin all round, a bar above it, in greys of a light or dark theme."""
    paper, bar = ((245, 245, 245), (222, 222, 222)) if rng.integers(2) else ((32,) * 3, (50,) * 3)
    height, width = pixels.shape[:2]
    margin = max(2, round(min(height, width) * float(rng.uniform(0.03, 0.1))))
    inside = _bordered(pixels, (margin, margin, margin, margin), paper)
    return _bordered(inside, (max(3, margin), 0, 0, 0), bar)


def square(pixels: Pixels, rng: Rng) -> Pixels:
    """The middle square: a frame of no shape at all."""
    return augment.crop_to_aspect(pixels, 1.0, 1.0, rng)


def _framed(pixels: Pixels, share: float, across: bool, colour: tuple[int, int, int]) -> Pixels:
    bar = max(1, round(pixels.shape[0 if across else 1] * share))
    return _bordered(pixels, (bar, bar, 0, 0) if across else (0, 0, bar, bar), colour)


def _bordered(
    pixels: Pixels, top_bottom_left_right: tuple[int, int, int, int], colour: tuple[int, ...]
) -> Pixels:
    made = cv2.copyMakeBorder(
        np.ascontiguousarray(pixels), *top_bottom_left_right, cv2.BORDER_CONSTANT, value=colour
    )
    return np.asarray(made, np.uint8)


CHANGES: dict[str, Change] = {
    "letterboxed": letterboxed, "screenshot": screenshot, "middle square": square,
}  # fmt: skip
