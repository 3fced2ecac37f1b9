"""How far a crop could be shifted and fit as well: along a straight edge nothing holds it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Float32, Pixels
from photoloupe.crops.patches import (
    MOST_PIXELS,
    Look,
    blurred,
    correlation,
    halved,
    make_look,
    resample,
)
from photoloupe.crops.placement import Float64, Placement

SLENDER = 0.02  # weakest over strongest direction of the slopes: above, every shift would show
SHIFTS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # px of the look
WORSE = 1.3  # times what is left unexplained in place: a shift that leaves more is told apart
LEAST_WORSE = 0.002  # share of the contrast: less is noise


@dataclass(frozen=True)
class Doubt:
    """px: of the source, along direction (x, y); lost: it could be shifted across that, too."""

    px: float
    direction: tuple[float, float]
    lost: bool


def find_doubt(crop: Pixels, source: Pixels, placement: Placement) -> Doubt | None:
    """How far, and in which direction, the crop could lie elsewhere; None if nowhere.

    Shifts it along the direction of its weakest slopes for as long as it fits as well.
    """
    weakest = _weakest(crop)
    look = make_look(crop, source, placement, margin=SHIFTS[-1]) if weakest is not None else None
    if weakest is None or look is None:
        return None
    px = _reach(look, weakest)
    if not px:
        return None
    across = _reach(look, weakest[::-1] * (-1, 1))
    return Doubt(px, (float(weakest[0]), float(weakest[1])), lost=across > 0)


def _reach(look: Look, direction: Float64) -> float:
    """Source pixels to the furthest shift, either way, that fits as well as none."""
    wanted = blurred(look.wanted, 1.0)
    allowed = _unexplained(wanted, look, look.start) * WORSE + LEAST_WORSE
    furthest = 0.0
    for sign in (-1, 1):
        for shift in SHIFTS:
            x, y = (direction * sign * shift).tolist()
            moved = look.start.moved(x, y)
            if not _holds(look, moved) or _unexplained(wanted, look, moved) > allowed:
                break
            furthest = max(furthest, float(np.hypot(x * look.source_xy[0], y * look.source_xy[1])))
    return furthest


def _weakest(crop: Pixels) -> Float64 | None:
    """(x, y) along which the picture hardly changes; None if it changes in every direction."""
    small, _ = halved(crop, (crop.size / MOST_PIXELS) ** 0.5)
    soft = blurred(small.astype(np.float32), 1.5)
    dx, dy = (cv2.Sobel(soft, cv2.CV_32F, x, 1 - x, ksize=3, scale=1 / 8) for x in (1, 0))
    xy = float((dx * dy).mean())
    tensor = np.array([[float((dx * dx).mean()), xy], [xy, float((dy * dy).mean())]])
    sizes, directions = np.linalg.eigh(tensor)
    return np.asarray(directions[:, 0], np.float64) if sizes[0] < SLENDER * sizes[1] else None


def _unexplained(wanted: Float32, look: Look, placement: Placement) -> float:
    seen = blurred(resample(look.region, placement, wanted.shape), 1.0)
    return 1 - correlation(wanted, seen) ** 2


def _holds(look: Look, p: Placement) -> bool:
    """Does the region show all that the placement asks for?"""
    (height, width), (h, w) = look.region.shape, look.wanted.shape
    x1, y1 = p.matrix @ (w - 1, h - 1, 1.0)
    return min(p.x, p.y) > -1 and x1 < width and y1 < height
