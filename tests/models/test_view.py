from __future__ import annotations

import numpy as np
import pytest

from photoloupe.models.view import make_view, patch_size, view_size
from tests.conftest import scene


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (3000, 1000), (50, 50), (4000, 3000)])
def test_a_view_keeps_aspect_and_area(size: tuple[int, int]) -> None:
    width, height = view_size(*size, 36_864)
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    assert width * height == pytest.approx(36_864, rel=0.02)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (60_000, 2)])
def test_strips_and_points_have_a_bounded_view(size: tuple[int, int]) -> None:
    view = make_view(np.zeros((size[1], size[0], 3), np.uint8), 36_864)
    assert all(32 <= side <= 640 and side % 32 == 0 for side in view.canvas.shape[:2])
    assert min(view.valid_hw) >= 1


def test_the_picture_lies_top_left_on_grey() -> None:
    view = make_view(scene(300, 200), 36_864)
    rows, cols = view.valid_hw
    assert view.canvas.shape == (160, 256, 3)
    assert (rows, cols) == (157, 235)
    assert (view.canvas[rows:] == 127).all()
    assert (view.canvas[:, cols:] == 127).all()
    assert abs(view.canvas[:rows, :cols].mean() - scene(300, 200).mean()) < 1


SIZES = [(640, 480), (480, 640), (3000, 1000), (50, 50), (4000, 3000), (1920, 1080), (600, 900)]


@pytest.mark.parametrize("size", SIZES)
def test_patches_are_near_the_photos_aspect_and_area(size: tuple[int, int]) -> None:
    width, height = patch_size(*size, 100 * 256)
    assert width % 16 == height % 16 == 0
    assert width / height == pytest.approx(size[0] / size[1], rel=0.08)
    assert 80 <= width * height / 256 <= 110


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (60_000, 2)])
def test_patches_of_strips_and_points_are_bounded(size: tuple[int, int]) -> None:
    view = make_view(np.zeros((size[1], size[0], 3), np.uint8), 100 * 256, "patches")
    assert view.valid_hw == view.canvas.shape[:2]
    assert max(view.valid_hw) <= 16 * 64


def test_patches_show_the_complete_picture_without_padding() -> None:
    photo = scene(300, 200)
    view = make_view(photo, 100 * 256, "patches")
    assert view.canvas.shape == (128, 192, 3)
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    for row, column in corners:
        shown = view.canvas[row, column].astype(int)
        assert np.abs(shown - photo[row, column].astype(int)).max() < 40
