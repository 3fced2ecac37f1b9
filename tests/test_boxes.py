from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from photoloupe import open_photo
from photoloupe.boxes import Box


def test_iou_of_two_halves_of_three_quarters() -> None:
    assert Box(0, 0, 2, 1).iou(Box(1, 0, 3, 1)) == pytest.approx(1 / 3)
    assert Box(0, 0, 1, 1).iou(Box(2, 2, 3, 3)) == 0
    assert Box(0, 0, 0, 0).iou(Box(0, 0, 0, 0)) == 0


def test_clip_keeps_the_part_inside() -> None:
    assert Box(-1, 2, 9, 20).clip(8, 10) == Box(0, 2, 8, 10)
    assert Box(-1, 2, 9, 20).clip(8, 10).area == 64


@pytest.mark.parametrize("orientation", range(1, 9))
def test_stored_finds_the_same_pixels_as_before_they_were_turned(orientation: int) -> None:
    stored = np.arange(35, dtype=np.uint8).reshape(5, 7)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(stored).save(file, "PNG", exif=exif)
    upright = open_photo(file.getvalue()).pixels[..., 0]
    box = Box(1, 2, 3, 5)
    x0, y0, x1, y1 = map(int, box.stored(orientation, upright.shape[1], upright.shape[0]).xyxy)
    assert set(stored[y0:y1, x0:x1].ravel()) == set(upright[2:5, 1:3].ravel())
