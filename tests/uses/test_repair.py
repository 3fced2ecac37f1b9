from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import photoloupe
from photoloupe import Limits, PhotoError, Squish, open_photo, repair
from photoloupe.uses.repair import preview
from tests.conftest import EXAMPLES, encode, scene

HALF = Squish(0.5, 1.0, True, 0.99)


def squeezed(width: int, height: int) -> bytes:
    image = Image.fromarray(scene(120, 90)).resize((width, height), Image.Resampling.BOX)
    return encode(np.asarray(image))


def test_a_repaired_picture_has_its_old_shape_and_content() -> None:
    whole = scene(120, 90)
    wide = repair(squeezed(60, 90), HALF)
    assert wide.shape == (90, 120, 3)
    assert wide.dtype == np.uint8
    assert np.abs(wide.astype(int) - whole).mean() < 8
    high = repair(squeezed(120, 30), Squish(1.0, 1 / 3, True, 0.9))
    assert high.shape == (90, 120, 3)


def test_shrinking_enlarges_nothing() -> None:
    assert repair(squeezed(60, 90), HALF, shrink=True).shape == (45, 60, 3)
    assert repair(squeezed(120, 30), Squish(1, 1 / 3, True, 1), shrink=True).shape == (30, 40, 3)
    assert repair(encode(scene(3, 2)), Squish(1, 0.05, True, 1), shrink=True).shape == (2, 1, 3)


def test_a_turned_photo_is_repaired_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert repair(encode(scene(90, 60), "JPEG", exif=exif), HALF).shape == (90, 120, 3)


def test_an_opened_photo_is_welcome_and_left_as_it_was() -> None:
    photo = open_photo(squeezed(60, 90))
    before = photo.pixels.copy()
    same = repair(photo, Squish(1.0, 1.0, False, 0.9))
    assert np.array_equal(same, before)
    assert not np.shares_memory(same, photo.pixels)
    repair(photo, HALF)
    assert np.array_equal(photo.pixels, before)


def test_a_result_over_the_limit_is_refused() -> None:
    with pytest.raises(PhotoError, match="would be 120 x 90, over the limit of 10,000") as caught:
        repair(squeezed(60, 90), HALF, limits=Limits(pixels=10_000))
    assert caught.value.code == "too_large"
    assert repair(squeezed(60, 90), HALF, shrink=True, limits=Limits(pixels=10_000)).size


def test_squish_answers_as_inspect_does_and_shows_itself() -> None:
    path = EXAMPLES / "astronaut-squished.jpg"
    answer = photoloupe.squish(path)
    report = photoloupe.inspect([path])[0]
    assert answer == report.squish
    assert answer.squished
    assert answer.width_ratio == pytest.approx(0.5, abs=0.1)
    assert answer.evidence
    png = answer._repr_png_()
    assert png is not None
    page = Image.open(io.BytesIO(png))
    assert page.width > page.height  # a 1:2 photo and a square one beside it
    assert "preview" not in repr(answer)
    assert "preview_png" not in (report.to_dict()["squish"] or {})
    assert report.squish is not None
    assert report.squish._repr_png_() is None


def test_a_photo_that_is_not_squished_is_shown_alone() -> None:
    photo = open_photo(encode(scene(120, 90)))
    alone = Image.open(io.BytesIO(preview(photo, Squish(0.9, 1.0, False, 0.9))))
    both = Image.open(io.BytesIO(preview(photo, HALF)))
    assert alone.size == (320, 240)
    assert both.size == (160 + 16 + 320, 120)


def test_what_cannot_be_read_is_a_photo_error(tmp_path: Path) -> None:
    for ask in (photoloupe.squish, lambda source: repair(source, HALF)):
        with pytest.raises(PhotoError, match="no such file"):
            ask(tmp_path / "none.jpg")
