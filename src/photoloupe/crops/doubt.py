"""How far a crop could be shifted and fit as well: along a straight edge nothing holds it."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.crops.look import Look, blurred, correlation, make_look, resample
from photoloupe.crops.placement import Placement
from photoloupe.views import Pixels

SLENDER = 0.02  # weakest over strongest direction of the slopes: above, every shift would show
SHIFTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # px of the look
WORSE = 1.3  # times what is left unexplained in place: a shift that leaves more is told apart
LEAST_WORSE = 0.002  # share of the contrast: less is noise


def find_doubt(
    crop: Pixels, source: Pixels, placement: Placement
) -> tuple[float, tuple[float, float]] | None:
    """Source pixels that the crop could lie elsewhere, and in which direction; None if it could not.

    Shifts it along the direction of its weakest slopes for as long as it fits as well.
    """
    direction = _weakest(crop)
    look = make_look(crop, source, placement, margin=SHIFTS[-1]) if direction is not None else None
    if direction is None or look is None:
        return None
    allowed = _unexplained(look, look.start) * WORSE + LEAST_WORSE
    furthest = 0.0
    for sign in (-1, 1):
        for shift in SHIFTS:
            x, y = (direction * sign * shift).tolist()
            moved = look.start.moved(x, y)
            if not _holds(look, moved) or _unexplained(look, moved) > allowed:
                break
            furthest = max(furthest, float(np.hypot(x * look.source_xy[0], y * look.source_xy[1])))
    return (furthest, (float(direction[0]), float(direction[1]))) if furthest else None


def _weakest(crop: Pixels) -> np.ndarray | None:  # type: ignore[type-arg]
    """(x, y) along which the picture hardly changes; None if it changes in every direction."""
    soft = blurred(crop.astype(np.float32), 1.5)
    dx, dy = (cv2.Sobel(soft, cv2.CV_32F, x, 1 - x, ksize=3, scale=1 / 8) for x in (1, 0))
    xy = float((dx * dy).mean())
    tensor = np.array([[float((dx * dx).mean()), xy], [xy, float((dy * dy).mean())]])
    sizes, directions = np.linalg.eigh(tensor)
    return np.asarray(directions[:, 0]) if sizes[0] < SLENDER * sizes[1] else None


def _unexplained(look: Look, placement: Placement) -> float:
    seen = blurred(resample(look.region, placement, look.wanted.shape), 1.0)
    return 1 - correlation(blurred(look.wanted, 1.0), seen) ** 2


def _holds(look: Look, p: Placement) -> bool:
    """Does the region show all that the placement asks for?"""
    (height, width), (h, w) = look.region.shape, look.wanted.shape
    x1, y1 = p.matrix @ (w - 1, h - 1, 1.0)
    return min(p.x, p.y) > -1 and x1 < width and y1 < height
