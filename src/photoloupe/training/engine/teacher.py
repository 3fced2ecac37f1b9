"""What a larger net knows, for a small one to learn: its features of photos, worked out once.

The features file is an .npz that scripts/teach.py writes: `files` (N,), relative to the data
folder, and `embeds` (N, D). A file may have `boxes` (N, 4) too, the part of the photo that a row
shows as shares of its sides; rows of less than the photo are ignored. Two things are learned from
it: the features themselves, and, for all that has no human rating, what a ridge regression on them
makes of the few photos that have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photoloupe.arrays import Floats
from photoloupe.errors import RecipeError
from photoloupe.training.engine.tables import Row, rating

RIDGE = 0.5  # on features of length 1; with themes held out, .3 to 2 do as well
LEAST_STD = 0.5
FULL_FRAME = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class TaughtPhoto:
    """A photo and what the teacher makes of it.

    features: (D,) float32 of length 1, centred; rating: (mean, std), 1 to 10; human: it is people's
    rating, not the teacher's.
    """

    row: Row
    features: Floats
    rating: tuple[float, float]
    human: bool

    @property
    def aspect(self) -> float:
        """Width over height, as the table has them."""
        return int(self.row["width"]) / int(self.row["height"])


def load_teacher(path: Path, data: Path, rows: list[Row], rated: list[Row]) -> list[TaughtPhoto]:
    """The teacher's features and ratings of these rows' photos, in their order.

    A photo that has a human rating keeps it. Only `rated` rows teach the teacher to rate: pass
    none that anything is measured on.
    Raises RecipeError if the file is no such file, or lacks a photo.
    """
    try:
        by_file = _load_features(path, data)
        features = np.stack([by_file[row["file"]] for row in rows])
        learned = np.stack([by_file[row["file"]] for row in rated])
    except (OSError, KeyError, ValueError) as error:
        raise RecipeError(f"{path}: not the features of these photos ({error!r})") from error
    guesses = ridge(learned, np.array([rating(row) for row in rated]), RIDGE, features)
    centred = features - features.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    human = {row["file"]: rating(row) for row in rated}
    return [
        TaughtPhoto(row, one, human.get(row["file"], _possible(*guess)), row["file"] in human)
        for row, one, guess in zip(rows, centred, guesses, strict=True)
    ]


def _load_features(path: Path, data: Path) -> dict[str, Floats]:
    """File -> (D,) float32 of length 1."""
    with np.load(path) as stored:
        embeds = np.asarray(stored["embeds"], np.float32)
        files = [str(data / str(file)) for file in stored["files"]]
        boxes = stored["boxes"] if "boxes" in stored else [FULL_FRAME] * len(files)
    embeds /= np.linalg.norm(embeds, axis=1, keepdims=True)
    rows = zip(files, boxes, embeds, strict=True)
    return {file: embed for file, box, embed in rows if tuple(box) == FULL_FRAME}


def _possible(mean: float, std: float) -> tuple[float, float]:
    """A regression's answer as a rating that can be."""
    return float(np.clip(mean, 1.2, 9.8)), float(max(std, LEAST_STD))


def ridge(inputs: Floats, targets: Floats, strength: float, asked: Floats) -> Floats:
    """Ridge regression with an intercept: (N, D), (N, K), (M, D) -> (M, K)."""
    shift, base = inputs.mean(0), targets.mean(0)
    level = (inputs - shift).astype(np.float64)
    gram = level.T @ level + strength * np.eye(level.shape[1])
    return np.asarray((asked - shift) @ np.linalg.solve(gram, level.T @ (targets - base)) + base)
