"""What a larger net knows, for a small one to learn: its features of photos, worked out once.

The features file is an .npz that scripts/teach.py writes: `files` (N,), relative to the data
folder, and `embeds` (N, D). Two things are learned from it: the features themselves, and, for all
photos without a human rating, what a ridge regression on them makes of the few that have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photoloupe.errors import RecipeError
from photoloupe.tasks import aesthetics
from photoloupe.training import augment
from photoloupe.training.data import Row, load_pixels, on_one_canvas, rating
from photoloupe.training.recipe import TeacherRecipe
from photoloupe.training.streams import Drawn
from photoloupe.views import Floats, make_view

RIDGE = 0.5  # on features of length 1; whole themes held out, .3 to 2 do as well
LEAST_STD = 0.5

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # canvas, valid_hw, features, rating


@dataclass(frozen=True)
class Teacher:
    """features: by photo, (D,) float32 of length 1, centred; ratings: by photo, (mean, std).

    rated: the photos whose rating is human.
    """

    features: dict[str, Floats]
    ratings: dict[str, tuple[float, float]]
    rated: frozenset[str]

    @property
    def width(self) -> int:
        return len(next(iter(self.features.values())))


def load_teacher(path: Path, data: Path, rows: list[Row], rated: list[Row]) -> Teacher:
    """The teacher's word on these rows; what has a human rating keeps it.

    Only `rated` rows teach it to rate: pass none that anything is measured on.
    Raises RecipeError if the file is no such file, or lacks a photo.
    """
    try:
        with np.load(path) as stored:
            embeds = np.asarray(stored["embeds"], np.float32)
            place = {str(data / str(file)): i for i, file in enumerate(stored["files"])}
        embeds /= np.linalg.norm(embeds, axis=1, keepdims=True)
        known = np.array([place[row["file"]] for row in rows])
        taught = embeds[[place[row["file"]] for row in rated]]
    except (OSError, KeyError, ValueError) as error:
        raise RecipeError(f"{path}: not the features of these photos ({error!r})") from error
    human = np.array([rating(row) for row in rated])
    guess = ridge(taught, human, RIDGE, embeds[known])
    ratings = {
        row["file"]: (float(np.clip(mean, 1.2, 9.8)), float(max(std, LEAST_STD)))
        for row, (mean, std) in zip(rows, guess, strict=True)
    }
    ratings |= {row["file"]: rating(row) for row in rated}
    centred = embeds[known] - embeds[known].mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    files = [row["file"] for row in rows]
    features = dict(zip(files, centred, strict=True))
    return Teacher(features, ratings, frozenset(row["file"] for row in rated))


def ridge(inputs: Floats, targets: Floats, strength: float, asked: Floats) -> Floats:
    """Ridge regression with an intercept: (N, D), (N, K), (M, D) -> (M, K)."""
    shift, base = inputs.mean(0), targets.mean(0)
    level = (inputs - shift).astype(np.float64)
    gram = level.T @ level + strength * np.eye(level.shape[1])
    return np.asarray((asked - shift) @ np.linalg.solve(gram, level.T @ (targets - base)) + base)


class TaughtBatches(Drawn[Batch]):
    """Endless batches of whole photos, mirrored at most, with the teacher's word on each.

    Photos of like frames go together, so that little padding is wasted; those with a human rating
    are drawn `often` times as often as others.
    """

    def __init__(
        self, teacher: Teacher, rows: list[Row], recipe: TeacherRecipe, view_pixels: int, seed: int
    ) -> None:
        self.teacher, self.photos = teacher, recipe.batch
        self.view_pixels, self.seed = view_pixels, seed
        odds = np.array([recipe.often if row["file"] in teacher.rated else 1.0 for row in rows])
        aspects = np.array([np.log(int(row["width"]) / int(row["height"])) for row in rows])
        order = np.argsort(aspects, kind="stable")
        self.rows = [rows[i] for i in order]
        self.reach = np.cumsum(odds[order]) / odds.sum()

    def batch(self, rng: np.random.Generator) -> Batch:
        """Photos out of a window of the frames in order, a fifth of all wide."""
        start = rng.uniform(-0.1, 0.9)
        drawn = rng.uniform(start, start + 0.2, self.photos)
        drawn = np.minimum(1 - np.abs(1 - np.abs(drawn)), 1 - 1e-9)  # reflected at both ends
        rows = [self.rows[i] for i in np.searchsorted(self.reach, drawn, side="right")]
        views = [make_view(augment.mirror(load_pixels(row), rng), self.view_pixels) for row in rows]
        canvas, valid_hw = on_one_canvas(views)
        features = np.stack([self.teacher.features[row["file"]] for row in rows])
        ratings = [aesthetics.make_target(*self.teacher.ratings[row["file"]]) for row in rows]
        return canvas, valid_hw, torch.from_numpy(features), torch.from_numpy(np.stack(ratings))
