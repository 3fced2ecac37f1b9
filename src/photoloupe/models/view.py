"""What a net is given of a photograph: all of it, at its own aspect ratio, at one fixed area.

A photo is resized to about `view_pixels` pixels, uncropped and undistorted, and laid at the top
left of a grey canvas whose sides are the next multiples of 32. The canvas depends on the photo
alone, never on its neighbours in a batch. Training and inspection both call `make_view`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photoloupe.arrays import Pixels

STRIDE = 32  # of the trunk: a canvas side that it does not divide would shift the padding
LONGEST = 640  # bounds the canvas of a panorama or a strip
GREY = 127  # zero after the net's normalisation, like the padding inside it


@dataclass(frozen=True)
class View:
    """canvas: (H, W, 3) uint8 RGB, H and W multiples of 32.

    valid_hw: rows and columns of the picture, which lies at the top left of the canvas.
    """

    canvas: Pixels
    valid_hw: tuple[int, int]


def view_size(width: int, height: int, view_pixels: int) -> tuple[int, int]:
    """(width, height) with the same aspect ratio and about `view_pixels` area; sides 1 to 640."""
    scale = min((view_pixels / (width * height)) ** 0.5, LONGEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def make_view(pixels: Pixels, view_pixels: int) -> View:
    """(H, W, 3) uint8 RGB of any size -> a View of about `view_pixels` pixels."""
    import cv2  # on first use: it takes a third of the whole import budget

    height, width = pixels.shape[:2]
    size_wh = view_size(width, height, view_pixels)
    shrinks = size_wh[0] * size_wh[1] < width * height
    small = cv2.resize(
        pixels, size_wh, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    rows, cols = (-(-side // STRIDE) * STRIDE for side in small.shape[:2])
    canvas = np.full((rows, cols, 3), GREY, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return View(canvas, (small.shape[0], small.shape[1]))
