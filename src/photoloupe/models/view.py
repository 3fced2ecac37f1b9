"""What a model is shown of a photograph: the complete picture, at one area, uncropped.

Two kinds of view. On a "canvas" a photo keeps its exact aspect ratio: it is resized to about
`view_pixels` pixels and laid at the top left of a grey canvas whose sides are the next multiples
of 32. In "patches" it is resized to a grid of squares of 16 pixels that is nearest to its aspect
ratio (within a few per cent), so that a vision transformer sees no padding. Either depends on the
photo alone, never on its neighbours in a batch. Training and inspection both call `make_view`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log
from typing import Literal

import numpy as np

from photoloupe.arrays import Pixels

ViewKind = Literal["canvas", "patches"]
STRIDE = 32  # of the trunk: a canvas side that it does not divide would shift the padding
LONGEST = 640  # bounds the canvas of a panorama or a strip
GREY = 127  # zero after the net's normalisation, like the padding inside it
PATCH = 16  # px: side of a patch
MOST_PATCHES = 64  # along one side
LEAST_SHARE, MOST_SHARE = 0.8, 1.1  # of the patches asked for, that a grid may have
AREA_WEIGHT = 0.25  # of a grid's area against its aspect, both as |ln| of what they are off by


@dataclass(frozen=True)
class View:
    """canvas: (H, W, 3) uint8 RGB; valid_hw: the part, from the top left, that is picture."""

    canvas: Pixels
    valid_hw: tuple[int, int]


def view_size(width: int, height: int, view_pixels: int) -> tuple[int, int]:
    """(width, height) with the same aspect ratio and about `view_pixels` area; sides 1 to 640."""
    scale = min((view_pixels / (width * height)) ** 0.5, LONGEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def patch_size(width: int, height: int, view_pixels: int) -> tuple[int, int]:
    """(width, height), multiples of 16, near this aspect ratio and `view_pixels` area."""
    patches = view_pixels // PATCH**2
    aspect = log(width / height)
    columns, rows = min(
        _grids(patches),
        key=lambda grid: (
            abs(log(grid[0] / grid[1]) - aspect)
            + AREA_WEIGHT * abs(log(grid[0] * grid[1] / patches))
        ),
    )
    return PATCH * columns, PATCH * rows


@cache
def _grids(patches: int) -> list[tuple[int, int]]:
    """(columns, rows) of every grid with about so many patches."""
    sides = range(1, MOST_PATCHES + 1)
    return [
        (columns, rows)
        for rows in sides
        for columns in sides
        if LEAST_SHARE * patches <= columns * rows <= MOST_SHARE * patches
    ]


def make_view(pixels: Pixels, view_pixels: int, kind: ViewKind = "canvas") -> View:
    """(H, W, 3) uint8 RGB of any size -> View."""
    height, width = pixels.shape[:2]
    if kind == "patches":
        size_wh = patch_size(width, height, view_pixels)
        return View(_resized(pixels, size_wh, smooth=True), size_wh[::-1])
    small = _resized(pixels, view_size(width, height, view_pixels), smooth=False)
    rows, cols = (-(-side // STRIDE) * STRIDE for side in small.shape[:2])
    canvas = np.full((rows, cols, 3), GREY, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return View(canvas, (small.shape[0], small.shape[1]))


def _resized(pixels: Pixels, size_wh: tuple[int, int], *, smooth: bool) -> Pixels:
    """Shrunk by averaging; enlarged by cubics if `smooth`, else linearly."""
    import cv2  # on first use: it takes a third of the whole import budget

    height, width = pixels.shape[:2]
    enlarging = cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR
    shrinks = size_wh[0] * size_wh[1] < width * height
    way = cv2.INTER_AREA if shrinks else enlarging
    return np.asarray(cv2.resize(pixels, size_wh, interpolation=way), np.uint8)
