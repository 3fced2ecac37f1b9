"""Copies of photos whose shape, size and compression say nothing of where they come from."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.training.engine import augment

LEAST_ZOOM, MOST_ASPECT = 0.85, 1.7
LEAST_SIDE, MOST_SIDE = 150, 200  # px, of a square of a copy's area: near the smallest photos'
LEAST_QUALITY, MOST_QUALITY = 60, 92


def level(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """(H, W, 3) -> a copy whose shape, size and compression say nothing of the photo's source.

    A crop of random aspect (1:1.7 to 1.7:1) and place, 0.85 to 1 of the largest such; rescaled to
    the area of a square of 150 to 200 px; saved as JPEG 60 to 92. Mirrored half the time.
    """
    aspect = augment.log_uniform(1 / MOST_ASPECT, MOST_ASPECT, rng)
    crop = augment.crop_to_aspect(photo, aspect, rng.uniform(LEAST_ZOOM, 1), rng)
    crop = np.ascontiguousarray(augment.mirror(crop, rng))
    scale = rng.uniform(LEAST_SIDE, MOST_SIDE) / (crop.shape[0] * crop.shape[1]) ** 0.5
    size = [max(8, round(side * scale)) for side in crop.shape[1::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)
    quality = int(rng.integers(LEAST_QUALITY, MOST_QUALITY + 1))
    _, saved = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(saved, cv2.IMREAD_COLOR_RGB), np.uint8)
