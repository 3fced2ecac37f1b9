"""Placements of a crop too small or smooth for features: slide it over the source and compare."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from photoloupe.crops.match import Placement
from photoloupe.views import Pixels

SHORT_SIDE = 28  # px of the crop while it slides: fewer are too vague, more too slow
SCALES = 0.4 * 1.05 ** np.arange(48)  # source pixels a crop pixel, 0.4 to 4, in steps of 5 %
MOST = 3
LEAST_NCC = 0.7


def slide(crop: Pixels, source: Pixels) -> Iterator[Placement]:
    """The most alike placements over all scales, best first; (H, W) uint8 both.

    Both are shrunk first, so that a step of scale moves the crop's edge by less than a pixel.
    """
    found = [place for scale in SCALES if (place := _best_at(crop, source, float(scale)))]
    found.sort(key=lambda pair: -pair[0])
    for _, placement in found[:MOST]:
        yield placement


def _best_at(crop: Pixels, source: Pixels, scale: float) -> tuple[float, Placement] | None:
    """(NCC, placement) of the best place at one scale, if the crop fits inside and is alike."""
    shrink = max(1.0, min(crop.shape) * scale / SHORT_SIDE)
    small_crop = _resized(crop, scale / shrink)
    small_source = _resized(source, 1 / shrink)
    if min(small_crop.shape) < 8 or any(
        c > s for c, s in zip(small_crop.shape, small_source.shape, strict=True)
    ):
        return None
    ncc = cv2.matchTemplate(small_source, small_crop, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(np.nan_to_num(ncc))
    if best < LEAST_NCC:
        return None
    # From small pixels' outer edges to full pixels' centres.
    per_x, per_y = (
        b / a for a, b in zip(small_source.shape[::-1], source.shape[::-1], strict=True)
    )
    scale_x = small_crop.shape[1] * per_x / crop.shape[1]
    scale_y = small_crop.shape[0] * per_y / crop.shape[0]
    x, y = column * per_x + (scale_x - 1) / 2, row * per_y + (scale_y - 1) / 2
    return best, Placement(scale_x, scale_y, x, y)


def _resized(grey: Pixels, factor: float) -> Pixels:
    size_wh = [max(1, round(side * factor)) for side in grey.shape[::-1]]
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size_wh, interpolation=method), np.uint8)
