"""Photos sorted into classes: a folder a class, or a CSV; and endless batches of small squares."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from photoloupe.arrays import Pixels
from photoloupe.errors import RecipeError
from photoloupe.media.formats import is_photo
from photoloupe.media.photo import open_photo
from photoloupe.training.engine.datasets import Numbered
from photoloupe.training.engine.tables import Row, table_rows
from photoloupe.training.published.selfie_squashed.recipe import SelfieSquashedRecipe

SPLITS = ("train", "val", "test")
Batch = tuple[Tensor, Tensor]  # (B, side, side, 3) uint8, (B,) int64


def load_splits(recipe: SelfieSquashedRecipe, path: Path, data: Path) -> dict[str, list[Row]]:
    """Rows with `class` by split: DATA/train/selfie/*.jpg ... if there, else the recipe's CSV.

    path: the recipe's, for reviewed labels in its folder.
    Raises RecipeError if there is neither, or a class has no photo to train on.
    """
    folders = (data / "train").is_dir()
    splits = _read_folders(recipe, data) if folders else _read_table(recipe, path, data)
    for name in recipe.classes:
        if not any(row["class"] == name for row in splits["train"]):
            where = data / "train" / name if folders else data / recipe.photos.csv
            raise RecipeError(f"{where}: no photo of class {name!r} to train on")
    return splits


def _read_folders(recipe: SelfieSquashedRecipe, data: Path) -> dict[str, list[Row]]:
    splits: dict[str, list[Row]] = {}
    for split in SPLITS:
        files = [
            (name, path)
            for name in recipe.classes
            for path in sorted((data / split / name).rglob("*"))
            if is_photo(str(path))
        ]
        splits[split] = [
            {"file": str(path), "class": name, "group": str(path)} for name, path in files
        ]
    return splits


def _read_table(recipe: SelfieSquashedRecipe, path: Path, data: Path) -> dict[str, list[Row]]:
    """A row's `split`, where it has one; held-out sources are the test. A tenth is `val`."""
    splits: dict[str, list[Row]] = {split: [] for split in SPLITS}
    table, (yes, no) = recipe.photos, recipe.classes
    for index, row in enumerate(table_rows(table, data, path.parent)):
        held = row["source"] in table.hold_out
        split = "test" if held else row.get("split", "val" if index % 10 == 9 else "train")
        if split not in splits:
            raise RecipeError(f"{data / table.csv}: split {split!r} is none of {', '.join(SPLITS)}")
        splits[split].append({**row, "class": yes if row["selfie"] == "1" else no})
    return splits


def load_small(row: Row, side: int) -> Pixels:
    """The photo, decoded no larger than a square of `side` needs, and squashed to it."""
    return squash(open_photo(row["file"], min_pixels=4 * side * side).pixels, side)


def squash(pixels: Pixels, side: int) -> Pixels:
    """A picture of any shape, squashed to a square."""
    shrinks = side * side < pixels.shape[0] * pixels.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=how), np.uint8)


class ClassBatches(Numbered[Batch]):
    """Endless batches from number `done` on; every photo once an epoch, mirrored half the time."""

    def __init__(self, recipe: SelfieSquashedRecipe, rows: list[Row], done: int) -> None:
        self.recipe, self.rows, self.done = recipe, rows, done

    def batch(self, number: int) -> Batch:
        """The same for one number, in whichever process; an epoch's last batch may be smaller."""
        epoch, turn = divmod(number, batches_an_epoch(self.recipe, self.rows))
        rng = np.random.default_rng([self.recipe.fit.seed, epoch])
        order, flips = rng.permutation(len(self.rows)), rng.random(len(self.rows)) < 0.5
        chosen = order[turn * self.recipe.batch : (turn + 1) * self.recipe.batch]
        shown, classes = [], []
        for place in chosen:
            pixels = load_small(self.rows[place], self.recipe.side)
            shown.append(pixels[:, ::-1] if flips[place] else pixels)
            classes.append(self.recipe.classes.index(self.rows[place]["class"]))
        return torch.from_numpy(np.stack(shown)), torch.tensor(classes)


def batches_an_epoch(recipe: SelfieSquashedRecipe, rows: list[Row]) -> int:
    return -(-len(rows) // recipe.batch)
