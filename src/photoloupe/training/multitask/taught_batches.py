"""Endless batches of photos with a teacher's features and ratings."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from photoloupe.models.view import View, make_view
from photoloupe.questions import aesthetics
from photoloupe.training.engine import augment
from photoloupe.training.engine.datasets import Drawn
from photoloupe.training.engine.tables import load_pixels, on_one_canvas
from photoloupe.training.engine.teacher import TaughtPhoto
from photoloupe.training.multitask.recipe import TeacherSection

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # canvas, valid_hw, features, rating


class TaughtBatches(Drawn[Batch]):
    """Endless batches of photos, mirrored at most, with the teacher's features and a rating each.

    Photos of similar frames go together, so that little padding is wasted; those with a human
    rating are drawn `often` times as often as others.
    """

    def __init__(
        self, photos: list[TaughtPhoto], section: TeacherSection, view_pixels: int, seed: int
    ) -> None:
        self.size, self.view_pixels, self.seed = section.batch, view_pixels, seed
        self.photos = sorted(photos, key=lambda photo: photo.aspect)
        odds = np.array([section.often if photo.human else 1.0 for photo in self.photos])
        self.reach = np.cumsum(odds) / odds.sum()

    def batch(self, rng: np.random.Generator) -> Batch:
        """Photos out of a window of the frames in order, a fifth of all wide."""
        start = rng.uniform(-0.1, 0.9)
        drawn = rng.uniform(start, start + 0.2, self.size)
        drawn = np.minimum(1 - np.abs(1 - np.abs(drawn)), 1 - 1e-9)  # reflected at both ends
        photos = [self.photos[i] for i in np.searchsorted(self.reach, drawn, side="right")]
        canvas, valid_hw = on_one_canvas([self._view(photo, rng) for photo in photos])
        features = np.stack([photo.features for photo in photos])
        ratings = np.stack([aesthetics.make_target(*photo.rating) for photo in photos])
        return canvas, valid_hw, torch.from_numpy(features), torch.from_numpy(ratings)

    def _view(self, photo: TaughtPhoto, rng: np.random.Generator) -> View:
        return make_view(augment.mirror(load_pixels(photo.row), rng), self.view_pixels)
