"""Photos squished for a net that sees them in a black square, and by how much they were.

A sample is made from its own generator, so sample k of a seed is the same in any batch, in any
loader process, and after a run is stopped and resumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from photoloupe.arrays import Floats, Pixels
from photoloupe.questions.squish import ratios
from photoloupe.training.engine import augment
from photoloupe.training.engine.datasets import Numbered
from photoloupe.training.engine.tables import Row, load_pixels
from photoloupe.training.published.squish_padded.recipe import MadeSquishes, SquishPaddedRecipe

Batch = tuple[Tensor, Tensor]  # (B, side, side, 3) uint8, (B, 2) float32


@dataclass(frozen=True)
class SquishedSample:
    """A photo, the crop of it, and the crop squeezed; log_ratio t as in tasks/squish.py."""

    photo: Pixels
    crop: Pixels
    squished: Pixels
    log_ratio: float

    def target(self) -> Floats:
        """(2,): width ratio and height ratio, one of them 1."""
        return np.array(ratios(self.log_ratio), np.float32)


def make_sample(photo: Pixels, made: MadeSquishes, rng: np.random.Generator) -> SquishedSample:
    """A crop at a place, of a size and of an aspect drawn at random, one side squeezed."""
    aspect = augment.log_uniform(1 / made.most_aspect, made.most_aspect, rng)
    crop = augment.crop_to_aspect(photo, aspect, rng.uniform(made.least_zoom, 1), rng)
    t = float(np.log(rng.uniform(made.least_ratio, 1)) * rng.choice([-1, 1]))
    size_wh = [
        max(1, round(side * ratio))
        for side, ratio in zip(crop.shape[1::-1], ratios(t), strict=True)
    ]
    return SquishedSample(photo, crop, _resized(crop, size_wh), t)


def pad(pixels: Pixels, side: int) -> Pixels:
    """A picture of any shape, as large as fits into the middle of a black square of `side`."""
    height, width = pixels.shape[:2]
    scale = side / max(width, height)
    small = _resized(pixels, [max(1, round(length * scale)) for length in (width, height)])
    square = np.zeros((side, side, 3), np.uint8)
    y, x = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    square[y : y + small.shape[0], x : x + small.shape[1]] = small
    return square


def _resized(pixels: Pixels, size_wh: list[int]) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((size_wh[0], size_wh[1]), Image.Resampling.BILINEAR))


def numbered_sample(rows: list[Row], made: MadeSquishes, seed: int, number: int) -> SquishedSample:
    """SquishedSample `number` of a seed; every photo has its turn once an epoch, in a new order."""
    epoch, turn = divmod(number, len(rows))
    order = np.random.default_rng([seed, epoch]).permutation(len(rows))
    rng = np.random.default_rng([seed, epoch, turn])
    return make_sample(load_pixels(rows[order[turn]]), made, rng)


class PaddedBatches(Numbered[Batch]):
    """Endless batches from number `done` on."""

    def __init__(self, recipe: SquishPaddedRecipe, rows: list[Row], done: int) -> None:
        self.recipe, self.rows, self.done = recipe, rows, done

    def batch(self, number: int) -> Batch:
        made, seed = self.recipe.squishes, self.recipe.fit.seed
        numbers = range(number * made.batch, (number + 1) * made.batch)
        samples = [numbered_sample(self.rows, made, seed, k) for k in numbers]
        shown = np.stack([pad(sample.squished, self.recipe.side) for sample in samples])
        target = np.stack([sample.target() for sample in samples])
        return torch.from_numpy(shown), torch.from_numpy(target)
