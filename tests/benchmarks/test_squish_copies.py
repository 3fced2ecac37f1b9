"""The squish benchmark: its copies are what they say, and hide what they should."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from photoloupe.arrays import Pixels
from tests.conftest import scene

BENCHMARKS = str(Path(__file__).parent.parent.parent / "benchmarks")


@pytest.fixture
def made() -> Iterator[Any]:
    sys.path.insert(0, BENCHMARKS)
    import squish_copies

    yield squish_copies
    sys.path.remove(BENCHMARKS)


def copies(made: Any, photos: list[Pixels], number: int, **options: Any) -> list[Any]:
    return list(made.make_copies(photos, number, 0, published=False, **options))


def test_same_seed_same_bytes(made: Any) -> None:
    photos = [scene(300, 200), scene(200, 300, seed=1)]
    first, second = copies(made, photos, 3), copies(made, photos, 3)
    assert first == second
    assert len({copy.data for copy in first}) == 6
    fewer = copies(made, photos, 2)
    assert fewer[:2] == first[:2]


def test_the_frame_says_nothing_about_the_squish(made: Any) -> None:
    many = copies(made, [scene(600, 600)], 400)
    t = np.array([copy.log_ratio for copy in many])
    aspect = np.log([copy.size_wh[0] / copy.size_wh[1] for copy in many])
    assert np.abs(np.corrcoef(aspect, t)[0, 1]) < 0.15
    assert np.abs(np.corrcoef(np.abs(aspect), np.abs(t))[0, 1]) < 0.15
    assert np.abs(aspect).max() < np.log(1.5) + 0.2
    assert 0.13 < np.mean(t == 0) < 0.27
    assert 0.4 < np.mean(t[t != 0] > 0) < 0.6
    assert np.exp(-np.abs(t)).min() > 0.199
    published = list(made.make_copies([scene(600, 600)], 400, 0, published=True))
    t = np.array([copy.log_ratio for copy in published])
    aspect = np.log([copy.size_wh[0] / copy.size_wh[1] for copy in published])
    assert np.corrcoef(aspect, t)[0, 1] > 0.5


def test_a_copy_is_the_file_that_it_says(made: Any) -> None:
    for copy in copies(made, [scene(300, 200)], 30):
        with Image.open(io.BytesIO(copy.data)) as image:
            assert (image.format, image.size) == (copy.format, copy.size_wh)
        assert (copy.quality is None) == (copy.format == "PNG")


@pytest.mark.parametrize("aliased", [True, False])
def test_every_resampler_squeezes_by_t(made: Any, aliased: bool) -> None:
    for name in made.RESAMPLERS:
        out = made.squeeze(scene(200, 100), float(np.log(0.25)), name, aliased=aliased)
        assert out.shape == (100, 50, 3)
        assert np.abs(out.mean((0, 1)) - scene(200, 100).mean((0, 1))).max() < 6
    whole = scene(200, 100)
    assert made.squeeze(whole, 0.0, "area", aliased=aliased) is whole


def test_changes_hide_the_frame_and_keep_the_picture(made: Any) -> None:
    rng, picture = np.random.default_rng(0), np.full((60, 90, 3), 111, np.uint8)
    assert made.square(picture, rng).shape == (60, 60, 3)
    for change in (made.letterboxed, made.screenshot):
        out = change(picture, rng)
        assert (out == 111).all(2).sum() == 60 * 90
        assert out.size > picture.size
