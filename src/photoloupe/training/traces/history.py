"""How an untouched photo came about: the same along x and y, so that it says nothing of a squish.

Every function takes (H, W, 3) uint8 RGB and a generator.
"""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.training.engine import augment
from photoloupe.training.traces.files import draw_resampler, resize, save


def remake(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Another history for an untouched photo, the same along x and y; a third keep their own.

    Without it a net would learn the one shrinking and the one JPEG that a data set went through.
    """
    if rng.random() < 0.35:
        return photo
    photo = _soften(photo, rng)
    if rng.random() < 0.3:
        photo = _add_noise(photo, rng)
    if rng.random() < 0.65:
        photo = save(photo, "jpeg", int(rng.integers(50, 99)), bool(rng.random() < 0.4))
    return photo


def _add_noise(photo: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.standard_normal(photo.shape, np.float32) * np.float32(rng.uniform(1, 6))
    return np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)


def _soften(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Shrink (sharp), enlarge (soft, as cameras' own pixels are), or blur a little."""
    kind = rng.random()
    if kind > 0.75:
        return np.asarray(cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.3, 1.5)), np.uint8)
    scale = augment.log_uniform(0.5, 1, rng) if kind < 0.45 else augment.log_uniform(1, 1.8, rng)
    name, _ = draw_resampler(rng)
    name = "bicubic" if name == "nearest" else name
    size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
    return resize(photo, size, name, bool(rng.random() < 0.8))


def make_mosaic(photos: list[Pixels]) -> Pixels:
    """Four photos as one of twice the size: its readings are those of a large photo.

    Each is cut to whole 8-pixel blocks, so that the grids of their JPEGs run on.
    """
    h, w = (min(photo.shape[axis] for photo in photos) // 8 * 8 for axis in (0, 1))
    a, b, c, d = (photo[:h, :w] for photo in photos)
    return np.vstack([np.hstack([a, b]), np.hstack([c, d])])


def remake_to_measure(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """For measuring: shrunk to 0.55 .. 0.9 with a filter, then JPEG 60 .. 98 or (half) none."""
    name = str(rng.choice(("bilinear", "bicubic", "lanczos", "area")))
    scale = rng.uniform(0.55, 0.9)
    size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
    photo = resize(photo, size, name, True)
    if rng.random() < 0.5:
        return photo
    return save(photo, "jpeg", int(rng.integers(60, 99)), bool(rng.random() < 0.5))
