"""Candidates -> crops: the pixels decide, so what the search answers is what `compare` would."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np

from photoloupe.crops.features import Features
from photoloupe.crops.match import Placement
from photoloupe.crops.pair import LEAST_SIDE, LONG_SIDE, Side, judge
from photoloupe.photo import open_photo
from photoloupe.results import Crop
from photoloupe.views import Pixels

GREYS_KEPT = 32  # decoded photos remembered: pairs that share one follow each other
NO_FEATURES = Features(*(np.empty(shape, np.float32) for shape in ((0, 2), (0,), (0,), (0, 128))))


def confirm(a: str, b: str, placements: Iterable[Placement]) -> Crop | None:
    """The first of the placements of A in B (at full size) that the pixels bear out.

    Raises PhotoError.
    """
    side_a, side_b = grey_side(a), grey_side(b)
    if min(*side_a.grey.shape, *side_b.grey.shape) < LEAST_SIDE:
        return None
    judged = (judge(side_a, side_b, shrink(p, side_a, side_b)) for p in placements)
    return next((crop for crop in judged if crop is not None), None)


@lru_cache(GREYS_KEPT)
def grey_side(path: str) -> Side:
    """One photo as `judge` wants it; no features are sought. Raises PhotoError."""
    photo = open_photo(path, min_pixels=LONG_SIDE * LONG_SIDE)
    grey: Pixels = np.asarray(cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    factor = max(grey.shape) / LONG_SIDE
    if factor > 1:
        size_wh = [max(1, round(side / factor)) for side in grey.shape[::-1]]
        grey = np.asarray(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    return Side(path, grey, NO_FEATURES, (photo.facts.width, photo.facts.height))


def shrink(p: Placement, a: Side, b: Side) -> Placement:
    """A placement between full-size photos -> between their grey pictures."""
    (ax, ay), (bx, by) = a.shrink_xy, b.shrink_xy
    scale_x, scale_y = p.scale_x * ax / bx, p.scale_y * ay / by
    # Frames' corners shrink towards 0; centres lie half a pixel inside, before and after.
    x = (p.x + 0.5 - p.scale_x / 2) / bx - 0.5 + scale_x / 2
    y = (p.y + 0.5 - p.scale_y / 2) / by - 0.5 + scale_y / 2
    return Placement(scale_x, scale_y, x, y)
