"""Shrink, blur and warp grey pictures."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Float32, Pixels
from photoloupe.crops.placement import Placement


def shrink(grey: Pixels, x: float, y: float) -> tuple[Float32, tuple[float, float]]:
    """(H, W) uint8 divided by `x` across and `y` down, at least 8 px a side, never enlarged.

    Returns (h, w) float32, and the exact factors (across, down): sizes are whole numbers of px.
    """
    small, half = halve(grey, min(x, y))
    height, width = small.shape
    size_wh = max(8, round(width * half / x)), max(8, round(height * half / y))
    if size_wh[0] < width or size_wh[1] < height:
        small = np.asarray(cv2.resize(small, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    exact = width * half / small.shape[1], height * half / small.shape[0]
    return small.astype(np.float32), exact


def halve(grey: Pixels, most: float) -> tuple[Pixels, int]:
    """(H, W) uint8 divided by the largest power of two up to `most`, and that power.

    Stops below 32 px a side. Odd last rows and columns are dropped: halving even sides is ten
    times as fast as any other factor.
    """
    factor = 1
    while 2 * factor <= most and min(grey.shape) >= 32:
        height, width = (side // 2 * 2 for side in grey.shape)
        size_wh = (width // 2, height // 2)
        even = grey[:height, :width]
        grey = np.asarray(cv2.resize(even, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
        factor *= 2
    return grey, factor


def resample(image: Float32, placement: Placement, shape_hw: tuple[int, ...]) -> Float32:
    """The region of `image`, (H, W), under a placement, as (h, w) float32 of shape `shape_hw`.

    Cubic interpolation; the outermost pixels repeat outside of the image.
    """
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size_wh = (shape_hw[1], shape_hw[0])
    warped = cv2.warpAffine(
        image, placement.matrix, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.float32)


def blur(image: Float32, sigma: float) -> Float32:
    """Gaussian blur of an (H, W) float32 picture; sigma in px."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
