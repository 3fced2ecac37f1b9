from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from photoloupe.arrays import Pixels
from photoloupe.media.blank import is_uniform, no_photograph
from photoloupe.media.photo import open_photo
from tests.conftest import EXAMPLES, encode, scene

RNG = np.random.default_rng(3)


def noisy(level: float, spread: float, wh: tuple[int, int] = (600, 400)) -> Pixels:
    """A frame of one grey with a sensor's noise."""
    values = RNG.normal(level, spread, (wh[1], wh[0], 3))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def shaded(low: float, high: float) -> Pixels:
    """A grey that rises from left to right."""
    row = np.linspace(low, high, 600)
    return np.repeat(np.rint(np.tile(row, (400, 1)))[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((400, 600, 3), np.uint8), np.full((70, 3000, 3), 255, np.uint8),
        np.full((400, 600, 3), (200, 40, 40), np.uint8), noisy(8, 4), noisy(128, 8),
        noisy(250, 3), shaded(100, 104),
    ],
)  # fmt: skip
def test_frames_of_one_colour_are_blank(pixels: Pixels) -> None:
    assert is_uniform(pixels)
    for kind in ("PNG", "JPEG"):
        assert no_photograph(open_photo(encode(pixels, kind))) == "blank"


def night(stars: int) -> Pixels:
    """A black sky with stars of a few pixels."""
    pixels = noisy(6, 2)
    for y, x in RNG.integers(10, 390, (stars, 2)):
        pixels[y : y + 3, x : x + 3] = 230
    return pixels


def product_on_white() -> Pixels:
    pixels = np.full((400, 600, 3), 255, np.uint8)
    pixels[180:220, 270:330] = scene(60, 40)
    return pixels


def snow() -> Pixels:
    pixels: Pixels = (scene(600, 400) // 12 + 230).astype(np.uint8)
    return pixels


@pytest.mark.parametrize(
    "pixels", [night(1), night(40), product_on_white(), snow(), shaded(90, 110), scene()]
)
def test_dark_bright_and_empty_photographs_are_photographs(pixels: Pixels) -> None:
    assert not is_uniform(pixels)
    assert no_photograph(open_photo(encode(pixels, "JPEG", quality=90))) is None


def test_every_example_is_a_photograph() -> None:
    for path in EXAMPLES.glob("*.jpg"):
        for least in (None, 40_000):
            assert no_photograph(open_photo(path, min_pixels=least)) is None


def test_transparent_pictures() -> None:
    clear = Image.fromarray(scene()).convert("RGBA")
    clear.putalpha(0)
    assert no_photograph(open_photo(clear)) == "transparent"
    clear.putpixel((3, 3), (0, 0, 0, 255))
    assert no_photograph(open_photo(clear)) is None or open_photo(clear).pixels.min() == 0
    palette = Image.new("P", (80, 80), 5)
    palette.info["transparency"] = 5
    assert no_photograph(open_photo(palette)) == "transparent"


def test_the_smaller_side_counts() -> None:
    assert no_photograph(open_photo(scene(64, 64))) is None
    assert no_photograph(open_photo(scene(640, 63))) == "too small: 640 x 63"
