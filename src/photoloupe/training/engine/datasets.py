"""Endless batches, however many processes load them."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

Batch = TypeVar("Batch")


class Numbered(IterableDataset[Batch]):
    """Batches from number `done` on: each is the same whichever process makes it."""

    done: int

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        first, step = (info.id, info.num_workers) if info else (0, 1)
        return map(self.batch, itertools.count(self.done + first, step))

    @abstractmethod
    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0."""


class Drawn(IterableDataset[Batch]):
    """Batches at random; `seed` must differ when a run is resumed, or its first come again."""

    seed: int

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        rng = np.random.default_rng([self.seed, info.seed if info else torch.initial_seed()])
        while True:
            yield self.batch(rng)

    @abstractmethod
    def batch(self, rng: np.random.Generator) -> Batch:
        """The next batch that the generator leads to."""
