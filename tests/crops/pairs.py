"""Crops of example photos, changed on purpose, for the tests of this folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.crops.crop import Crop
from photoloupe.crops.judge import judge
from photoloupe.crops.picture import Picture, make_picture
from photoloupe.crops.placement import Placement
from photoloupe.media.photo import open_photo
from tests.conftest import EXAMPLES, encode

ALPS, BOATS, CAT = (EXAMPLES / f"{name}.jpg" for name in ("alps", "boats", "chelsea"))
BOX = (301, 153, 701, 403)


@cache
def pixels_of(path: Path) -> Pixels:
    """(H, W, 3) uint8, decoded once; not to be written to."""
    pixels = open_photo(path).pixels
    pixels.flags.writeable = False
    return pixels


@cache
def picture_of(path: Path) -> Picture:
    return make_picture(path)


def alps(x0: int = BOX[0], y0: int = BOX[1], x1: int = BOX[2], y1: int = BOX[3]) -> Pixels:
    return pixels_of(ALPS)[y0:y1, x0:x1]


def resized(pixels: Pixels, x: float, y: float | None = None) -> Pixels:
    image = Image.fromarray(pixels)
    size = (round(image.width * x), round(image.height * (y or x)))
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))


def noisy(pixels: Pixels, sigma: float) -> Pixels:
    """Gaussian noise, in grey levels, the same on each call."""
    noise = np.random.default_rng(0).normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def judged(crop: Pixels, scale_x: float = 1.0, box_xy: tuple[int, int] = BOX[:2]) -> Crop | None:
    """The relation of a crop to the photo of the Alps, at the placement it was cut from."""
    picture = make_picture(encode(np.ascontiguousarray(crop)))
    return judge(picture, picture_of(ALPS), Placement(scale_x, 1.0, *map(float, box_xy)))
