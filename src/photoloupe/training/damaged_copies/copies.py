"""Damaged copies of photos, the same in every run, and which of two is better by how much."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.training.damaged_copies.damage import ALL, LOOSE, MILD, STEADY, STRONG, TRAINED
from photoloupe.training.engine.tables import Row

Copy = tuple[str, float]  # kind of damage, strength; ("", 0) is the photo itself
PHOTO: Copy = ("", 0.0)
LOOSE_GAP = 0.4  # the share of the gap that is asked of a photo and a loosely worse copy


def number_of(row: Row) -> int:
    """A photo's own number, from its file's name: its copies are the same in every run."""
    return crc32(Path(row["file"]).name.encode())


def copies_of(index: int) -> tuple[Copy, ...]:
    """The damaged copies of photo number `index`: kinds take turns."""
    steady, loose = tuple(STEADY), tuple(LOOSE)
    one = steady[index % len(steady)]
    other = steady[(index + 1 + index // len(steady) % (len(steady) - 1)) % len(steady)]
    return (one, MILD), (one, STRONG), (other, STRONG), (loose[index % len(loose)], STRONG)


def make_copy(photo: Pixels, copy: Copy, index: int) -> Pixels:
    """(H, W, 3) uint8 RGB -> the same shape; index: the photo's number, fixes what is random."""
    kind, strength = copy
    return ALL[kind](photo, strength, np.random.default_rng([index, 7])) if kind else photo


def least_gap(better: Copy, worse: Copy, margin: float) -> float:
    """By how many ratings one view of a photo must be above another; 0 if nothing is known.

    margin: between a photo and its strongly damaged copy.
    """
    damaged = worse[0] in TRAINED
    if not damaged or (better[0] in TRAINED and (better[0] != worse[0] or worse[0] in LOOSE)):
        return 0.0
    share = LOOSE_GAP if worse[0] in LOOSE else 1.0
    return margin * share * max(0.0, worse[1] - better[1])
