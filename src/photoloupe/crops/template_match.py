"""Placements by template matching: a small picture of the crop slides over one of the source.

At all scales, in a few milliseconds; reliable as long as the crop is upright, evenly scaled and not
covered. Local features find the others.
"""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.crops.placement import Placement
from photoloupe.crops.resample import halve

CROP_SIDE = 18  # px of the crop while it slides, in the geometric mean: fewer are too vague
MOST_SOURCE_SIDE = 220  # px of the source meanwhile: more are too slow
SCALES = 0.25 * 1.1 ** np.arange(32)  # source pixels a crop pixel, 0.25 to 5, in steps of 10 %
MOST = 3
LEAST_NCC = 0.7


def place_by_template(crop: Pixels, source: Pixels) -> list[Placement]:
    """Placements of a crop in a source, (H, W) uint8 each, by falling NCC, at most three.

    Both are shrunk so far that a step of scale moves the crop's edge by less than a pixel. Every
    placement has one scale for both directions and no turn.
    """
    pairs = zip(crop.shape, source.shape, strict=True)
    largest = 1.03 * min(b / a for a, b in pairs)  # a little more: the crop's sides are rounded
    scales = [float(scale) for scale in SCALES if scale < largest]
    if not scales:
        return []
    near_crop, _ = halve(crop, crop.size**0.5 / CROP_SIDE / 2)
    near_source, small_source, last = source, source, 0.0
    found = []
    for scale in scales:
        shrink = _shrink(crop, source, scale)
        if shrink != last:  # it only grows, so what is halved for one scale is for the next, too
            near_source, _ = halve(near_source, near_source.shape[0] * shrink / source.shape[0])
            small_source, last = _to_size(near_source, source.shape, 1 / shrink), shrink
        small_crop = _to_size(near_crop, crop.shape, scale / shrink)
        found.append(_best_at(scale, small_crop, small_source, source.shape))
    return _apart([match for match in found if match[0] >= LEAST_NCC], crop.shape)


def _apart(found: list[tuple[float, Placement]], shape_hw: tuple[int, ...]) -> list[Placement]:
    """The best first, leaving out what alignment would carry to the same position anyway."""
    kept: list[Placement] = []
    for _, placement in sorted(found, key=lambda match: -match[0]):
        near = 0.1 * placement.scale * min(shape_hw)
        middle = placement.matrix @ (shape_hw[1] / 2, shape_hw[0] / 2, 1)
        others = (other.matrix @ (shape_hw[1] / 2, shape_hw[0] / 2, 1) for other in kept)
        if all(np.abs(middle - other).max() > near for other in others):
            kept.append(placement)
    return kept[:MOST]


def _best_at(
    scale: float, small_crop: Pixels, small_source: Pixels, source_hw: tuple[int, ...]
) -> tuple[float, Placement]:
    """(NCC, placement) of the best position at one scale; NCC -1 if the crop is too small there."""
    small_crop = small_crop[: small_source.shape[0], : small_source.shape[1]]  # rounding
    if min(small_crop.shape) < 6:
        return -1.0, Placement(scale, scale, 0.0, 0.0)
    ncc = cv2.matchTemplate(small_source, small_crop, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(ncc)
    # From small pixels' outer edges to full pixels' centres.
    down, across = (a / b for a, b in zip(source_hw, small_source.shape, strict=True))
    x, y = column * across + (scale - 1) / 2, row * down + (scale - 1) / 2
    return best, Placement(scale, scale, float(x), float(y))


def _shrink(crop: Pixels, source: Pixels, scale: float) -> float:
    """By what the source is divided, so that the crop comes out at its size while it slides."""
    wanted = float(crop.size) ** 0.5 * scale / CROP_SIDE
    return float(max(1.0, wanted, max(source.shape) / MOST_SOURCE_SIDE))


def _to_size(grey: Pixels, shape_hw: tuple[int, ...], factor: float) -> Pixels:
    """A picture, perhaps shrunk already, at `factor` times the size it had at first."""
    size_wh = [max(1, round(side * factor)) for side in shape_hw[::-1]]
    method = cv2.INTER_AREA if size_wh[0] < grey.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size_wh, interpolation=method), np.uint8)
