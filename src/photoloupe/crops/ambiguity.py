"""How far a crop could be shifted and fit as well: along a straight edge nothing holds it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Float32, Pixels
from photoloupe.crops.patches import MOST_PIXELS, Patches, make_patches
from photoloupe.crops.placement import Float64, Placement
from photoloupe.crops.resample import blur, halve, resample

SLENDER = 0.02  # weakest over strongest direction of the slopes: above, every shift would show
SHIFTS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # px of the patches
WORSE = 1.3  # times what is left unexplained in place: a shift that leaves more fits worse
LEAST_WORSE = 0.002  # share of the contrast: less is noise


@dataclass(frozen=True)
class Ambiguity:
    """How far a crop could be shifted and fit as well.

    px: pixels of the source, along the unit vector `direction` (x, y); both: it could be shifted
    at a right angle to that, too.
    """

    px: float
    direction: tuple[float, float]
    both: bool


def find_ambiguity(crop: Pixels, source: Pixels, placement: Placement) -> Ambiguity | None:
    """How far, and in which direction, the crop could lie elsewhere; None if nowhere.

    crop, source: (H, W) uint8 each; placement: of the crop in the source. The crop is shifted
    along the direction of its weakest slopes for as long as it fits as well.
    """
    weakest = _weakest(crop)
    if weakest is None:
        return None
    patches = make_patches(crop, source, placement, margin=SHIFTS[-1])
    px = _reach(patches, weakest) if patches else 0.0
    if patches is None or not px:
        return None
    across = _reach(patches, weakest[::-1] * (-1, 1))
    return Ambiguity(px, (float(weakest[0]), float(weakest[1])), both=across > 0)


def _reach(patches: Patches, direction: Float64) -> float:
    """Source pixels to the furthest shift, either way, that fits as well as none."""
    crop = blur(patches.crop, 1.0)
    allowed = _unexplained(crop, patches, patches.start) * WORSE + LEAST_WORSE
    furthest, (across, down) = 0.0, patches.source_xy
    for sign in (-1, 1):
        for shift in SHIFTS:
            x, y = (direction * sign * shift).tolist()
            moved = patches.start.moved(x, y)
            if not _is_covered(patches, moved) or _unexplained(crop, patches, moved) > allowed:
                break
            furthest = max(furthest, float(np.hypot(x * across, y * down)))
    return furthest


def _weakest(crop: Pixels) -> Float64 | None:
    """(x, y) along which the picture hardly changes; None if it changes in every direction."""
    small, _ = halve(crop, (crop.size / MOST_PIXELS) ** 0.5)
    soft = blur(small.astype(np.float32), 1.5)
    dx, dy = (cv2.Sobel(soft, cv2.CV_32F, x, 1 - x, ksize=3, scale=1 / 8) for x in (1, 0))
    xy = float((dx * dy).mean())
    tensor = np.array([[float((dx * dx).mean()), xy], [xy, float((dy * dy).mean())]])
    sizes, directions = np.linalg.eigh(tensor)
    return np.asarray(directions[:, 0], np.float64) if sizes[0] < SLENDER * sizes[1] else None


def _unexplained(crop: Float32, patches: Patches, placement: Placement) -> float:
    region = blur(resample(patches.region, placement, crop.shape), 1.0)
    return 1 - correlation(crop, region) ** 2


def correlation(a: Float32, b: Float32) -> float:
    """Normalised cross-correlation (NCC) of two (H, W) arrays, -1 to 1; 0 if one is flat."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 1e-3 else 0.0


def _is_covered(patches: Patches, p: Placement) -> bool:
    """Does the region show all that the placement asks for?"""
    (height, width), (h, w) = patches.region.shape, patches.crop.shape
    x1, y1 = p.matrix @ (w - 1, h - 1, 1.0)
    return min(p.x, p.y) > -1 and x1 < width and y1 < height
