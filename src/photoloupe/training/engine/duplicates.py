"""Near-duplicates: a test photo that training had in another file proves nothing."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Array
from photoloupe.training.engine.tables import Row, load_pixels

ALIKE = 0.97  # correlation of two 16 x 16 thumbnails above which photos are near-duplicates


def unlike(rows: list[Row], trained: list[Row]) -> list[Row]:
    """The rows whose photo is no near-duplicate, mirrored or not, of any photo in `trained`."""
    of_trained = _thumbnails(trained)
    both = np.concatenate([of_trained, of_trained[:, :, ::-1]]).reshape(2 * len(trained), -1)
    small = _thumbnails(rows).reshape(len(rows), -1)
    # One row at a time: of 255,000 photos, all products at once would not fit.
    nearest = [float((thumbnail @ both.T).max()) for thumbnail in small]
    return [row for row, alike in zip(rows, nearest, strict=True) if alike < ALIKE]


def _thumbnails(rows: list[Row]) -> Array:
    """(len(rows), 16, 16) grey, mean 0, unit length: their products are correlations."""
    small = [cv2.resize(load_pixels(r), (16, 16), interpolation=cv2.INTER_AREA) for r in rows]
    grey = np.asarray(small, np.float32).mean(3)
    grey -= grey.mean((1, 2), keepdims=True)
    return np.asarray(grey / (np.linalg.norm(grey, axis=(1, 2), keepdims=True) + 1e-6))
