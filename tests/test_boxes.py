from __future__ import annotations

import pytest

from photoloupe.boxes import Box


def test_iou_of_two_halves_of_three_quarters() -> None:
    assert Box(0, 0, 2, 1).iou(Box(1, 0, 3, 1)) == pytest.approx(1 / 3)
    assert Box(0, 0, 1, 1).iou(Box(2, 2, 3, 3)) == 0
    assert Box(0, 0, 0, 0).iou(Box(0, 0, 0, 0)) == 0


def test_clip_keeps_the_part_inside() -> None:
    assert Box(-1, 2, 9, 20).clip(8, 10) == Box(0, 2, 8, 10)
    assert Box(-1, 2, 9, 20).clip(8, 10).area == 64
