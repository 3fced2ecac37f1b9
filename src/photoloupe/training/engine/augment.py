"""Random changes to training photos. Every function takes (H, W, 3) uint8 RGB and a generator."""

from __future__ import annotations

import cv2
import numpy as np

from photoloupe.arrays import Pixels

RESAMPLERS = (
    cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_AREA,
)  # fmt: skip
MOST_ASPECT = 6.0  # a crop longer than this shows too little to judge
LOG_LEAST = float(np.log(0.2))  # the strongest squish, as ln(ratio)


def log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    """A number from `low` to `high`, both above 0, its logarithm uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def crop_to_aspect(photo: Pixels, aspect: float, zoom: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3) -> a crop of width / height `aspect`, anywhere.

    zoom: the crop's sides as a share, 0 to 1, of those of the largest such crop.
    """
    height, width = photo.shape[:2]
    w = max(8, round(min(width, height * aspect) * zoom))
    h = max(8, round(min(height, width / aspect) * zoom))
    x, y = rng.integers(0, max(0, width - w) + 1), rng.integers(0, max(0, height - h) + 1)
    return photo[y : y + h, x : x + w]


def draw_log_ratio(aspect: float, untouched: float, rng: np.random.Generator) -> float:
    """A log ratio t for a frame that shall end with `aspect`: zero with odds `untouched`.

    Otherwise |t| is uniform up to ln 5 with either sign, drawn again while the crop that it
    needs would be longer than 6:1; so the final frame says next to nothing about t.
    """
    if rng.random() < untouched:
        return 0.0
    while True:
        t = float(rng.uniform(LOG_LEAST, -LOG_LEAST))
        if abs(np.log(aspect) - t) <= np.log(MOST_ASPECT):
            return t


def squish(photo: Pixels, log_ratio: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), its width (t < 0) or height (t > 0) squeezed by a resampler drawn at random.

    log_ratio: t, ln of the width ratio less ln of the height ratio.
    """
    height, width = photo.shape[:2]
    w = max(8, round(width * np.exp(min(log_ratio, 0.0))))
    h = max(8, round(height * np.exp(min(-log_ratio, 0.0))))
    return np.asarray(
        cv2.resize(photo, (w, h), interpolation=int(rng.choice(RESAMPLERS))), np.uint8
    )


def republish(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """(H, W, 3) as a web site shows it: perhaps shrunk, perhaps as a JPEG.

    Half the time shrunk to 0.4 .. 1, four times in five saved as JPEG of quality 40 .. 95.
    """
    if rng.random() < 0.5:
        scale = rng.uniform(0.4, 1.0)
        size = [max(8, round(side * scale)) for side in photo.shape[1::-1]]
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.8:
        quality = int(rng.integers(40, 96))
        _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        photo = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
    return photo


def recolour(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), brightness, contrast and white balance changed a little; one in ten is grey."""
    if rng.random() < 0.1:
        photo = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    gain = rng.uniform(0.8, 1.2) * rng.uniform(0.94, 1.06, 3)
    return np.asarray(np.clip(photo * gain + rng.uniform(-20, 20), 0, 255), np.uint8)


def mirror(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), half the time left and right swapped."""
    return photo[:, ::-1] if rng.random() < 0.5 else photo
