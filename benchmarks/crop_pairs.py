"""Pairs of photos with known answers, made from any folder of photos; same seed, same bytes.

A pair is (maybe crop, source) as files in memory. `box` is where the crop lies in the source, None
for a hard negative. Every photo makes one pair of each kind, each from a random stream of its own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from photoloupe.arrays import Pixels

AREAS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
QUALITIES, SCALES = (30, 60, 90), (0.5, 1.0)
LEAST_SIDE = 32  # px: a smaller crop is refused by name, so it is not made

BoxXyxy = tuple[float, float, float, float]
Rng = np.random.Generator
Matrix = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Pair:
    """box: where the crop lies in the source; verdicts: those that are right, if not any crop."""

    kind: str
    crop: bytes
    source: bytes
    box: BoxXyxy | None
    verdicts: frozenset[str] = field(default=frozenset())


def save(pixels: Pixels, quality: int = 92, scale: float = 1.0) -> bytes:
    file = io.BytesIO()
    Image.fromarray(resized(pixels, scale, scale)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def resized(pixels: Pixels, x: float, y: float) -> Pixels:
    if x == y == 1:
        return pixels
    image = Image.fromarray(pixels)
    size = (max(1, round(image.width * x)), max(1, round(image.height * y)))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def draw_box(
    width: int, height: int, area: float, rng: Rng, least: int = LEAST_SIDE
) -> tuple[int, int, int, int]:
    """A box of that part of the frame, between half and twice as long as the frame is."""
    stretch = np.exp(rng.uniform(-0.7, 0.7)) ** 0.5
    w = min(width, max(least, round(width * area**0.5 * stretch)))
    h = min(height, max(least, round(width * height * area / w)))
    x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    return x, y, x + w, y + h


def cut(photo: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    x0, y0, x1, y1 = box
    return photo[y0:y1, x0:x1]


# --- crops ---------------------------------------------------------------------------------------


def plain(photo: Pixels, area: float, rng: Rng) -> Pair:
    quality, scale = int(rng.choice(QUALITIES)), float(rng.choice(SCALES))
    height, width = photo.shape[:2]
    box = draw_box(width, height, area, rng, round(LEAST_SIDE / scale))
    return Pair(f"crop {area:.0%}", save(cut(photo, box), quality, scale), save(photo), box)


def _medium(photo: Pixels, rng: Rng) -> tuple[int, int, int, int]:
    area = float(np.exp(rng.uniform(np.log(0.15), np.log(0.7))))
    return draw_box(photo.shape[1], photo.shape[0], area, rng)


def shrunk(photo: Pixels, rng: Rng) -> Pair:
    box = draw_box(photo.shape[1], photo.shape[0], float(rng.uniform(0.5, 0.9)), rng)
    least = LEAST_SIDE / min(box[2] - box[0], box[3] - box[1])
    scale = max(float(rng.uniform(0.2, 0.5)), least)
    return Pair("shrunk .2 to .5", save(cut(photo, box), 85, scale), save(photo), box)


def enlarged(photo: Pixels, rng: Rng) -> Pair:
    box = draw_box(photo.shape[1], photo.shape[0], float(rng.uniform(0.05, 0.2)), rng)
    scale = float(rng.uniform(1.5, 4))
    return Pair("enlarged 1.5 to 4", save(cut(photo, box), 85, scale), save(photo), box)


def uploaded_twice(photo: Pixels, rng: Rng) -> Pair:
    """Two generations of JPEG with a resize between, of crop and source each."""
    box, scale = _medium(photo, rng), float(rng.uniform(0.5, 0.9))
    scale = max(scale, LEAST_SIDE / min(box[2] - box[0], box[3] - box[1]))
    whole = np.asarray(Image.open(io.BytesIO(save(photo, 85))))
    crop = np.asarray(Image.open(io.BytesIO(save(cut(whole, box), 75, scale))))
    return Pair("uploaded twice", save(crop, 70), save(whole, 80), box)


def whole(photo: Pixels, rng: Rng) -> Pair:
    height, width = photo.shape[:2]
    copy = save(photo, int(rng.choice(QUALITIES)), float(rng.uniform(0.3, 0.9)))
    return Pair(
        "whole, rescaled", copy, save(photo), (0, 0, width, height), frozenset({"rescaled"})
    )


# --- edited crops --------------------------------------------------------------------------------


def toned(photo: Pixels, rng: Rng) -> Pair:
    """Gamma, an S-curve and a warm or cold cast, as a phone's filters do."""
    box = _medium(photo, rng)
    x = cut(photo, box) / 255
    x = x ** float(np.exp(rng.uniform(-0.5, 0.5)))
    x = x + float(rng.uniform(-0.3, 0.6)) * (x - 0.5) * x * (1 - x) * 4
    x = x * (1 + float(rng.uniform(-0.12, 0.12)) * np.array([1, 0, -1]))
    return Pair("tone", save((np.clip(x, 0, 1) * 255).astype(np.uint8), 80), save(photo), box)


