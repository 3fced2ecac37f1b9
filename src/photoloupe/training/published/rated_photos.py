"""Photos that people rated, for training: which are learnt from, and endless batches of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from photoloupe.arrays import Array, Floats
from photoloupe.errors import RecipeError
from photoloupe.media.photo import open_photo
from photoloupe.models.view import View, make_view
from photoloupe.questions import aesthetics
from photoloupe.training.engine import augment
from photoloupe.training.engine.datasets import Numbered
from photoloupe.training.engine.duplicates import unlike
from photoloupe.training.engine.tables import on_one_canvas
from photoloupe.training.published.rated_section import RatedSection
from photoloupe.uses.ratings import Rated, Rating, read_labels

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # canvas, valid_hw, target, mean


@dataclass(frozen=True)
class RatedTable:
    """train: learnt from; test: not used before evaluation; folder: where their paths start."""

    folder: Path
    train: list[Rated]
    test: list[Rated]

    @property
    def train_mean(self) -> float:
        return float(np.mean([item.rating.mean for item in self.train]))

    def unseen(self) -> list[Rated]:
        """The test's photos that are no near-duplicate of one that was learnt from."""
        seen = [{"file": str(self.folder / item.path)} for item in self.train]
        rows = [{"file": str(self.folder / item.path)} for item in self.test]
        kept = {row["file"] for row in unlike(rows, seen)}
        return [item for item in self.test if str(self.folder / item.path) in kept]


def load_rated(recipe: RatedSection, data: Path) -> RatedTable:
    """Raises LabelError for a wrong line, RecipeError for an absent photo or an empty part."""
    file = data / recipe.csv
    table = RatedTable(file.parent / recipe.photos, [], [])
    for item in read_labels(file):
        if recipe.group_column and recipe.group_column not in item.columns:
            raise RecipeError(f"{file}: no column {recipe.group_column}")
        if not (table.folder / item.path).is_file():
            raise RecipeError(f"{file}: no photo {table.folder / item.path}")
        (table.test if _held_out(item, recipe) else table.train).append(item)
    if not table.train or not table.test:
        raise RecipeError(f"{file}: no photo is left to {'test' if table.train else 'train'} on")
    return table


def _held_out(item: Rated, recipe: RatedSection) -> bool:
    """By its split; without one by its group's hash, so that it is the same in every run."""
    if "split" in item.columns:
        return item.columns["split"] in recipe.hold_out_splits
    group = item.columns.get(recipe.group_column, item.path)
    return crc32(group.encode("utf-8", "surrogateescape")) / 2**32 < recipe.test_share


def make_target(rating: Rating, std: float) -> Floats:
    """(10,) float32: the raters' shares, or a normal with their mean and spread, or with `std`."""
    if rating.shares is not None:
        return np.array(rating.shares, np.float32)
    return aesthetics.make_target(rating.mean, rating.std or std)


class RatedBatches(Numbered[Batch]):
    """Endless batches from number `done` on; every photo has its turn once an epoch.

    A photo is shown complete, mirrored half the time; canvases of one batch are as large as the
    largest of them needs. Batch k of a seed is the same whenever it is made.
    """

    def __init__(
        self,
        table: RatedTable,
        recipe: RatedSection,
        *,
        batch: int,
        view_pixels: int,
        seed: int,
        done: int,
    ) -> None:
        self.table, self.recipe, self.size = table, recipe, batch
        self.view_pixels, self.seed, self.done = view_pixels, seed, done

    def batch(self, number: int) -> Batch:
        turns, count = range(number * self.size, (number + 1) * self.size), len(self.table.train)
        orders = {epoch: self._order(epoch) for epoch in {turn // count for turn in turns}}
        chosen = [self.table.train[orders[turn // count][turn % count]] for turn in turns]
        views = [self._view(item, turn) for item, turn in zip(chosen, turns, strict=True)]
        canvas, valid_hw = on_one_canvas(views)
        target = np.stack([make_target(item.rating, self.recipe.std) for item in chosen])
        return (
            canvas,
            valid_hw,
            torch.from_numpy(target),
            torch.tensor([item.rating.mean for item in chosen], dtype=torch.float32),
        )

    def _view(self, item: Rated, turn: int) -> View:
        rng = np.random.default_rng([self.seed, turn])
        pixels = open_photo(self.table.folder / item.path, min_pixels=self.view_pixels).pixels
        return make_view(augment.mirror(pixels, rng), self.view_pixels)

    def _order(self, epoch: int) -> Array:
        return np.random.default_rng([self.seed, epoch, 0]).permutation(len(self.table.train))
