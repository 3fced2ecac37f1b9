"""Pairs made from photos: is one a crop of the other, which one, and where is its corner.

A pair is made from its own generator, so pair k of a seed is the same in any batch, in any loader
process, and after a run is stopped and resumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from photoloupe.arrays import Floats, Pixels
from photoloupe.boxes import Box
from photoloupe.training.engine import augment
from photoloupe.training.engine.datasets import Numbered
from photoloupe.training.engine.tables import Row, load_pixels
from photoloupe.training.published.crop_pairs.recipe import CropPairsRecipe, MadePairs

Batch = tuple[Tensor, Tensor]  # (B, side, side, 6) uint8, (B, 4) float32
LEAST_PX = 8  # of a crop's side


@dataclass(frozen=True)
class SamplePair:
    """Two pictures as their JPEG files show them, and the truth about them.

    swapped: the first is the crop (or stands in a crop's place, if they are no pair);
    box: of the crop in its photo, None if they are no pair; sizes_bytes: of the two files.
    """

    first: Pixels
    second: Pixels
    swapped: bool
    box: Box | None
    sizes_bytes: tuple[int, int]

    @property
    def photo(self) -> Pixels:
        return self.second if self.swapped else self.first

    @property
    def crop(self) -> Pixels:
        return self.first if self.swapped else self.second

    def target(self) -> Floats:
        """(4,): is a pair, is swapped, x and y of the crop's top left corner in 0 .. 1."""
        if self.box is None:
            return np.zeros(4, np.float32)
        height, width = self.photo.shape[:2]
        corner = self.box.x0 / width, self.box.y0 / height
        return np.array([1, self.swapped, *corner], np.float32)


def make_pair(
    kind: str, photo: Pixels, other: Pixels, made: MadePairs, rng: np.random.Generator
) -> SamplePair:
    """kind: "crop", or one of the negatives in MadePairs; "other" alone looks at `other`."""
    height, width = photo.shape[:2]
    source = photo
    if kind == "other":  # of one frame with the photo, or `kept` would be told by its shape
        kept = made.aspect == "kept"
        source = augment.crop_to_aspect(other, width / height, 1, rng) if kept else other
    box = draw_box(source.shape[1], source.shape[0], made, rng)
    crop = source[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]
    if kind.startswith("mirrored"):
        crop = (crop if kind == "mirrored_crop" else photo)[:, ::-1]
    qualities = rng.integers(made.least_quality, made.most_quality + 1, 2)
    files = [compress(p, int(q)) for p, q in zip((photo, crop), qualities, strict=True)]
    swapped = bool(rng.random() < 0.5)
    (first, a), (second, b) = reversed(files) if swapped else files
    return SamplePair(first, second, swapped, box if kind == "crop" else None, (a, b))


def draw_box(width: int, height: int, made: MadePairs, rng: np.random.Generator) -> Box:
    """A box of integer pixels; its area is of one distribution, whatever happens to its shape."""
    shares = rng.uniform(made.least_side, made.most_side, 2)
    if made.aspect == "kept":
        shares[:] = np.sqrt(shares.prod())
    w = min(width, max(LEAST_PX, round(width * shares[0])))
    h = min(height, max(LEAST_PX, round(height * shares[1])))
    x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    return Box(x, y, x + w, y + h)


def compress(pixels: Pixels, quality: int) -> tuple[Pixels, int]:
    """What a JPEG of that quality shows, and its bytes."""
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8), len(data)


def pair_of_rows(
    row: Row, others: list[Row], kind: str, made: MadePairs, rng: np.random.Generator
) -> SamplePair:
    """A pair of `row`'s photo, which may be mirrored first, and if need be another's."""
    photo = augment.mirror(load_pixels(row), rng)
    if kind == "beside":  # the other photo is the other half of this one: alike, but distinct
        middle = photo.shape[1] // 2
        return make_pair("other", photo[:, :middle], photo[:, middle:], made, rng)
    other = photo
    if kind == "other":
        distinct = [r for r in others if r["file"] != row["file"]]
        other = load_pixels(distinct[rng.integers(len(distinct))])
    return make_pair(kind, photo, other, made, rng)


def numbered_pair(rows: list[Row], made: MadePairs, seed: int, number: int) -> SamplePair:
    """SamplePair `number` of a seed: even ones are crops, odd ones are not."""
    rng = np.random.default_rng([seed, number])
    row = rows[rng.integers(len(rows))]
    return pair_of_rows(row, rows, made.negatives if number % 2 else "crop", made, rng)


def squash(pixels: Pixels, side: int) -> Pixels:
    """A picture of any shape as a square, each axis filtered for its own scale."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


def six_channels(first: Pixels, second: Pixels, side: int) -> Pixels:
    """(side, side, 6) uint8: what the net is shown."""
    return np.concatenate([squash(first, side), squash(second, side)], axis=2)


class PairBatches(Numbered[Batch]):
    """Endless batches from number `done` on."""

    def __init__(self, recipe: CropPairsRecipe, rows: list[Row], done: int) -> None:
        self.recipe, self.rows, self.done = recipe, rows, done

    def batch(self, number: int) -> Batch:
        made, seed = self.recipe.pairs, self.recipe.fit.seed
        numbers = range(number * made.batch, (number + 1) * made.batch)
        pairs = [numbered_pair(self.rows, made, seed, k) for k in numbers]
        shown = [six_channels(pair.first, pair.second, self.recipe.side) for pair in pairs]
        target = np.stack([pair.target() for pair in pairs])
        return torch.from_numpy(np.stack(shown)), torch.from_numpy(target)
