"""Placements of a crop too small or smooth for features: slide it over the source and compare."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.crops.placement import Placement
from photoloupe.views import Pixels

SIDE = 24  # px of the crop while it slides, in the geometric mean: fewer are too vague
MOST_SIDE = 360  # px of the source meanwhile: more are too slow
SCALES = 0.25 * 1.08 ** np.arange(40)  # source pixels a crop pixel, 0.25 to 5, in steps of 8 %
MOST = 3
LEAST_NCC = 0.65


def slide(crop: Pixels, source: Pixels) -> list[Placement]:
    """The most alike placements over all scales, best first; (H, W) uint8 both.

    Both are shrunk, so that a step of scale moves the crop's edge by less than a pixel.
    """
    scales = [float(s) for s in SCALES if all(s * c < 1.03 * d for c, d in zip(crop.shape, source.shape))]
    if not scales:
        return []
    # No scale needs more of either than this, and the loop shrinks the rest of the way.
    near_source = _shrunk(source, _shrink(crop, source, scales[0]))
    near_crop = _shrunk(crop, crop.size**0.5 / SIDE / 2)
    found = [place for s in scales if (place := _best_at(crop, near_crop, source, near_source, s))]
    found.sort(key=lambda pair: -pair[0])
    return [placement for _, placement in found[:MOST]]


def _best_at(
    crop: Pixels, near_crop: Pixels, source: Pixels, near_source: Pixels, scale: float
) -> tuple[float, Placement] | None:
    """(NCC, placement) of the best place at one scale, if the crop fits inside and is alike."""
    shrink = _shrink(crop, source, scale)
    small_source = _to_size(near_source, source.shape, 1 / shrink)
    small_crop = _to_size(near_crop, crop.shape, scale / shrink)
    fits = [min(c, s) for c, s in zip(small_crop.shape, small_source.shape, strict=True)]
    small_crop = small_crop[: fits[0], : fits[1]]  # rounding may have made it a pixel too large
    if min(small_crop.shape) < 8:
        return None
    ncc = cv2.matchTemplate(small_source, small_crop, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(np.nan_to_num(ncc))
    if best < LEAST_NCC:
        return None
    # From small pixels' outer edges to full pixels' centres.
    down, across = (big / small for big, small in zip(source.shape, small_source.shape))
    x, y = column * across + (scale - 1) / 2, row * down + (scale - 1) / 2
    return best, Placement(scale, scale, float(x), float(y))


def _shrink(crop: Pixels, source: Pixels, scale: float) -> float:
    """By what the source is divided, so that the crop comes out at its size while it slides."""
    return max(1.0, float(crop.size**0.5 * scale / SIDE), max(source.shape) / MOST_SIDE)


def _shrunk(grey: Pixels, factor: float) -> Pixels:
    return _to_size(grey, grey.shape, 1 / factor) if factor > 1 else grey


def _to_size(grey: Pixels, shape_hw: tuple[int, ...], factor: float) -> Pixels:
    size_wh = [max(1, round(side * factor)) for side in shape_hw[::-1]]
    method = cv2.INTER_AREA if size_wh[0] < grey.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size_wh, interpolation=method), np.uint8)
