"""Endless batches of views for the tasks of a multitask recipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from photoloupe.arrays import Floats, Pixels
from photoloupe.models.view import make_view
from photoloupe.questions import aesthetics, squish
from photoloupe.questions.registry import QUESTIONS
from photoloupe.training.engine import augment
from photoloupe.training.engine.datasets import Drawn
from photoloupe.training.engine.tables import Row, load_pixels, on_one_canvas, rating
from photoloupe.training.multitask.recipe import TaskSection

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # canvas, valid_hw, target, weight
NOISY_WEIGHT = 0.35  # of a photo whose label came with a tag, not from a person


# --- one sample a task: (row, frame aspect, generator) -> picture and target ---------------------


def squish_sample(row: Row, aspect: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """(H, W, 3) and (35,) two-bin target: a photo squished at random.

    The final frame has `aspect` whatever the squish, so its shape cannot give t away.
    """
    t = augment.draw_log_ratio(aspect, 0.2, rng)
    photo = augment.mirror(load_pixels(row), rng)
    photo = augment.crop_to_aspect(photo, aspect * float(np.exp(-t)), rng.uniform(0.6, 1), rng)
    return augment.republish(augment.squish(photo, t, rng), rng), squish.make_target(t)


def selfie_sample(row: Row, aspect: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """(H, W, 3) and (1,) label.

    Both classes get the same shape, size, JPEG and colour treatment: the sources' own leak.
    """
    photo = augment.mirror(load_pixels(row), rng)
    photo = augment.crop_to_aspect(photo, aspect, rng.uniform(0.75, 1), rng)
    photo = augment.recolour(augment.republish(photo, rng), rng)
    return photo, np.array([float(row["selfie"])], np.float32)


def aesthetics_sample(row: Row, aspect: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """(H, W, 3) and (10,) shares: the complete picture, mirrored at most.

    Any other change would change the answer.
    """
    mean, std = rating(row)
    return augment.mirror(load_pixels(row), rng), aesthetics.make_target(mean, std)


SAMPLES: dict[str, Callable[[Row, float, np.random.Generator], tuple[Pixels, Floats]]] = {
    "squish": squish_sample,
    "selfie": selfie_sample,
    "aesthetics": aesthetics_sample,
}


def draw_weights(name: str, rows: list[Row]) -> Floats:
    """(len(rows),) odds of drawing each row: every label of a table for the task equally often."""
    kinds = [(row["table"], row[name]) if name in row else () for row in rows]
    counts = Counter(kinds)
    odds = np.array([1 / counts[kind] for kind in kinds])
    return np.asarray(odds / odds.sum())


def label_weight(row: Row) -> float:
    """What a photo's loss weighs: less where the table says that its label is noisy."""
    return NOISY_WEIGHT if row.get("label_quality") == "noisy" else 1.0


class Batches(Drawn[Batch]):
    """Endless batches of one task, every one of a single frame shape.

    The frame's aspect is drawn once a batch (log-uniform in 1 / most .. most), so no padding is
    wasted and shape says nothing about the target.
    """

    def __init__(self, name: str, task: TaskSection, rows: list[Row], view_pixels: int, seed: int):
        self.make, self.task, self.rows = SAMPLES[QUESTIONS[name].sample], task, rows
        self.view_pixels, self.seed = view_pixels, seed
        self.odds = draw_weights(name, rows)

    def batch(self, rng: np.random.Generator) -> Batch:
        """(B, H, W, 3) uint8, (B, 2) valid height and width, (B, N) targets, (B,) weights."""
        aspect = augment.log_uniform(1 / self.task.most_aspect, self.task.most_aspect, rng)
        chosen = [self.rows[i] for i in rng.choice(len(self.rows), self.task.batch, p=self.odds)]
        samples = [self.make(row, aspect, rng) for row in chosen]
        canvas, valid_hw = on_one_canvas(
            [make_view(picture, self.view_pixels) for picture, _ in samples]
        )
        weight = np.array([label_weight(row) for row in chosen])
        target = torch.from_numpy(np.stack([target for _, target in samples]))
        return canvas, valid_hw, target, torch.from_numpy(weight.astype(np.float32))
