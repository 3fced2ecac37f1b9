"""What the damage net learns from: photos and damaged copies of each, and which is better.

The trunk is frozen, so every view goes through it once, before training. Copies keep their photo's
frame and are the same in every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from photoloupe.arrays import Pixels
from photoloupe.models.view import make_view
from photoloupe.questions import aesthetics
from photoloupe.training.damage.kinds import ALL, LOOSE, MILD, STEADY, STRONG, TRAINED
from photoloupe.training.damage.net import Reader
from photoloupe.training.engine.datasets import Drawn
from photoloupe.training.engine.tables import Row, load_pixels

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
Copy = tuple[str, float]  # kind of damage, strength; ("", 0) is the photo itself
PHOTO: Copy = ("", 0.0)
LOOSE_GAP = 0.4  # how much less is asked between a photo and a loosely worse copy


@dataclass(frozen=True)
class Group:
    """A photo, as it is and damaged, as the trunk reads it: read (V, F).

    rating: (10,) of the photo as it is, a human one or a teacher's.
    """

    copies: tuple[Copy, ...]
    read: Tensor
    rating: Tensor


def number_of(row: Row) -> int:
    """A photo's own number, out of its file's name: its copies are the same in every run."""
    return crc32(Path(row["file"]).name.encode())


def copies_of(index: int) -> tuple[Copy, ...]:
    """The damaged copies of photo number `index`: kinds take turns."""
    steady, loose = tuple(STEADY), tuple(LOOSE)
    one = steady[index % len(steady)]
    other = steady[(index + 1 + index // len(steady) % (len(steady) - 1)) % len(steady)]
    return (one, MILD), (one, STRONG), (other, STRONG), (loose[index % len(loose)], STRONG)


def make_copy(photo: Pixels, copy: Copy, index: int) -> Pixels:
    """The same copy of the same photo every time."""
    kind, strength = copy
    return ALL[kind](photo, strength, np.random.default_rng([index, 7])) if kind else photo


def least_gap(better: Copy, worse: Copy, margin: float) -> float:
    """By how many ratings one view of a photo must be above another; 0 if nothing is known."""
    damaged = worse[0] in TRAINED
    if not damaged or (better[0] in TRAINED and (better[0] != worse[0] or worse[0] in LOOSE)):
        return 0.0
    share = LOOSE_GAP if worse[0] in LOOSE else 1.0
    return margin * share * max(0.0, worse[1] - better[1])


def read_group(row: Row, rating: tuple[float, float], trunk: Reader, view_pixels: int) -> Group:
    """rating: mean and standard deviation."""
    photo, copies = load_pixels(row), (PHOTO, *copies_of(number_of(row)))
    views = [make_view(make_copy(photo, copy, number_of(row)), view_pixels) for copy in copies]
    valid_hw = torch.tensor([view.valid_hw for view in views], dtype=torch.float32)
    with torch.no_grad():
        read = trunk(torch.from_numpy(np.stack([view.canvas for view in views])), valid_hw)
    return Group(copies, read, torch.from_numpy(aesthetics.make_target(*rating)))


class GroupBatches(Drawn[Batch]):
    """Endless batches of `photos` groups, all views of each.

    A batch: read (B, F), place (N,) of the photos as they were, rating (N, 10) of these, order
    (P, 3) as `net.order_loss` takes it.
    """

    def __init__(self, groups: list[Group], photos: int, margin: float, seed: int) -> None:
        self.groups, self.photos, self.margin, self.seed = groups, photos, margin, seed

    def batch(self, rng: np.random.Generator) -> Batch:
        groups = [self.groups[int(i)] for i in rng.integers(len(self.groups), size=self.photos)]
        order, whole, start = [], [], 0
        for group in groups:
            whole.append(start + group.copies.index(PHOTO))
            places = range(len(group.copies))
            for better, worse in permutations(places, 2):
                gap = least_gap(group.copies[better], group.copies[worse], self.margin)
                if gap:
                    order.append((start + better, start + worse, gap))
            start += len(places)
        return (
            torch.cat([group.read for group in groups]),
            torch.tensor(whole),
            torch.stack([group.rating for group in groups]),
            torch.tensor(order).reshape(-1, 3),
        )
