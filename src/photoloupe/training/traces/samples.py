"""Squished photos for the trace net: cropped, squeezed, published.

Every function takes (H, W, 3) uint8 RGB and a generator, so sample k of a seed is always the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.training.engine import augment
from photoloupe.training.traces.files import draw_resampler, resize, save

UNTOUCHED = 0.2  # one photo in five
LEAST_SIDE = 48  # of a frame: what publishing may shrink it to
LEVELLED = 0.5  # share of frames that training cuts so
LEVEL_AREA = 160**2  # of such a frame, at most
FORMATS = ("jpeg", "png", "webp")
WEBP = 0.06  # share in training, a third of the benchmark's: encoding takes longest


@dataclass(frozen=True)
class Story:
    """What was done. log_ratio: the truth t; filtered: by a filter that widens; quality: file."""

    log_ratio: float
    resampler: str
    filtered: bool
    scale: float
    format: str
    quality: int


def make_sample(
    photo: Pixels, rng: np.random.Generator, *, webp: float = 0.2, level: bool = False
) -> tuple[Pixels, Story]:
    """Crop, squeeze, publish. The frame's aspect is log-uniform in 1:3 .. 3:1 whatever t is.

    webp: share of such files; level: draw sizes for training, see `_crop`.
    """
    t = 0.0 if rng.random() < UNTOUCHED else float(rng.choice([-1, 1]) * rng.uniform(0, np.log(5)))
    return squeeze_and_publish(_crop(photo, t, level, rng), t, rng, webp)


def squeeze_and_publish(
    crop: Pixels, t: float, rng: np.random.Generator, webp: float
) -> tuple[Pixels, Story]:
    """What a file shows of a crop that was squeezed by any program, perhaps rescaled, and saved."""
    name, filtered = draw_resampler(rng)
    picture = resize(crop, _squished_size(crop, t), name, filtered) if t else crop
    picture, scale = _rescale(picture, rng)
    kind = str(rng.choice(FORMATS, p=(0.8 - webp, 0.2, webp)))
    quality = int(rng.integers(40, 96))
    published = save(picture, kind, quality)
    return published, Story(t, name if t else "none", filtered, scale, kind, quality)


def _crop(photo: Pixels, t: float, level: bool, rng: np.random.Generator) -> Pixels:
    """What is squeezed to a frame of random aspect: 0.6 to 1 of the largest that there is.

    Of one photo, squeezed frames are smaller than untouched ones. To measure, that is left as it
    is; for training, `level` cuts half the frames to an area that says less about t.
    """
    aspect = augment.log_uniform(1 / 3, 3, rng) * float(np.exp(-t))
    largest = _squished_size(augment.crop_to_aspect(photo, aspect, 1, rng), t)
    zoom = rng.uniform(0.6, 1)
    if level and rng.random() < LEVELLED:
        most = min(LEVEL_AREA, largest[0] * largest[1])
        area = augment.log_uniform(min(LEAST_SIDE**2, most), most, rng)
        zoom = (area / (largest[0] * largest[1])) ** 0.5
    elif min(largest) * zoom < LEAST_SIDE:
        zoom = 1.0
    return augment.crop_to_aspect(photo, aspect, zoom, rng)


def _squished_size(photo: Pixels, t: float) -> tuple[int, int]:
    height, width = photo.shape[:2]
    w, h = width * np.exp(min(t, 0.0)), height * np.exp(min(-t, 0.0))
    return max(8, round(float(w))), max(8, round(float(h)))


def _rescale(photo: Pixels, rng: np.random.Generator) -> tuple[Pixels, float]:
    """Half the time shrink to 0.4 .. 1, but to no side under 48 pixels."""
    wanted, scale = rng.random() < 0.5, float(rng.uniform(0.4, 1))
    name, filtered = draw_resampler(rng)
    if not wanted or min(photo.shape[:2]) * scale < LEAST_SIDE:
        return photo, 1.0
    size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
    return resize(photo, size, name, filtered), scale
