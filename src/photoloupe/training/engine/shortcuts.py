"""What a photo's file gives away without its content: a bar that a head must clear."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from photoloupe.arrays import Array
from photoloupe.media.photo import open_photo
from photoloupe.training.engine.cross_validation import over_folds
from photoloupe.training.engine.levelled import level
from photoloupe.training.engine.regression import regress, row_odds
from photoloupe.training.engine.tables import Row, load_pixels

Fit = Callable[[Array], Callable[[Array], Array]]


def frame_shape(row: Row) -> list[float]:
    """Log aspect ratio, its size, and whether the frame is square."""
    facts = open_photo(row["file"], min_pixels=1).facts
    aspect = float(np.log(facts.width / facts.height))
    return [aspect, abs(aspect), float(facts.width == facts.height)]


def resolution(row: Row) -> list[float]:
    """Logarithms of the pixels and of the shorter side."""
    facts = open_photo(row["file"], min_pixels=1).facts
    return [
        float(np.log(facts.width * facts.height)),
        float(np.log(min(facts.width, facts.height))),
    ]


def file_size(row: Row) -> list[float]:
    """Logarithms of the bytes and of the bytes a pixel."""
    facts = open_photo(row["file"], min_pixels=1).facts
    pixels = facts.width * facts.height
    return [float(np.log(facts.file_bytes)), float(np.log(facts.file_bytes / pixels))]


def jpeg_table(row: Row) -> list[float]:
    """Logarithms of the sum and the first eight steps of the luma quantisation table."""
    table = open_photo(row["file"], min_pixels=1).facts.luma_table or (1,) * 64
    return [float(np.log(sum(table))), *(float(np.log(step)) for step in table[:8])]


def thumbnail(row: Row) -> list[float]:
    """8 x 8 RGB of the photo, 0 to 1."""
    return _small(load_pixels(row))


def level_thumbnail(row: Row) -> list[float]:
    """8 x 8 RGB of a levelled copy, 0 to 1."""
    return _small(level(load_pixels(row), np.random.default_rng(list(row["file"][-24:].encode()))))


def _small(pixels: Array) -> list[float]:
    small = cv2.resize(pixels, (8, 8), interpolation=cv2.INTER_AREA).astype(float)
    return [float(value) for value in small.ravel() / 255]


SHORTCUTS: dict[str, Callable[[Row], list[float]]] = {
    "frame's shape": frame_shape,
    "resolution": resolution,
    "file size": file_size,
    "JPEG table": jpeg_table,
    "8 x 8 thumbnail": thumbnail,
    "8 x 8 thumbnail of a levelled copy": level_thumbnail,
}


def probe_answers(
    rows: list[Row], label: Array, family: Array, of: Callable[[Row], list[float]]
) -> tuple[Array, Array]:
    """(N,) log odds of logistic probes that had other photos of the source; (N,) that had none.

    label: (N,) 0 or 1; family: (N,) which sources are left out together; of: what a probe is given
    of a row. The first are of ten folds.
    """
    x, source = np.array([of(row) for row in rows]), np.array([row["source"] for row in rows])
    penalty = np.full(x.shape[1], 1e-2)

    def fit(chosen: Array) -> Callable[[Array], Array]:
        odds = row_odds(label[chosen], source[chosen])
        probe = regress(x[chosen], label[chosen], odds, penalty)
        return lambda asked: probe(x[asked])

    tenths = np.random.default_rng(0).permutation(len(rows)) % 10
    return over_folds(tenths, fit), over_folds(family, fit)