def greyed(photo: Pixels, rng: Rng) -> Pair:
    box = _medium(photo, rng)
    grey = np.asarray(Image.fromarray(cut(photo, box)).convert("L").convert("RGB"))
    return Pair("grey", save(grey, 80), save(photo), box)


def bordered(photo: Pixels, rng: Rng) -> Pair:
    box = _medium(photo, rng)
    colour = [(0, 0, 0), (255, 255, 255), tuple(int(c) for c in rng.integers(0, 256, 3))]
    crop = cut(photo, box)
    side = max(4, round(min(crop.shape[:2]) * float(rng.uniform(0.03, 0.12))))
    frame = cv2.copyMakeBorder(
        crop, side, side, side, side, cv2.BORDER_CONSTANT, value=colour[rng.integers(3)]
    )
    return Pair("border", save(np.asarray(frame, np.uint8), 80), save(photo), box)


def written_on(photo: Pixels, rng: Rng) -> Pair:
    box = _medium(photo, rng)
    image = Image.fromarray(cut(photo, box))
    draw = ImageDraw.Draw(image)
    size = max(10, image.height // int(rng.integers(5, 12)))
    dark = bool(rng.integers(2))
    draw.text(
        (image.width * 0.05, image.height * float(rng.uniform(0.05, 0.8))), "Sample text, 2026",
        fill="black" if dark else "white", font_size=size,
        stroke_width=max(1, size // 12), stroke_fill="white" if dark else "black",
    )  # fmt: skip
    return Pair("text", save(np.asarray(image), 80), save(photo), box)


def squeezed(photo: Pixels, rng: Rng) -> Pair:
    box, ratio = _medium(photo, rng), float(rng.uniform(0.75, 0.95))
    x, y = (ratio, 1.0) if rng.integers(2) else (1.0, ratio)
    return Pair("squeeze", save(resized(cut(photo, box), x, y), 80), save(photo), box)


def turned(photo: Pixels, rng: Rng) -> Pair:
    """The box is turned about its centre, by 0.5 to 3 degrees, then cut out."""
    angle = float(rng.uniform(0.5, 3) * rng.choice([-1, 1]))
    height, width = photo.shape[:2]
    x0, y0, x1, y1 = _medium(photo[round(height * 0.06) : -round(height * 0.06)], rng)
    pad = round(height * 0.06)
    x0, x1 = max(x0, pad), min(x1, width - pad)
    box = (x0, y0 + pad, x1, y1 + pad)
    centre = ((box[0] + box[2]) / 2 - 0.5, (box[1] + box[3]) / 2 - 0.5)
    matrix = cv2.getRotationMatrix2D(centre, angle, 1.0)
    spun = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_CUBIC,
                          borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    return Pair("turn", save(cut(np.asarray(spun, np.uint8), box), 80), save(photo), box)


# --- hard negatives and relations that are no crop -----------------------------------------------


def overlapping(photo: Pixels, rng: Rng) -> Pair:
    """Two crops of one photo that share half; `box` is the shared part, in the second."""
    height, width = photo.shape[:2]
    left, right = round(width * rng.uniform(0.2, 0.3)), round(width * rng.uniform(0.65, 0.8))
    top, bottom = round(height * rng.uniform(0.05, 0.1)), round(height * rng.uniform(0.9, 0.95))
    return Pair(
        "overlap", save(photo[:bottom, :right], 80), save(photo[top:, left:], 80),
        (0, 0, right - left, bottom - top), frozenset({"overlap"}),
    )  # fmt: skip


def mirrored(photo: Pixels, rng: Rng) -> Pair:
    crop = cut(photo, _medium(photo, rng))[:, ::-1]
    return Pair("mirrored", save(crop, 85), save(photo), None, frozenset({"mirrored"}))


def beside(photo: Pixels, rng: Rng) -> Pair:
    height, width = photo.shape[:2]
    left, right = photo[:, : width // 2 - 4], photo[:, width // 2 + 4 :]
    crop = cut(left, draw_box(width // 2 - 4, height, 0.4, rng))
    return Pair("beside", save(crop, 85), save(right), None)


def second_shot(photo: Pixels, rng: Rng) -> Pair:
    """The same scene from a camera held a little differently: perspective, light, noise."""
    height, width = photo.shape[:2]
    matrix = next(m for m in _tilts(width, height, rng) if _bend(m, width, height) > 0.02)
    warped = cv2.warpPerspective(photo, matrix, (width, height), flags=cv2.INTER_CUBIC,
                                 borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    noisy = warped * rng.uniform(0.9, 1.1) + rng.normal(0, 4, warped.shape)
    shot = np.clip(noisy, 0, 255).astype(np.uint8)
    box = draw_box(width, height, float(rng.uniform(0.5, 0.8)), rng)
    return Pair("second shot", save(cut(shot, box), 85), save(photo), None)


def _tilts(width: int, height: int, rng: Rng) -> Iterator[Matrix]:
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    while True:
        moved = corners + rng.uniform(-0.06, 0.06, (4, 2)) * (width, height)
        yield np.asarray(cv2.getPerspectiveTransform(corners, moved.astype(np.float32)))


def _bend(matrix: Matrix, width: int, height: int) -> float:
    """How far from any affine map, as part of the frame: less could pass for squeeze and turn."""
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
    a, b, c, d = cv2.perspectiveTransform(corners, matrix).reshape(4, 2)
    return float(np.abs(a - b + c - d).max() / 4 / max(width, height))


def of_other(other: Pixels, photo: Pixels, kind: str, rng: Rng) -> Pair:
    return Pair(kind, save(cut(other, _medium(other, rng)), 85), save(photo), None)


KINDS: tuple[Callable[[Pixels, Rng], Pair], ...] = (
    *((lambda photo, rng, area=area: plain(photo, area, rng)) for area in AREAS),
    shrunk, enlarged, uploaded_twice, whole,
    toned, greyed, bordered, written_on, squeezed, turned,
    overlapping, mirrored, beside, second_shot,
)  # fmt: skip


def alike(photos: list[Pixels]) -> list[int]:
    """Of each photo, the index of the other photo whose 16 x 16 picture correlates best."""
    small = np.stack([cv2.resize(p, (16, 16), interpolation=cv2.INTER_AREA) for p in photos])
    flat = small.reshape(len(photos), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6
    cosine = flat @ flat.T
    np.fill_diagonal(cosine, -2)
    return [int(index) for index in cosine.argmax(1)]


def make_pairs(photos: list[Pixels], seed: int) -> Iterator[Pair]:
    """Every kind of pair of every photo; `alike` and `other` take two photos."""
    nearest = alike(photos)
    for index, photo in enumerate(photos):
        for number, make in enumerate(KINDS):
            yield make(photo, np.random.default_rng([seed, index, number]))
        rng = np.random.default_rng([seed, index, len(KINDS)])
        yield of_other(photos[nearest[index]], photo, "alike", rng)
        another = photos[(index + int(rng.integers(1, len(photos)))) % len(photos)]
        yield of_other(another, photo, "other", rng)


def make_scene_pairs(scenes: list[list[Pixels]], seed: int) -> Iterator[Pair]:
    """Photos of one scene, each against a crop of every other one of it."""
    for index, scene in enumerate(scenes):
        for a, first in enumerate(scene):
            for b, second in enumerate(scene):
                if a != b:
                    rng = np.random.default_rng([seed, index, a, b])
                    yield of_other(first, second, "same scene", rng)
