"""Is there a photograph to judge at all? Not in a blank frame, nor in one of a few pixels."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.media.photo import Photo

LEAST_SIDE = 64  # px: less shows nothing that a question asks about
GRID = 48  # cells a side at most, whose means hardly differ in a blank frame, noise or not
MOST_RANGE = 6.0  # of 255: between those means, the most extreme in a hundred left out
MOST_SPOT = 40.0  # of 255: a star in a night sky is further from the mean than that


def no_photograph(photo: Photo) -> str | None:
    """Why a photo has no answers: "too small: 8 x 8", "transparent" or "blank"; None if it has."""
    width, height = photo.facts.width, photo.facts.height
    if min(width, height) < LEAST_SIDE:
        return f"too small: {width} x {height}"
    if photo.facts.transparent:
        return "transparent"
    return "blank" if is_uniform(photo.pixels) else None


def is_uniform(pixels: Pixels) -> bool:
    """Is a (H, W, 3) uint8 picture of one colour, but for noise and slight shading?"""
    height, width = pixels.shape[:2]
    few_wh = min(GRID, width), min(GRID, height)
    means = cv2.resize(pixels, few_wh, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    if float(means.std(0).max()) >= MOST_RANGE:  # most photographs: quicker than percentiles
        return False
    low, high = np.percentile(means, (0.5, 99.5), axis=0)
    if float((high - low).max()) >= MOST_RANGE:
        return False
    half_wh = max(1, width // 2), max(1, height // 2)  # single pixels may be noise
    half = cv2.resize(pixels, half_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    return float(np.abs(half - means.mean(0)).max()) < MOST_SPOT
