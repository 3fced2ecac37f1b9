"""Copies of photos by a name: damaged, levelled, or squished; the same in every run.

none              the photo itself
KIND:STRENGTH     a kind of damage of damaged_copies, such as blur:0.35
level             another shape, size and compression, which say nothing of the photo's source
warp              a crop that is squished by a ratio of 1.1 to 1.65, then as level
"""

from __future__ import annotations

from zlib import crc32

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.errors import RecipeError
from photoloupe.training.damaged_copies.damage import ALL
from photoloupe.training.engine.augment import crop_to_aspect

PLAIN, LEVEL, WARP = "none", "level", "warp"
MOST_ASPECT = 1.7  # of a levelled copy
SQUISHES = 0.1, 0.5  # natural logarithms of a warped copy's ratio
LEAST_SIDE, MOST_LEVEL, MOST_WARP = 150, 200, 320  # px, of a square of a copy's area
LEAST_QUALITY, MOST_QUALITY = 60, 92


def make_named_copy(photo: Pixels, copy: str, name: str) -> Pixels:
    """(H, W, 3) uint8 RGB -> a copy, (h, w, 3); name: of the photo, fixes what is random.

    Raises RecipeError for an unknown copy.
    """
    rng = np.random.default_rng([crc32(name.encode()), crc32(copy.encode())])
    if copy == PLAIN:
        return photo
    if copy == LEVEL:
        return _levelled(photo, rng)
    if copy == WARP:
        return _warped(photo, rng)
    kind, strength = damage_of(copy)
    return ALL[kind](np.ascontiguousarray(photo), strength, rng)


def damage_of(copy: str) -> tuple[str, float]:
    """The kind and strength of a damaged copy's name. Raises RecipeError if it has none."""
    kind, _, strength = copy.partition(":")
    try:
        value = float(strength)
    except ValueError as error:
        raise RecipeError(f"copy {copy}: not KIND:STRENGTH, none, level or warp") from error
    if kind not in ALL or not 0 < value <= 1:
        raise RecipeError(f"copy {copy}: its kind should be one of {', '.join(ALL)}, up to 1")
    return kind, value


def _levelled(photo: Pixels, rng: np.random.Generator) -> Pixels:
    bound = float(np.log(MOST_ASPECT))
    part = crop_to_aspect(photo, float(np.exp(rng.uniform(-bound, bound))), 1.0, rng)
    return _published(part, 0.0, rng.uniform(LEAST_SIDE, MOST_LEVEL), rng)


def _warped(photo: Pixels, rng: np.random.Generator) -> Pixels:
    aspect = photo.shape[1] / photo.shape[0] * float(np.exp(rng.uniform(-0.3, 0.3)))
    part = crop_to_aspect(photo, aspect, rng.uniform(0.65, 1), rng)
    squish = float(rng.choice([-1, 1]) * rng.uniform(*SQUISHES))
    return _published(part, squish, rng.uniform(LEAST_SIDE, MOST_WARP), rng)


def _published(part: Pixels, squish: float, side: float, rng: np.random.Generator) -> Pixels:
    """Squished by a logarithm, rescaled to the area of a square, and saved as a JPEG."""
    height, width = part.shape[:2]
    aspect = width / height * np.exp(squish)
    size = max(16, round(side * aspect**0.5)), max(16, round(side / aspect**0.5))
    how = cv2.INTER_AREA if size[0] * size[1] < width * height else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(part, size, interpolation=how), np.uint8)
    quality = int(rng.integers(LEAST_QUALITY, MOST_QUALITY + 1))
    _, saved = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(saved, cv2.IMREAD_COLOR_RGB), np.uint8)
