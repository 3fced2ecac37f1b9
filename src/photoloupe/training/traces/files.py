"""How files are made: the resamplers of programs that resize, and what a saved file shows.

Every function takes (H, W, 3) uint8 RGB and a generator.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from photoloupe.arrays import Pixels

Resampler = Callable[[Pixels, tuple[int, int]], Pixels]


def _opencv(code: int) -> Resampler:
    """A resampler that takes its samples from where they fall, without a filter (but area)."""
    return lambda photo, size: np.asarray(cv2.resize(photo, size, interpolation=code), np.uint8)


def _pillow(code: Image.Resampling) -> Resampler:
    """A resampler that widens its filter when it shrinks."""
    return lambda photo, size: np.asarray(Image.fromarray(photo).resize(size, code))


# By family; within a family with and without a filter at equal odds.
RESAMPLERS: dict[str, tuple[Resampler, ...]] = {
    "nearest": (_opencv(cv2.INTER_NEAREST),),
    "bilinear": (_opencv(cv2.INTER_LINEAR), _pillow(Image.Resampling.BILINEAR)),
    "bicubic": (_opencv(cv2.INTER_CUBIC), _pillow(Image.Resampling.BICUBIC)),
    "lanczos": (_opencv(cv2.INTER_LANCZOS4), _pillow(Image.Resampling.LANCZOS)),
    "area": (_opencv(cv2.INTER_AREA), _pillow(Image.Resampling.BOX)),
}


def resize(photo: Pixels, size_wh: tuple[int, int], name: str, filtered: bool) -> Pixels:
    kinds = RESAMPLERS[name]
    return kinds[-1 if filtered else 0](np.ascontiguousarray(photo), size_wh)


def draw_resampler(rng: np.random.Generator) -> tuple[str, bool]:
    name = str(rng.choice(list(RESAMPLERS)))
    return name, name == "area" or (name != "nearest" and bool(rng.random() < 0.5))


def save(photo: Pixels, kind: str, quality: int, full_colour: bool = False) -> Pixels:
    """What a file of that kind shows; `full_colour`: a JPEG without chroma subsampling."""
    if kind == "png":
        return photo
    if kind == "webp":
        file = io.BytesIO()
        Image.fromarray(photo).save(file, "WEBP", quality=quality, method=1)
        return np.asarray(Image.open(file).convert("RGB"))
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if full_colour else 0x221111
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(photo[..., ::-1]), settings)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
