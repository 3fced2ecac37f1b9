"""A photo -> its code: at most 7.7 kB, all that the search needs of it.

Coding is a pure function of the photo. A code is 320 rows at most, one a local feature: cell and
product code of the descriptor, then position, size and angle in 6 bytes.
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
from photoloupe.crops.picture import Picture

MOST_ROWS = 320  # features of one photo
GRID = 8  # cells a side of the frame, among which features are spread
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
    """What the search keeps of one photo.

    full_wh: upright size of the file's picture, px; rows: (N,) of ROW, N up to 320.
    """

    full_wh: tuple[int, int]
    rows: Rows

    def to_bytes(self) -> bytes:
        """8 bytes of size, then 24 bytes a row."""
        return HEADER.pack(*self.full_wh) + self.rows.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> PhotoCode:
        """The inverse of `to_bytes`. Raises struct.error or ValueError if the length is wrong."""
        width, height = HEADER.unpack_from(data)
        return cls((width, height), np.frombuffer(data, ROW, offset=HEADER.size))


@cache
def code_version() -> str:
    """Changes whenever the same photo might get another code: catalogs then code it again."""
    return f"{codebook_id()}-{METHOD}"


def make_code(picture: Picture, most: int = MOST_ROWS) -> PhotoCode:
    """Code one photo in at most `most` rows, the ones that matter most first."""
    features, (height, width) = picture.features, picture.grey.shape
    chosen = choose(features, width, height, most)
    rows = np.zeros(len(chosen), ROW)
    rows["code"] = encode(features.descriptors[chosen])
    share = (features.points[chosen] + 0.5) / (width, height)
    rows["x"], rows["y"] = np.clip(np.round(share * 65535), 0, 65535).T
    sizes = features.sizes[chosen] * picture.shrink_xy[0]
    rows["size"] = np.clip(np.round(STEPS * np.log2(np.maximum(sizes, 1))), 0, 255)
    rows["angle"] = np.round(features.angles[chosen] * (256 / 360)) % 256
    return PhotoCode(picture.full_wh, rows)


def choose(features: Features, width: int, height: int, most: int) -> Ints:
    """(K,) indices of at most `most` features, spread over the frame, and large before small.

    width, height: of the picture, px. A crop may show any area of the frame, so each of GRID x GRID
    cells has its share; and what is large survives
    shrinking and compression.
    """
    cells = np.clip((features.points * GRID / (width, height)).astype(np.int64), 0, GRID - 1)
    cell = cells[:, 1] * GRID + cells[:, 0]
    order = np.lexsort((features.points[:, 0], features.points[:, 1], -features.sizes, cell))
    rank = np.empty(len(order), np.int64)
    rank[order] = _rank_in_run(cell[order])
    first = np.lexsort((features.points[:, 0], features.points[:, 1], -features.sizes, rank))
    return np.asarray(first[:most], np.int64)


def _rank_in_run(values: Ints) -> Ints:
    """[3, 3, 5, 5, 5] -> [0, 1, 0, 1, 2]"""
    starts = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    return np.arange(len(values)) - np.repeat(starts, np.diff(starts, append=len(values)))


def marks(rows: Rows, full_wh: npt.ArrayLike) -> Float32:
    """(N, 4) float32: x, y, size in full-size pixels from the frame's corner, angle in degrees.

    full_wh: of the photo of each row, or of all.
    """
    points = np.stack([rows["x"], rows["y"]], 1) / 65535 * np.asarray(full_wh)
    size, angle = 2 ** (rows["size"] / STEPS), rows["angle"] * (360 / 256)
    return np.column_stack([points, size, angle]).astype(np.float32)
