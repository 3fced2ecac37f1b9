"""Damage that makes a photo look worse, in steps, inside an unchanged frame.

Every kind takes (H, W, 3) uint8 RGB and a strength in (0, 1] and returns a picture of the same
shape, so neither the frame's shape nor its size says that a photo was damaged.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from photoloupe.arrays import Floats, Pixels
from photoloupe.training.engine.augment import crop_to_aspect

MILD, STRONG = 0.35, 1.0


def blur(photo: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    """(H, W, 3), a Gaussian of 0.7 % (mild) to 1.5 % (strong) of the photo's mean side."""
    sigma = (0.003 + 0.012 * strength) * _side(photo)
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma), np.uint8)


def noise(photo: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), normal noise of standard deviation 13.5 (mild) to 45 (strong) levels."""
    return _to_bytes(photo.astype(np.float64) + rng.normal(0, 10 + 35 * strength, photo.shape))


def dark(photo: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    """(H, W, 3), 1.4 (mild) to 2.5 stops less light."""
    return _expose(photo, -0.8 - 1.7 * strength)


def bright(photo: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    """(H, W, 3), 1.2 (mild) to 2 stops more light, clipped."""
    return _expose(photo, 0.8 + 1.2 * strength)


def cast(photo: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), a colour cast of any hue."""
    hue = rng.uniform(0, 2 * np.pi) + np.array([0, 2, 4]) * np.pi / 3
    return _to_bytes(photo.astype(np.float64) * np.exp((0.15 + 0.35 * strength) * np.cos(hue)))


def jpeg(photo: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    """(H, W, 3), as a JPEG of quality 18 (mild) to 5 shows it."""
    quality = round(25 - 20 * strength)
    data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)


def tilt(photo: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), turned by 8 (mild) to 15 degrees, then enlarged until the corners are filled."""
    height, width = photo.shape[:2]
    angle = float(rng.choice([-1, 1])) * np.radians(4 + 11 * strength)
    long, short = max(width, height), min(width, height)
    zoom = np.cos(angle) + np.sin(abs(angle)) * long / short
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(np.degrees(angle)), float(zoom))
    return np.asarray(cv2.warpAffine(photo, turn, (width, height)), np.uint8)


def crop(photo: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), a corner of the photo, its sides 0.58 (mild) to 0.35 of the photo, enlarged."""
    height, width = photo.shape[:2]
    share = 0.7 - 0.35 * strength
    h, w = max(1, round(height * share)), max(1, round(width * share))
    y, x = int(rng.choice([0, height - h])), int(rng.choice([0, width - w]))
    return _resize(photo[y : y + h, x : x + w], photo)


def squish(photo: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), a crop squeezed or stretched to the frame: by ln ratio 0.38 (mild) to 0.7."""
    t = float(rng.choice([-1, 1])) * (0.2 + 0.5 * strength)
    aspect = photo.shape[1] / photo.shape[0] * float(np.exp(-t))
    return _resize(crop_to_aspect(photo, aspect, 1.0, rng), photo)


def shake(photo: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """(H, W, 3), motion blur along a line of 2 % (mild) to 5 % of the mean side."""
    length = max(3, round((0.005 + 0.045 * strength) * _side(photo)))
    angle = rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    for step in np.linspace(-0.5, 0.5, 4 * length):
        x, y = (step * f(angle) * (length - 1) + (length - 1) / 2 for f in (np.cos, np.sin))
        kernel[round(y), round(x)] = 1
    blurred = cv2.filter2D(photo, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.uint8)


def blocks(photo: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    """(H, W, 3), coarse pixels, 100 (mild) to 48 along the mean side."""
    scale = (128 - 80 * strength) / _side(photo)
    size = [max(1, round(side * scale)) for side in photo.shape[1::-1]]
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    wh = photo.shape[1], photo.shape[0]
    return np.asarray(cv2.resize(small, wh, interpolation=cv2.INTER_NEAREST), np.uint8)


Damage = Callable[[Pixels, float, np.random.Generator], Pixels]
# More of these is always worse, so strengths can be ranked among themselves.
STEADY: dict[str, Damage] = {
    "blur": blur, "noise": noise, "dark": dark, "bright": bright, "cast": cast, "jpeg": jpeg,
}  # fmt: skip
# These change what is in the picture; only "worse than the original" can be said.
LOOSE: dict[str, Damage] = {"tilt": tilt, "crop": crop, "squish": squish}
# Never trained on: do the others carry over?
UNSEEN: dict[str, Damage] = {"shake": shake, "blocks": blocks}
TRAINED = STEADY | LOOSE
ALL = TRAINED | UNSEEN


def _side(photo: Pixels) -> float:
    return float(np.sqrt(photo.shape[0] * photo.shape[1]))


def _to_bytes(values: Floats) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _expose(photo: Pixels, stops: float) -> Pixels:
    """More or less light, as linear light, clipped."""
    light = (np.arange(256) / 255) ** 2.2 * 2.0**stops
    return _to_bytes(255 * np.minimum(light, 1) ** (1 / 2.2))[photo]


def _resize(part: Pixels, like: Pixels) -> Pixels:
    wh = like.shape[1], like.shape[0]
    return np.asarray(cv2.resize(part, wh, interpolation=cv2.INTER_CUBIC), np.uint8)
