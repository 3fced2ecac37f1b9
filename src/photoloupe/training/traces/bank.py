"""A bank of readings: squished photos are made and read once, then learnt from many times.

Making and reading a photo takes about 10 ms, learning from it half a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from photoloupe.arrays import Pixels
from photoloupe.questions import squish
from photoloupe.training.engine import augment
from photoloupe.training.engine.figures import Array
from photoloupe.training.engine.recipe import TracesRecipe
from photoloupe.training.engine.tables import Row, load_pixels
from photoloupe.training.traces.history import make_mosaic, remake
from photoloupe.training.traces.read import read_traces
from photoloupe.training.traces.samples import WEBP, Story, make_sample
from photoloupe.training.traces.vary import vary

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # maps, lines, target, weight
FILE_SAMPLES = 2000
PER_HISTORY = 3  # samples cut from one remade photo
MOSAICS = 0.1  # share of photos that are four in one: large photos are few among the data


@dataclass(frozen=True)
class Bank:
    """maps (N, 4, 33, 33), lines (N, 2, 5, 129) float16; log_ratio, area (of the frame): (N,)."""

    maps: Array
    lines: Array
    log_ratio: Array
    area: Array

    def weights(self) -> Array:
        """(N,) mean 1: among frames of one size every log ratio weighs what it weighs overall.

        Squeezed frames are small. Without this a net would take any thumbnail for squished.
        """
        strength = np.abs(self.log_ratio) / np.log(5)
        ratio_bin = np.where(strength == 0, 0, 1 + np.minimum(7, (strength * 8).astype(int)))
        edges = np.quantile(self.area, np.linspace(0, 1, 13)[1:-1])
        size_bin = np.digitize(self.area, edges)
        joint = np.zeros((9, 12))
        np.add.at(joint, (ratio_bin, size_bin), 1)
        wanted = joint.sum(1, keepdims=True) * joint.sum(0) / joint.sum()
        weight = np.clip(wanted / np.maximum(joint, 1e-9), 0.25, 4)[ratio_bin, size_bin]
        return np.asarray(weight / weight.mean())


def make_bank(rows: list[Row], recipe: TracesRecipe, out: Path) -> Bank:
    """The bank of a recipe, in files of 2,000; those already in `out` are not made again."""
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"{k:03d}.npz" for k in range(-(-recipe.samples // FILE_SAMPLES))]
    for number, path in enumerate(paths):
        if not path.is_file():
            count = min(FILE_SAMPLES, recipe.samples - number * FILE_SAMPLES)
            _write(path, rows, [recipe.fit.seed, number], count)
    files = [np.load(path) for path in paths]
    return Bank(*(np.concatenate([f[k] for f in files]) for k in Bank.__dataclass_fields__))


def _write(path: Path, rows: list[Row], seed: list[int], count: int) -> None:
    maps, lines, log_ratio, area = [], [], [], []
    for (picture, story), _ in zip(samples(rows, seed), range(count), strict=False):
        traces = read_traces(picture)
        maps.append(traces.maps.astype(np.float16))
        lines.append(traces.lines.astype(np.float16))
        log_ratio.append(story.log_ratio)
        area.append(picture.shape[0] * picture.shape[1])
    part = path.with_suffix(".part.npz")
    np.savez(part, maps=maps, lines=lines, log_ratio=log_ratio, area=area)
    part.rename(path)


def samples(rows: list[Row], seed: list[int]) -> Iterator[tuple[Pixels, Story]]:
    """Endless squished photos of a seed."""
    number = 0
    while True:
        rng = np.random.default_rng([*seed, number])
        photo = remake(_draw_photo(rows, rng), rng)
        for _ in range(PER_HISTORY):
            yield make_sample(photo, rng, webp=WEBP, level=True)
        number += 1


def _draw_photo(rows: list[Row], rng: np.random.Generator) -> Pixels:
    photo = load_pixels(rows[rng.integers(len(rows))])
    if rng.random() < MOSAICS:
        others = rng.integers(len(rows), size=3)
        photo = make_mosaic([photo, *(load_pixels(rows[i]) for i in others)])
    return augment.mirror(photo, rng)


class BankBatches(IterableDataset[Batch]):
    """Endless batches: the bank in a new order every time round, half of them transposed."""

    def __init__(self, bank: Bank, batch: int, seed: list[int]) -> None:
        self.bank, self.batch, self.seed = bank, batch, seed
        self.targets = np.stack([squish.make_target(t) for t in bank.log_ratio])
        self.weights = bank.weights().astype(np.float32)

    def __iter__(self) -> Iterator[Batch]:
        rng = np.random.default_rng(self.seed)
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        while True:
            order = rng.permutation(len(self.targets))
            for start in range(0, max(1, len(order) - self.batch + 1), self.batch):
                chosen = np.sort(order[start : start + self.batch])
                maps, lines, target, weight = self.take(chosen, rng.random() < 0.5)
                yield *vary(maps, lines, generator), target, weight

    def take(self, rows: Array, transposed: bool) -> Batch:
        maps, lines, target = self.bank.maps[rows], self.bank.lines[rows], self.targets[rows]
        if transposed:
            maps, lines = maps.transpose(0, 1, 3, 2), lines[:, ::-1]
            target = target[:, ::-1]
        arrays = (maps, lines, target, self.weights[rows])
        first, second, third, fourth = (
            torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays
        )
        return first, second, third, fourth
