"""A photo -> its code: at most 7.7 kB, all that the search needs of it.

Coding is a pure function of the photo. A code is 320 rows at most, one a local feature: cell and
product code of the descriptor, then place, size and angle in 6 bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Float32
from photoloupe.crop_search.codebook import CODE_BYTES, codebook_id, encode
from photoloupe.crops.features import Features
from photoloupe.crops.picture import Side

MOST_ROWS = 320
GRID = 8  # the frame's sides are cut into so many parts, for spread
STEPS = 16  # of size an octave, and no more than 16 octaves
ROW = np.dtype(
    [("code", "u1", (CODE_BYTES,)), ("x", "<u2"), ("y", "<u2"), ("size", "u1"), ("angle", "u1")]
)
# Names how features are found and coded. Raise it whenever the same photo might get another code;
# a golden code in the tests turns red then.
METHOD = "4127da3a841e"
HEADER = struct.Struct("<II")  # width and height of the file's picture, upright

Rows = npt.NDArray[Any]  # of ROW
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PhotoCode:
    """full_wh: the file's size in pixels, upright; rows: (N,) of ROW."""

    full_wh: tuple[int, int]
    rows: Rows

    def to_bytes(self) -> bytes:
        return HEADER.pack(*self.full_wh) + self.rows.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> PhotoCode:
        width, height = HEADER.unpack_from(data)
        return cls((width, height), np.frombuffer(data, ROW, offset=HEADER.size))


@cache
def code_version() -> str:
    """Changes when the same photo might get another code: catalogues then code it anew."""
    return f"{codebook_id()}-{METHOD}"


def make_code(side: Side, most: int = MOST_ROWS) -> PhotoCode:
    """Code one photo."""
    features, (height, width) = side.features, side.grey.shape
    chosen = choose(features, width, height, most)
    rows = np.zeros(len(chosen), ROW)
    rows["code"] = encode(features.descriptors[chosen])
    part = (features.points[chosen] + 0.5) / (width, height)
    rows["x"], rows["y"] = np.clip(np.round(part * 65535), 0, 65535).T
    sizes = features.sizes[chosen] * side.shrink_xy[0]
    rows["size"] = np.clip(np.round(STEPS * np.log2(np.maximum(sizes, 1))), 0, 255)
    rows["angle"] = np.round(features.angles[chosen] * (256 / 360)) % 256
    return PhotoCode(side.full_wh, rows)


def choose(features: Features, width: int, height: int, most: int) -> Ints:
    """Indices of `most` features, spread over the frame, and large before small.

    A crop may hold any part of the frame, so each part has its share; and what is large survives
    shrinking and compression.
    """
    place = np.clip((features.points * GRID / (width, height)).astype(np.int64), 0, GRID - 1)
    cell = place[:, 1] * GRID + place[:, 0]
    order = np.lexsort((features.points[:, 0], features.points[:, 1], -features.sizes, cell))
    turn = np.empty(len(order), np.int64)
    turn[order] = _place_in_run(cell[order])
    first = np.lexsort((features.points[:, 0], features.points[:, 1], -features.sizes, turn))
    return np.asarray(first[:most], np.int64)


def _place_in_run(values: Ints) -> Ints:
    """[3, 3, 5, 5, 5] -> [0, 1, 0, 1, 2]"""
    starts = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    return np.arange(len(values)) - np.repeat(starts, np.diff(starts, append=len(values)))


def marks(rows: Rows, full_wh: npt.ArrayLike) -> Float32:
    """(N, 4) float32: x, y, size in full-size pixels from the frame's corner, angle in degrees.

    full_wh: of the photo of each row, or of all.
    """
    place = np.stack([rows["x"], rows["y"]], 1) / 65535 * np.asarray(full_wh)
    size, angle = 2 ** (rows["size"] / STEPS), rows["angle"] * (360 / 256)
    return np.column_stack([place, size, angle]).astype(np.float32)
