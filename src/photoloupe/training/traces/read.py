"""Traces: what squeezing one side leaves in the pixels, read at the photo's own resolution.

Squeezing the width to r makes detail 1 / r times finer along x and leaves y alone. Three readings
show it, whatever the picture is of:

- map      how much detail of every pair of frequencies, averaged over tiles: isotropic in a photo
           as a camera, a lens or an earlier shrinking left it, an ellipse after a squeeze;
- detail   the same along rows and along columns alone, at four times the resolution;
- rhythm   what repeats along x or along y: the 8-pixel grid of an earlier JPEG is now 8 r pixels
           wide, and resampling makes a beat of its own.

Nothing is resized on the way. numpy and OpenCV, no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Float32, Pixels

Gray = npt.NDArray[np.uint8]  # (H, W): one plane of Y, Cr, Cb

SIDE = 64  # of a tile of the map
MAP = SIDE // 2 + 1  # frequencies 0 .. 1/2, both ends included
SEGMENT = 256  # of a row or column
LINE = SEGMENT // 2 + 1
MAPS, LINES = 4, 5  # channels
MOST_SIDE = 640  # of the central part that is read, for time's sake
MOST_TILES, MOST_ROWS = 40, 128
FLOOR = 1 / 12  # variance that rounding to whole levels adds: below it there is nothing to see
FLAT = 12  # levels between the least and the most of a row that counts as one colour
STEEPEST = 12  # levels; a step above it is an edge of something shown, not a trace


@dataclass(frozen=True)
class Traces:
    """maps: (4, 33, 33) float32, log power by (fy, fx); lines: (2, 5, 129), along x and along y.

    maps: luma (typical tile, all tiles), chroma (typical, all). lines: luma detail (typical row,
    all rows), rhythm of luma steps, of luma bends, of chroma steps.
    """

    maps: Float32
    lines: Float32

    def transposed(self) -> Traces:
        """The traces of the photo with its x and y exchanged."""
        return Traces(self.maps.transpose(0, 2, 1), self.lines[::-1])


def read_traces(pixels: Pixels) -> Traces:
    """(H, W, 3) uint8 RGB at its own resolution -> Traces."""
    import cv2

    planes = cv2.cvtColor(np.ascontiguousarray(_centre(pixels)), cv2.COLOR_RGB2YCrCb)
    luma, red, blue = (np.asarray(plane, np.uint8) for plane in cv2.split(planes))
    maps = np.stack([*_map(luma), *_map(red, blue)])
    along_x = _lines(luma, red, blue)
    along_y = _lines(*(np.ascontiguousarray(plane.T) for plane in (luma, red, blue)))
    return Traces(maps, np.stack([along_x, along_y]))


def trim_borders(pixels: Pixels) -> Pixels:
    """Without rows and columns of one colour at its edges: bars and frames hold no trace.

    A picture that would lose three quarters or more, such as a drawing on white, is left whole.
    """
    down, across = (max(1, side // 128) for side in pixels.shape[:2])  # a sample will do
    rows = np.flatnonzero(_spread(pixels[:, ::across], 1) > FLAT)
    cols = np.flatnonzero(_spread(pixels[::down], 0) > FLAT)
    if 4 * len(rows) * len(cols) <= pixels.shape[0] * pixels.shape[1]:
        return pixels
    return pixels[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]


def _spread(pixels: Pixels, axis: int) -> Gray:
    """Levels between the least and the most along `axis`, of the channel where they are most."""
    import cv2

    pixels = np.ascontiguousarray(pixels)
    most, least = (cv2.reduce(pixels, axis, kind) for kind in (cv2.REDUCE_MAX, cv2.REDUCE_MIN))
    return np.asarray((most - least).reshape(-1, 3).max(1), np.uint8)


def _centre(pixels: Pixels) -> Pixels:
    y, x = (max(0, side - MOST_SIDE) // 2 for side in pixels.shape[:2])
    return pixels[y : y + MOST_SIDE, x : x + MOST_SIDE]


# --- maps ----------------------------------------------------------------------------------------


def _map(*planes: Gray) -> tuple[Float32, Float32]:
    """Log power by frequency of the typical tile and of all tiles together, each (33, 33).

    Two planes go through one complex transform: once folded, its power is the sum of theirs.
    """
    corners = _tile_corners(*planes[0].shape)
    powers = _fold(np.stack([_tile_power(planes, y, x) for y, x in corners]))
    typical = np.log(powers + FLOOR).mean(0, dtype=np.float32)
    return typical, np.log(powers.mean(0, dtype=np.float32) + FLOOR)


def _tile_corners(height: int, width: int) -> list[tuple[int, int]]:
    """(y, x) of at most 40 tiles, half a tile apart or more, all over the picture."""
    rows, cols = (max(1, -(-(side - SIDE) // (SIDE // 2)) + 1) for side in (height, width))
    thin = max(1.0, (rows * cols / MOST_TILES) ** 0.5)
    rows, cols = max(1, int(rows / thin)), max(1, int(cols / thin))
    ys, xs = (np.linspace(0, max(0, s - SIDE), n) for s, n in ((height, rows), (width, cols)))
    return [(int(y), int(x)) for y in ys for x in xs]


def _tile_power(planes: tuple[Gray, ...], y: int, x: int) -> Float32:
    """(64, 64) power of a windowed tile by signed frequency, that of white noise its variance."""
    import cv2

    parts = [plane[y : y + SIDE, x : x + SIDE] for plane in planes]
    window, total, energy = _window(*parts[0].shape)
    tile = np.zeros((SIDE, SIDE, len(parts)), np.float32)
    for channel, part in enumerate(parts):
        mean = float(np.vdot(part, window)) / total
        tile[: part.shape[0], : part.shape[1], channel] = (part - np.float32(mean)) * window
    spectrum = cv2.dft(tile, flags=cv2.DFT_COMPLEX_OUTPUT)
    return np.asarray(np.einsum("yxc,yxc->yx", spectrum, spectrum) / energy, np.float32)


@lru_cache(maxsize=256)
def _window(height: int, width: int) -> tuple[Float32, float, float]:
    """A (height, width) window, its sum and its energy."""
    window = np.outer(_hann(height), _hann(width))
    return window, float(window.sum()), float(np.square(window).sum())


def _fold(power: Float32) -> Float32:
    """(N, 64, 64) by signed frequency -> (N, 33, 33) by its size."""
    place = np.arange(MAP)
    rows = power[:, place] + power[:, -place]
    return np.asarray((rows[:, :, place] + rows[:, :, -place]) / 4, np.float32)


def _hann(length: int) -> Float32:
    """A window that is zero one step outside either end."""
    phase = (np.arange(length, dtype=np.float32) + 1) / (length + 1)
    return np.asarray(np.square(np.sin(np.pi * phase)), np.float32)


# --- lines ---------------------------------------------------------------------------------------


def _lines(luma: Gray, red: Gray, blue: Gray) -> Float32:
    """(5, 129): detail and rhythm along x."""
    tints = [np.add(_steps(red)[0], _steps(blue)[0])]
    rhythms = [_rhythm(mean, len(luma)) for mean in (*_steps(luma), *_bends(luma), *tints)]
    return np.stack([*_detail(luma), *rhythms])


def _steps(plane: Gray) -> list[Float32]:
    """[(W - 1,) mean size of the steps from column to column, each at most STEEPEST]."""
    import cv2

    return [_column_means(np.asarray(cv2.absdiff(plane[:, 1:], plane[:, :-1]), np.uint8))]


def _bends(plane: Gray) -> list[Float32]:
    """[(W - 2,) mean size of second differences along x, each at most STEEPEST]."""
    import cv2

    bends = cv2.filter2D(plane, cv2.CV_16S, np.array([[1.0, -2.0, 1.0]]))
    return [_column_means(np.asarray(cv2.convertScaleAbs(bends[:, 1:-1]), np.uint8))]


def _column_means(sizes: Gray) -> Float32:
    import cv2

    return np.asarray(
        cv2.reduce(np.minimum(sizes, np.uint8(STEEPEST)), 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    )


def _detail(plane: Gray) -> tuple[Float32, Float32]:
    """Log power along rows, of the typical row and of all rows together, each (129,)."""
    chosen = np.linspace(0, len(plane) - 1, min(len(plane), MOST_ROWS)).astype(int)
    powers = _row_powers(plane[chosen].astype(np.float32)) + np.float32(FLOOR)
    return np.log(powers).mean(0, dtype=np.float32), np.log(powers.mean(0, dtype=np.float32))


def _rhythm(mean: Float32, rows: int) -> Float32:
    """(129,) log power of a profile that is a mean over `rows`, relative to chance."""
    import cv2

    slow = cv2.blur(mean[None], (17, 1), borderType=cv2.BORDER_REFLECT)
    powers = _row_powers((mean - slow) / (slow + np.float32(0.2))).mean(0, dtype=np.float32)
    return np.asarray(np.log(powers * np.float32(rows) + np.float32(0.01)), np.float32)


def _row_powers(rows: Float32) -> Float32:
    """(N, W) -> (N x segments, 129) power; segments of at most 256, half of one apart."""
    import cv2

    length = min(rows.shape[1], SEGMENT)
    window = _hann(length)
    count = -(-(rows.shape[1] - length) // (SEGMENT // 2)) + 1
    starts = np.linspace(0, rows.shape[1] - length, count).astype(int)
    parts = np.concatenate([rows[:, s : s + length] for s in starts])
    parts = (parts - (parts @ window / window.sum())[:, None]) * window
    padded = np.zeros((len(parts), SEGMENT), np.float32)
    padded[:, :length] = parts
    spectrum = cv2.dft(padded, flags=cv2.DFT_ROWS | cv2.DFT_COMPLEX_OUTPUT)[:, :LINE]
    power = np.einsum("nfc,nfc->nf", spectrum, spectrum) / np.square(window).sum()
    return np.asarray(power, np.float32)
