"""What the damage net learns from: photos and damaged copies of each, and which is better.

The trunk is frozen, so every view goes through it once, before training. Copies keep their photo's
frame and are the same in every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from torch import Tensor

from photoloupe.models.view import make_view
from photoloupe.questions import aesthetics
from photoloupe.training.damage.net import DepthReader
from photoloupe.training.damaged_copies.copies import (
    PHOTO,
    Copy,
    copies_of,
    least_gap,
    make_copy,
    number_of,
)
from photoloupe.training.engine.datasets import Drawn
from photoloupe.training.engine.tables import load_pixels
from photoloupe.training.engine.teacher import TaughtPhoto

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class PhotoCopies:
    """A photo, as it is and damaged, as the trunk reads it: read (V, F).

    rating: (10,) of the photo as it is, a human one or a teacher's.
    """

    copies: tuple[Copy, ...]
    read: Tensor
    rating: Tensor


def read_copies(photo: TaughtPhoto, trunk: DepthReader, view_pixels: int) -> PhotoCopies:
    """A photo and its damaged copies through the trunk. Raises PhotoError if it cannot be read."""
    pixels, number = load_pixels(photo.row), number_of(photo.row)
    copies = (PHOTO, *copies_of(number))
    views = [make_view(make_copy(pixels, copy, number), view_pixels) for copy in copies]
    valid_hw = torch.tensor([view.valid_hw for view in views], dtype=torch.float32)
    with torch.no_grad():
        read = trunk(torch.from_numpy(np.stack([view.canvas for view in views])), valid_hw)
    return PhotoCopies(copies, read, torch.from_numpy(aesthetics.make_target(*photo.rating)))


class CopyBatches(Drawn[Batch]):
    """Endless batches of `size` photos, all copies of each.

    A batch: read (B, F), place (N,) of the photos as they were, rating (N, 10) of these, order
    (P, 3) as `net.order_loss` takes it.
    """

    def __init__(self, photos: list[PhotoCopies], size: int, margin: float, seed: int) -> None:
        self.photos, self.size, self.margin, self.seed = photos, size, margin, seed

    def batch(self, rng: np.random.Generator) -> Batch:
        """(read (B, F), place (N,), rating (N, 10), order (P, 3)): see the class."""
        photos = [self.photos[int(i)] for i in rng.integers(len(self.photos), size=self.size)]
        order, undamaged, start = [], [], 0
        for photo in photos:
            undamaged.append(start + photo.copies.index(PHOTO))
            places = range(len(photo.copies))
            for better, worse in permutations(places, 2):
                gap = least_gap(photo.copies[better], photo.copies[worse], self.margin)
                if gap:
                    order.append((start + better, start + worse, gap))
            start += len(places)
        return (
            torch.cat([photo.read for photo in photos]),
            torch.tensor(undamaged),
            torch.stack([photo.rating for photo in photos]),
            torch.tensor(order).reshape(-1, 3),
        )
