"""What a larger net knows, for a small one to learn: its features of photos, worked out once.

The features file is an .npz that scripts/teach.py writes: `files` (N,), relative to the data
folder, `boxes` (N, 4), the part of it that was looked at, and `embeds` (N, D). Two things are
learned from it: the features themselves, and, for all that has no human rating, what a ridge
regression on them makes of the few photos that have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photoloupe.arrays import Floats
from photoloupe.boxes import Box
from photoloupe.errors import RecipeError
from photoloupe.models.view import View, make_view
from photoloupe.questions import aesthetics
from photoloupe.training.engine import augment
from photoloupe.training.engine.datasets import Drawn
from photoloupe.training.engine.recipe import TeacherRecipe
from photoloupe.training.engine.tables import Row, load_pixels, on_one_canvas, rating

RIDGE = 0.5  # on features of length 1; whole themes held out, .3 to 2 do as well
LEAST_STD = 0.5
WHOLE = Box(0, 0, 1, 1)  # all of a photo, in shares of its sides

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # canvas, valid_hw, features, rating


@dataclass(frozen=True)
class Sight:
    """A photo, or a part of it, and the teacher's word on it.

    box: in shares of the photo's sides; features: (D,) float32 of length 1, centred; rating:
    (mean, std), 1 to 10; human: it is people's rating, not the teacher's.
    """

    row: Row
    box: Box
    features: Floats
    rating: tuple[float, float]
    human: bool

    @property
    def whole(self) -> bool:
        return self.box == WHOLE

    @property
    def aspect(self) -> float:
        """Width over height."""
        width = int(self.row["width"]) * (self.box.x1 - self.box.x0)
        return width / (int(self.row["height"]) * (self.box.y1 - self.box.y0))


def load_teacher(path: Path, data: Path, rows: list[Row], rated: list[Row]) -> list[Sight]:
    """The teacher's word on these rows' photos and parts of them; whole ones come first.

    A photo that has a human rating keeps it. Only `rated` rows teach the teacher to rate: pass
    none that anything is measured on.
    Raises RecipeError if the file is no such file, or lacks a photo.
    """
    try:
        with np.load(path) as stored:
            embeds = np.asarray(stored["embeds"], np.float32)
            seen = [str(data / str(file)) for file in stored["files"]]
            boxes = [Box(*edges) for edges in stored["boxes"].tolist()]
        embeds /= np.linalg.norm(embeds, axis=1, keepdims=True)
        whole = {seen[i]: i for i, box in enumerate(boxes) if box == WHOLE}
        known = [whole[row["file"]] for row in rows]
        taught = embeds[[whole[row["file"]] for row in rated]]
    except (OSError, KeyError, ValueError) as error:
        raise RecipeError(f"{path}: not the features of these photos ({error!r})") from error
    by_file = {row["file"]: row for row in rows}
    known += [i for i, file in enumerate(seen) if file in by_file and whole[file] != i]
    guess = ridge(taught, np.array([rating(row) for row in rated]), RIDGE, embeds[known])
    centred = embeds[known] - embeds[known].mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    human = {whole[row["file"]]: rating(row) for row in rated}
    return [
        Sight(by_file[seen[i]], boxes[i], features, human.get(i, _told(*said)), i in human)
        for i, features, said in zip(known, centred, guess, strict=True)
    ]


def _told(mean: float, std: float) -> tuple[float, float]:
    """A regression's word as a rating that can be."""
    return float(np.clip(mean, 1.2, 9.8)), float(max(std, LEAST_STD))


def ridge(inputs: Floats, targets: Floats, strength: float, asked: Floats) -> Floats:
    """Ridge regression with an intercept: (N, D), (N, K), (M, D) -> (M, K)."""
    shift, base = inputs.mean(0), targets.mean(0)
    level = (inputs - shift).astype(np.float64)
    gram = level.T @ level + strength * np.eye(level.shape[1])
    return np.asarray((asked - shift) @ np.linalg.solve(gram, level.T @ (targets - base)) + base)


class TaughtBatches(Drawn[Batch]):
    """Endless batches of sights, mirrored at most, with the teacher's word on each.

    Those of like frames go together, so that little padding is wasted; those with a human rating
    are drawn `often` times as often as others.
    """

    def __init__(
        self, sights: list[Sight], recipe: TeacherRecipe, view_pixels: int, seed: int
    ) -> None:
        self.photos, self.view_pixels, self.seed = recipe.batch, view_pixels, seed
        self.sights = sorted(sights, key=lambda sight: sight.aspect)
        odds = np.array([recipe.often if sight.human else 1.0 for sight in self.sights])
        self.reach = np.cumsum(odds) / odds.sum()

    def batch(self, rng: np.random.Generator) -> Batch:
        """Sights out of a window of the frames in order, a fifth of all wide."""
        start = rng.uniform(-0.1, 0.9)
        drawn = rng.uniform(start, start + 0.2, self.photos)
        drawn = np.minimum(1 - np.abs(1 - np.abs(drawn)), 1 - 1e-9)  # reflected at both ends
        sights = [self.sights[i] for i in np.searchsorted(self.reach, drawn, side="right")]
        canvas, valid_hw = on_one_canvas([self._view(sight, rng) for sight in sights])
        features = np.stack([sight.features for sight in sights])
        ratings = np.stack([aesthetics.make_target(*sight.rating) for sight in sights])
        return canvas, valid_hw, torch.from_numpy(features), torch.from_numpy(ratings)

    def _view(self, sight: Sight, rng: np.random.Generator) -> View:
        part = augment.cut(load_pixels(sight.row), sight.box)
        return make_view(augment.mirror(part, rng), self.view_pixels)
